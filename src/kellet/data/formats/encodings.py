"""Encodings: bytes become text, by whatever table they were written with."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from kellet.errors import InputError

BLOCK = 1 << 21
"""Bytes that are decoded at once."""
LONGEST = 1 << 24
"""Characters of one record: more is no table."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёієї"
JAPANESE = (
    "のにはをたがでとしれさあいうえおかきくけこすせそちつてなみもやよらりるんアイウエ"
    "オカスタトラリルレロン京東市日本人大"
)
CHINESE = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动"
    "同工也能下过子说产种面而方后多定行学海北京广州市男女张王李"
)
TRADITIONAL = (
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動"
    "同工也能下過子說產種面而方後多定行學海北京台市男女張王李"
)
KOREAN = "이다는의에을가고하기도로한지사서리자시인대정어나수부그아여일전원장해구은스제라주상김박서울산남녀"
COMMON = (
    ("cp1251", "Windows-1251", CYRILLIC),
    ("koi8-r", "KOI8-R", CYRILLIC),
    ("iso-8859-5", "ISO-8859-5", CYRILLIC),
    ("cp866", "DOS (866)", CYRILLIC),
    ("cp1253", "Windows-1253", "αοιετσνηυρπκμλωςίάόέήδύγχθφβώξζψ"),
    ("cp1255", "Windows-1255", "יוהלאתרבמשנחםקדפעכגטסןצזףךץ"),
    ("cp1256", "Windows-1256", "اليمونرتبةعدسفهكحقجشصطخذزضغثظءأإىؤئ"),
    ("cp874", "Windows-874", "านรอกเงวมยลสตดทบคปผชพหขจแไใโะิีุู่้"),
    ("shift_jis", "Shift JIS", JAPANESE),
    ("euc_jp", "EUC-JP", JAPANESE),
    ("gb18030", "GB 18030", CHINESE),
    ("big5", "Big5", TRADITIONAL),
    ("euc_kr", "EUC-KR", KOREAN),
)  # fmt: skip
"""Tables of other scripts, and what is frequent in texts that they are right for."""
LATIN = (
    ("cp1252", "Windows-1252"), ("cp1250", "Windows-1250"), ("iso-8859-2", "ISO-8859-2"), ("cp1254", "Windows-1254"),
    ("mac_roman", "Mac Roman"), ("cp850", "DOS (850)"),
)  # fmt: skip
ALPHABETS = tuple(
    map(
        frozenset,
        (
            "äöüß", "àâæçéèêëîïôœùûü", "áéíñóúü", "àáâãçéêíóôõú", "àèéìíòóù", "æøåéäö", "áæðéíóöúýþ", "áàéèëïíóôöúü",
            "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "çğıİöşüâî",
        ),
    )
)  # fmt: skip
"""The letters beyond a to z of languages in Latin script: a text has those of one."""
SIGNS = frozenset("“”„‚–—…•€£¥§°®™©«»¿¡½¼¾²³\u00a0·´ªº±×")
ASCII = bytes(range(128))
SAMPLE = 1 << 16
"""Bytes that an encoding is told from."""


def recognise(raw: bytes) -> tuple[str, str]:
    """The encoding of bytes that are no UTF-8, and its name: one of those with a byte per sign, or of East Asia.

    Western European unless another is clearly the better reading.
    """
    lines = [line for line in raw[: 64 * SAMPLE].splitlines() if not line.isascii()]
    sample = b"\n".join(lines)
    if len(sample) > SAMPLE:
        sample = sample[:SAMPLE].rpartition(b"\n")[0] or sample[:SAMPLE]
    return _recognise_script(sample) or _recognise_latin(sample)


def _recognise_script(sample: bytes) -> tuple[str, str] | None:
    """Where letters are not Latin, bytes above 127 stand in runs apart from Latin ones, or are signs of two bytes."""
    runs = re.findall(rb"([A-Za-z]?)([\x80-\xff]+)([A-Za-z]?)", sample)
    apart = sum(len(run) for a, run, b in runs if len(run) > 2 and not a and not b)
    single = apart > sum(len(run) for _, run, _ in runs) / 2
    shares = []
    for encoding, name, common in COMMON:
        try:
            text = sample.decode(encoding, errors="replace" if single else "strict")
        except UnicodeDecodeError:
            continue
        foreign = [c for c in text if c > "\x7f"]
        # What no text has: the table is not this one.
        if sum(c < "\xa0" or c == "\ufffd" for c in foreign) > 0.02 * len(foreign):
            continue
        if foreign and (single or len(foreign) < len(sample.translate(None, ASCII))):
            shares.append((_weigh(foreign, common) + 0.15 * (not single), encoding, name))
    share, encoding, name = max(shares, default=(0.0, "", ""))
    return (encoding, name) if share > 0.35 else None


def _weigh(foreign: list[str], common: str) -> float:
    """How frequent signs are where a table is right; capitals less than small letters."""
    weights: dict[str, float] = {c: 1 - 0.7 * i / len(common) for i, c in enumerate(common)}
    found = [weights.get(c, 0.6 * weights.get(c.lower(), 0.0)) for c in foreign]
    return sum(found) / len(found)


def _recognise_latin(sample: bytes) -> tuple[str, str]:
    texts = {one: sample.decode(one[0], errors="replace") for one in LATIN}
    scores = {one: _fit(text) + _speak(text) for one, text in texts.items()}
    first = LATIN[0]
    best = max(scores, key=lambda one: scores[one] + 0.1 * (one == first))
    if best == first and not re.search(rb"[\x80-\x9f]", sample):
        return "cp1252", "ISO-8859-1"
    return best


def _speak(text: str) -> float:
    """Share of the signs above 127 that one language has, or all of them: of that which has most."""
    found = [c.lower() if c != "İ" else c for c in text if c > "\x7f"]
    common = sum(c in SIGNS for c in found)
    return (common + max(sum(c in alphabet for c in found) for alphabet in ALPHABETS)) / max(1, len(found))


def _fit(text: str) -> float:
    """Share of the signs above 127 that stand where such signs do: no capital and no sign of money inside a word."""
    found = re.findall(r"(?=(^|.)([^\x00-\x7f])(.|$))", text, re.MULTILINE)
    fit = [
        c
        for a, c, b in found
        if c.islower()
        or c in "’‘"
        or (c.isupper() and not a.islower())
        or (c in SIGNS and not (a.isalpha() and b.isalpha()))
    ]
    return len(fit) / max(1, len(found))


def find_wide(head: bytes) -> tuple[str, str] | None:
    """UTF-16 without its mark: every other byte of Latin text is zero."""
    even, odd = head[0::2], head[1::2]
    if len(head) >= 8 and len(head) % 2 == 0:
        if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.1 * len(even):
            return "utf-16-le", "UTF-16"
        if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.1 * len(odd):
            return "utf-16-be", "UTF-16"
    return None


class Text:
    """The text of a stream of bytes, block by block, with "\\n" for every kind of line end.

    encoding: its name where it is not UTF-8, known when all blocks are read.  zeros: NUL bytes that were dropped.
    """

    def __init__(self, stream: BinaryIO, name: str):
        self.stream, self.name = stream, name
        self.encoding = ""
        self.zeros = 0
        self._bytes = self._lines = 0

    def blocks(self) -> Iterator[str]:
        """Blocks of about `BLOCK` bytes, cut anywhere."""
        first = self.stream.read(BLOCK)
        decoder = None
        for mark, encoding, told in MARKS:
            if first.startswith(mark):
                first, self._bytes = first[len(mark) :], len(mark)
                decoder, self.encoding = codecs.getincrementaldecoder(encoding)(), told
                break
        else:
            if wide := find_wide(first[:4096]):
                self.encoding = wide[1]
                decoder = codecs.getincrementaldecoder(wide[0])()
        if self.encoding == "UTF-8":
            self.encoding, decoder = "", None
        newlines = io.IncrementalNewlineDecoder(None, translate=True)
        for raw, final in _with_last(chain([first], iter(lambda: self.stream.read(BLOCK), b""))):
            # What is plain ASCII reads the same by every table: which one it is shows with the first other byte.
            if decoder is None and not (raw.isascii() and not final):
                decoder = self._choose(raw)
            text = self._decode(decoder, raw, final) if decoder else raw.decode("ascii")
            self._bytes += len(raw)
            self._lines += raw.count(b"\n")
            if "\0" in text:
                self.zeros += text.count("\0")
                text = text.replace("\0", "")
            yield newlines.decode(text, final)

    def _choose(self, raw: bytes) -> codecs.IncrementalDecoder:
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(raw)
        except UnicodeDecodeError as error:
            # Many signs of UTF-8 beside one byte that is none: a damaged file, and not another table.
            if _is_mostly_utf8(raw):
                raise self._damaged(raw, error.start) from None
            encoding, self.encoding = recognise(raw)
            return codecs.getincrementaldecoder(encoding)(errors="replace")
        decoder.reset()
        return decoder

    def _decode(self, decoder: codecs.IncrementalDecoder, raw: bytes, final: bool) -> str:
        try:
            return decoder.decode(raw, final)
        except UnicodeDecodeError as error:
            # The decoder may have held back the start of a sign that the last block ended with.
            raise self._damaged(raw, error.start - (len(error.object) - len(raw))) from None

    def _damaged(self, raw: bytes, start: int) -> InputError:
        start = max(start, 0)
        line = self._lines + raw[:start].count(b"\n") + 1
        where = f"byte 0x{raw[start]:02x} at line {line} (byte offset {self._bytes + start}) of {self.name}"
        return InputError(f"{self.encoding or 'UTF-8'} text", where, "saving it as UTF-8")


def _is_mostly_utf8(raw: bytes) -> bool:
    """Whether all but a few signs above 127 are UTF-8."""
    text = raw.decode("utf-8", errors="replace")
    return text.count("\ufffd") <= 0.1 * sum(c > "\x7f" for c in text)


def _with_last(parts: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each part, and whether it is the last."""
    held = next(parts, b"")
    for part in parts:
        yield held, False
        held = part
    yield held, True


def cut_blocks(blocks: Iterator[str], quote: str, name: str) -> Iterator[str]:
    """The same text in blocks that end where a line ends outside of quotes; the last may end anywhere."""
    rest = ""
    for block in blocks:
        text = rest + block
        cut = text.rfind("\n") + 1
        while cut and quote and text.count(quote, 0, cut) % 2:
            cut = text.rfind("\n", 0, max(text.rfind(quote, 0, cut), 0)) + 1
        if cut:
            yield text[:cut]
        rest = text[cut:]
        if len(rest) > LONGEST:
            raise InputError(
                f"lines of at most {LONGEST:,} characters",
                f"a longer one, or a quote {quote or chr(34)} that never closes, in {name}",
                "looking at its lines",
            )
    if rest:
        yield rest
