"""Layout: how a table that is written as text is to be read, seen from its first lines."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from kellet.data.formats.columns import WIDEST
from kellet.data.formats.headers import Record, is_header, is_typed, measure_typed, name_columns
from kellet.errors import quote

LOOKED = 1000
"""Records that the layout is seen from."""
SEPARATORS = ("\t", ";", "|", ",", " ")
COMMENT = re.compile(r"\s*#(?!\"?[,;\t|])")
"""How comments begin; a column may be called "#" too."""
SPOKEN = {"\t": "tabs", " ": "spaces"}


@dataclass(frozen=True)
class Layout:
    """How a table is written.

    separator: " " for runs of spaces, and "" where every line is one value.  quote: what fields are quoted by.  names:
    of the columns.  skip: lines before the first row.  width: fields of a row.  header: the line of names, or None.
    comments: whether lines that begin with "#" are none of it.  said: phrases.  preamble: lines before the header.
    """

    separator: str
    quote: str
    names: tuple[str, ...]
    skip: int
    width: int
    header: tuple[str, ...] | None = None
    comments: bool = False
    said: tuple[str, ...] = ()
    preamble: int = 0


@dataclass(frozen=True)
class Trial:
    """What a separator makes of the first lines.

    records: fields, with the line that each record ``ends`` at.  width: the most frequent number of fields, which a
    ``share`` of them have.  spaced: whether a space follows most separators.
    """

    separator: str
    quote: str
    records: list[Record]
    ends: list[int]
    width: int
    share: float
    spaced: bool = False

    @property
    def score(self) -> float:
        """How far all records are alike, the first one too; a sign that is rare in text wins over one that is not."""
        first = len(self.records[0]) if self.records else 0
        alike = first == self.width or (first == self.width - 1 and self.width > 2)
        return self.share + 0.1 * alike + 0.03 * (4 - SEPARATORS.index(self.separator))


def split_records(lines: Iterable[str], separator: str, quote: str) -> Iterator[tuple[Record, int]]:
    """Records, without spaces around their fields, and the number of the line at which each ends."""
    if separator == "":
        yield from (([line.strip()], i + 1) for i, line in enumerate(lines))
        return
    if separator == " ":
        lines = (line.replace("\t", " ").strip() for line in lines)
    reader = csv.reader(
        lines,
        delimiter=separator,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        skipinitialspace=True,
    )
    for row in reader:
        yield [field.strip() for field in row], reader.line_num


def find_layout(text: str, whole: bool, table: bool) -> Layout | None:
    """The layout of a text that begins so, or None where it is no table.

    whole: whether this is all of it.  table: whether its name says that it is one, so that a single column is enough.
    """
    lines = list(io.StringIO(text, newline="\n"))
    if not whole and len(lines) > 1:
        lines.pop()
    lines = lines[: 20 * LOOKED]
    comments, start = _skip_comments(lines)
    body = lines[start:]
    quote = _find_quote(body[:LOOKED])
    trials = [_try(body, separator, quote, comments) for separator in SEPARATORS]
    good = [t for t in trials if t.width > 1 and t.share >= (0.6 if table else 0.95) and not _is_prose(t)]
    best = max(good, key=lambda t: t.score, default=None)
    if best and best.width > WIDEST:
        # Whoever asked refuses it: names of that many columns take long.
        return Layout(best.separator, best.quote, (), start, best.width)
    if best and best.separator == "\t" and _is_run(best, trials[-1]):
        best = trials[-1]
    if not table and (best is None or not _is_plain(best)):
        return _one_number_a_line(body, quote, start) if best is None else None
    found = _describe(best, start, comments, lines[:start]) if best else None
    # A name above values that hold a comma each: a single column.
    if (
        best is None
        or found is None
        or (found.preamble == 1 and not found.header and not _has_types(best.records[1:], best.width))
    ):
        whole_lines = _whole_lines(body, quote)
        return _describe(whole_lines, start, comments, lines[:start]) if whole_lines else None
    return found


def _is_prose(spaces: Trial) -> bool:
    """Whether spaces stand between the words of sentences: few fields are numbers or dates, and most are long."""
    if spaces.separator != " ":
        return False
    columns = list(zip(*(row for row in spaces.records[1:] if len(row) == spaces.width), strict=True))
    typed = sum(measure_typed(column) > 0.8 for column in columns)
    fields = [field for column in columns for field in column]
    return typed < spaces.width / 3 and sum(map(len, fields)) > 3 * len(fields)


def _is_run(tabs: Trial, spaces: Trial) -> bool:
    """Whether tabs are only some of the spaces between fields: more rows are alike so, or fields hold many numbers."""
    if spaces.width == tabs.width:
        return spaces.share > tabs.share
    several = [field.split() for row in tabs.records[1:20] for field in row[:1]]
    return spaces.share >= 0.95 and all(len(words) > 2 and all(map(is_typed, words[1:])) for words in several)


def _skip_comments(lines: Sequence[str]) -> tuple[bool, int]:
    """Whether there are comments, and how many lines they and blank ones take at the start."""
    start = 0
    while start < len(lines) and (not lines[start].strip() or COMMENT.match(lines[start])):
        start += 1
    comments = any(map(COMMENT.match, lines[:start]))
    return comments, start if comments and start < len(lines) else 0


def _find_quote(lines: Sequence[str]) -> str:
    text = "".join(lines)
    if '"' in text:
        return '"'
    single = len(re.findall(r"(?:^|[,;\t|])\s?'[^'\n]*'\s?(?=[,;\t|\n]|$)", text, re.MULTILINE))
    return "'" if single and single > 0.8 * text.count("'") / 2 else '"'


def _try(lines: Sequence[str], separator: str, quote: str, comments: bool) -> Trial:
    """All but blank lines as records, and how many have the most frequent number of fields."""
    records, ends = [], []
    try:
        for row, end in islice(split_records(lines, separator, quote), 2 * LOOKED):
            if any(row) and not (comments and row[0].startswith("#")):
                records.append(row)
                ends.append(end)
            if len(records) == LOOKED:
                break
    except csv.Error:
        pass
    widths = Counter(len(_trim(row)) for row in records)
    full = Counter(map(len, records))
    if not records:
        return Trial(separator, quote, records, ends, 1, 0.0)
    # Fields may be empty at the end of a row; where all are, they come from a separator at the end of each line.
    width = max(full, key=lambda n: (full[n], n))
    if widths and max(widths) < width:
        width = max(widths)
    share = sum(full[n] for n in full if n == width or (n > width and _all_trimmed(records, n, width))) / len(records)
    text = "".join(lines[:LOOKED])
    spaced = text.count(f"{separator} ") > 0.5 * text.count(separator)
    return Trial(separator, quote, records, ends, width, share, spaced)


def _all_trimmed(records: Sequence[Record], n: int, width: int) -> bool:
    return all(not any(row[width:]) for row in records if len(row) == n)


def _trim(row: Record) -> Record:
    """Without empty fields at its end."""
    n = len(row)
    while n and not row[n - 1]:
        n -= 1
    return row[:n]


def _has_types(rows: Sequence[Record], width: int) -> bool:
    """Whether a column holds numbers or dates."""
    return any(measure_typed([row[j] for row in rows if j < len(row)]) > 0.8 for j in range(width))


def _is_plain(trial: Trial) -> bool:
    """Whether lines that nobody called a table are plainly one, and no prose with as many commas in each line."""
    rows = [row for row in trial.records if len(row) >= trial.width]
    if len(rows) < 3:
        return False
    body = [column for column in zip(*(row[: trial.width] for row in rows[1:]), strict=True) if any(column)]
    if len(body) < 2:
        return False
    if trial.separator in "\t|" and len(rows) >= 5:
        return True
    if _has_types(rows[1:], trial.width):
        return True
    if trial.separator == " ":
        return False
    # A comma inside a sentence has a space after it.
    words = max((len(field.split()) for column in body for field in column), default=0)
    return len(rows) >= 10 and not trial.spaced and words <= 3


def _one_number_a_line(lines: Sequence[str], quote: str, start: int) -> Layout | None:
    values = [line.strip() for line in lines[:LOOKED] if line.strip()]
    if len(values) < 10 or not all(map(is_typed, values[1:])):
        return None
    trial = _whole_lines(lines, quote)
    return _describe(trial, start, False, []) if trial else None


def _whole_lines(lines: Sequence[str], quote: str) -> Trial | None:
    """A single column: its values may be quoted, or hold what elsewhere separates."""
    for separator in (",", ""):
        found = [(row, end) for row, end in islice(split_records(lines, separator, quote), LOOKED) if any(row)]
        if separator == "" or all(len(_trim(row)) == 1 for row, _ in found):
            records, ends = [row[:1] for row, _ in found], [end for _, end in found]
            return Trial(separator, quote, records, ends, 1, 1.0) if found else None
    return None


def _describe(trial: Trial, start: int, comments: bool, before: Sequence[str]) -> Layout:
    """Where the rows begin, what their columns are called, and what is to be said of that."""
    width, records = trial.width, trial.records
    sizes = [len(_trim(row)) for row in records]
    first = next((i for i, row in enumerate(records) if len(row) >= width), 0)
    said = [f"separated by {SPOKEN.get(trial.separator) or quote([trial.separator])}"] if width > 1 else []
    if trial.quote == "'":
        said.append("quoted by '")
    if first > 0 and width > 2 and _names_all_but_rows(records, first, width, sizes):
        head = records[first - 1]
        names = ["row", *head]
        said.append("the first column has no name: row names")
        return _finish(trial, names, start, first - 1, first, head, comments, said)
    head = records[first][:width]
    body = [row for row in records[first + 1 :] if len(row) >= min(width, 2)]
    if is_header(head, body):
        return _finish(trial, head, start, first, first + 1, records[first], comments, said)
    if comments and (named := _commented_names(before, trial)):
        said.append("names from the comment above")
        return _finish(trial, named, start, first, first, None, comments, said)
    if width > 1 or not trial.records[0][0]:
        said.append("no line of names: columns are numbered")
    return _finish(trial, [""] * width, start, first, first, None, comments, said)


def _finish(
    trial: Trial,
    names: Record,
    start: int,
    preamble: int,
    rows: int,
    head: Record | None,
    comments: bool,
    said: list[str],
) -> Layout:
    skip = start + (trial.ends[rows - 1] if rows else 0)
    if again := [name for name, n in Counter(names).items() if name and n > 1]:
        said.append(f"more than one column called {quote(again, most=3)}: numbered")
    header = None if head is None else tuple(head)
    return Layout(
        trial.separator, trial.quote, name_columns(names), skip, trial.width, header, comments, tuple(said), preamble
    )


def _names_all_but_rows(records: Sequence[Record], first: int, width: int, sizes: Sequence[int]) -> bool:
    """Whether the line above the first full row names all columns but the first, as R writes tables."""
    head = records[first - 1]
    if sizes[first - 1] != width - 1 or len(head) != width - 1 or any(map(is_typed, head)):
        return False
    return all(size == width for size in sizes[first : first + 20])


def _commented_names(before: Sequence[str], trial: Trial) -> Record | None:
    """The last comment before the rows, if it has as many fields as they have."""
    last = next((line for line in reversed(before) if line.strip()), "").lstrip().lstrip("#")
    for separator in dict.fromkeys((trial.separator, ",", " ")):
        for row, _ in split_records([last], separator, trial.quote):
            if len(row) == trial.width:
                return row
    return None
