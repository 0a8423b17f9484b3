"""Strings of people who mean ill, in every place where a string of somebody's can stand, and the pages made of them.

Each page is made twice: of hostile strings, and of harmless ones in the same order, so that all numbers are the same.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

import kellet
from kellet import Arm, InputError
from kellet.characters import reveal
from kellet.experiment.presets.own import Choices, for_file
from kellet.page.answer import Answer
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Level, Line
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.report.page import html

RUN = "document.documentElement.setAttribute('data-pwned',1)"
"""What every script among them tries."""
MARKUP = (
    "<script>{}</script>", "</script><script>{}</script>", "</style><script>{}</script>", "</title><script>{}</script>",
    "<!--<script>{}//", "--><script>{}</script>", "]]><script>{}</script>", "<img src=x onerror={}>",
    "\"><img src=x onerror={}>", "'><img src=x onerror={}>", "` onerror={} `", "\" onmouseover=\"{}",
    "' onfocus='{}' autofocus", " x=\" onclick={} ", "<svg onload={}>", "<svg><script>{}</script></svg>",
    "</svg><script>{}</script>", "<svg/onload={}//", "<math><mtext></p><style><!--</style><img src=x onerror={}>",
    "<body onload={}>", "<iframe src=\"javascript:{}\"></iframe>",
    "<iframe srcdoc=\"<script>parent.{}</script>\"></iframe>", "<a href=\"javascript:{}\">x</a>", "javascript:{}",
    "JaVaScRiPt:{}", "data:text/html,<script>{}</script>", "<object data=\"javascript:{}\"></object>",
    "<embed src=\"javascript:{}\">", "<base href=//evil.example>",
    "<meta http-equiv=refresh content=\"0;url=javascript:{}\">", "<form action=javascript:{}><input type=submit>",
    "<details open ontoggle={}>", "<video><source onerror={}></video>", "<audio src=x onerror={}>",
    "<marquee onstart={}>", "<input autofocus onfocus={}>", "<select onfocus={} autofocus>",
    "<textarea onfocus={} autofocus>", "<template><script>{}</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror={}>\">",
    "<link rel=stylesheet href=\"data:text/css,*{{display:none}}\">", "<style>*{{display:none}}</style>",
    "</textarea><script>{}</script>", "</pre><script>{}</script>", "</td></tr></table><script>{}</script>",
    "&lt;script&gt;{}&lt;/script&gt;", "&#60;script&#62;{}&#60;/script&#62;", "&#x3c;img src=x onerror={}&#x3e;",
    "\\x3cscript\\x3e{}\\x3c/script\\x3e", "\\u003cscript\\u003e{}", "%3Cscript%3E{}%3C/script%3E",
    "<scr<script>ipt>{}</script>", "<<script>{}//<</script>", "<script/x>{}</script>", "<ScRiPt>{}</sCrIpT>",
    "<script\n>{}</script\n>", "<img\tsrc=x\tonerror={}>", "<img/src=x/onerror={}>", "<x onclick={}>x</x>",
    "<?xml version=\"1.0\"?><script>{}</script>", "<![CDATA[<script>{}</script>]]>", "{}", "';{};'", "\";{};\"",
    "`;{};`", "${{{}}}", "*/{}/*", "//\n{}", "\u2028{}\u2029", "\"}}];{};[{{\"", "</SCRIPT ><img src=x onerror={}>",
)  # fmt: skip
TEMPLATES = (
    "{{7*7}}", "{{ ''.__class__.__mro__ }}", "{% for x in range(9) %}x{% endfor %}", "{# gone #}", "{{ policy() }}",
    "${7*7}", "#{7*7}", "<%= 7*7 %>", "{0.__class__}", "{self}", "%(x)s %s %n", "$(touch owned)", "`touch owned`",
    "; rm -rf .", "|id", "@@x", "\\N{BULLET}", "datum.arm", "{\"signal\":\"width\"}", "{\"expr\":\"1+1\"}",
    "signal:width", "datum['arm']", "data('rows')", "{\"url\":\"file:///etc/passwd\"}", "__proto__", "constructor",
    "a.b[0]", "[\"x\"]", "\\'x\\'", "=1+1", "+cmd|' /C calc'!A0", "@import 'x'", "../../etc/passwd", "a/b", "a\\b",
    "C:\\x", "x;y,z", "a=b&c=d", "\"", "'", "`", "<", ">", "&", "&amp;", "&#0;", "url(javascript:alert(1))",
    "expression(alert(1))", "red;background:url(//evil.example)", "var(--ink)}*{display:none}",
)  # fmt: skip
TERMINAL = (
    "\x1b[31mred\x1b[0m", "\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "\x1b]8;;javascript:x\x07link\x1b]8;;\x07", "\x1b[8mhidden",
    "\x1b[1A\x1b[2K", "\x1bP+q544e\x1b\\", "\x1b[6n", "\x1b[c", "\x1bc", "\x1b#8", "\x9b31mred", "\x9d0;title\x9c",
    "\x90q\x9c", "\x85next", "over\rwritten", "back\x08\x08\x08space", "bell\x07", "\x0e\x0f", "\x00null",
    "form\x0cfeed", "vertical\x0btab", "del\x7f", "line\nfeed", "tab\tulator", "line\r\nend", "\x1a", "\x04",
    "\x1b[201~", "\x1b_x\x1b\\", "\x1b^x\x1b\\", "\x1b[?1049h", "\x1b[38;5;1m", "\x1b]1337;File=:x\x07", "[red]x[/red]",
    "[/red]", "[link=http://evil.example]x[/link]", "[bold", "[]", "\\[red]", "[@click=x]y[/]", ":skull:", "[blink]x",
    "[/]",
)  # fmt: skip
UNSEEN = (
    "\u202eevil", "\u202dx", "\u202ax\u202c", "\u202bx", "\u2066x\u2069", "\u2067x", "\u2068x", "\u061cx", "\u200ex",
    "\u200fx", "zero\u200bwidth", "zero\u200cjoin", "zero\u200djoin", "word\u2060join", "\ufeffbom", "soft\xadhyphen",
    "\u180ex", "\u2061x", "\u2062x", "\u206ax", "\u115fx", "\u3164", "\uffa0x", "\u034fx", "\ufe0fx",
    "\U000e0041\U000e0042", "\U000e0100x", "\ufff9x\ufffay\ufffb", "\ufffex", "\uffff", "\u2028x", "\u2029x",
    "\U0001d173x", "\U0001bca0x", "\u05e9\u05dc\u05d5\u05dd", "\u0633\u0644\u0627\u0645 12", "\u17b4x",
    "a\u0300\u0301\u0302\u0303\u0304", "\u2764\ufe0f\u200d\U0001f525", "\ud800x", "\udfff", "\udcff",
)  # fmt: skip
HOSTILE = tuple(dict.fromkeys((*(words.format(RUN) for words in MARKUP), *TEMPLATES, *TERMINAL, *UNSEEN)))
HALVES = tuple(words for words in HOSTILE if any("\ud800" <= sign <= "\udfff" for sign in words))
"""Those that no file can hold."""

NO_FILE = frozenset("/\0[]{}*?")
"""What the name of a file can't have, or a glob is made of."""


class Nothing(Document, frozen=True, kw_only=True, tag="kellet/nothing/1"):
    """A document of a test's own."""

    names: tuple[str, ...]


def tame(strings: tuple[str, ...]) -> tuple[str, ...]:
    """As many harmless strings, which sort alike."""
    place = {words: i for i, words in enumerate(sorted(strings))}
    return tuple(f"a{place[words]:03d}" for words in strings)


def accepted(name: str) -> bool:
    """Whether an arm may be called that: what is refused reaches no page."""
    try:
        settings = {"size": 9, "generations": 1, "replicates": 1, "arms": {name: Arm()}}
        kellet.Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), **settings).to_toml()
    except (InputError, UnicodeEncodeError):
        return False
    return True


def answer(names: tuple[str, ...]) -> Answer:
    """One that has all of them in every place, and in its picture some."""
    cells = tuple(map(reveal, names))
    table = Table(names[0], names, (cells, cells[::-1]), names[1], align="l" * len(names))
    few = list(names[:: len(names) // 40 + 1])
    at = np.arange(3.0)
    lines = [Line(name, at, at + i, i) for i, name in enumerate(few)]
    levels = [Level(few[0], 1.0)]
    charts = (Chart(names[6], lines, Axis(few[2], 0, 2), Axis(few[3], 0, len(few) + 2), levels, caption=names[7]),)
    return Answer(names[4], names, lambda: Nothing(sentence=names[5], names=names), (table,), charts, names, names[8])


def run_of_arms(names: tuple[str, ...]) -> kellet.Run:
    """A run whose arms are called that, as far as arms may be."""
    arms = {name: Arm() for name in names}
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    return kellet.run(world=world, family=family, size=9, arms=arms, generations=1, replicates=2)


def run_of_labels(names: tuple[str, ...]) -> kellet.Run:
    """A run whose categories are called that; nearly all are lost."""
    world = kellet.worlds.categorical([1 / len(names)] * len(names), labels=list(names))
    return kellet.run(world=world, family=kellet.families.Categorical(), size=9, generations=2, replicates=2)


class Failing:
    """A model whose fits fail, each in other words."""

    def __init__(self, names: tuple[str, ...]):
        self.names = names

    def fit(self, rows):
        raise ValueError(" ".join(self.names))

    def sample(self, n):
        return np.zeros((n, 2))


def run_that_fails(names: tuple[str, ...]) -> kellet.Run:
    """A run whose family fails with them as its words."""
    world = kellet.worlds.multivariate_normal([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]])
    return kellet.run(world=world, family=Failing(names), size=9, generations=1, replicates=1)


def sweep(names: tuple[str, ...]) -> Answer:
    """A sweep whose arms are called that."""
    arms = {name: Arm() for name in names}
    world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    return kellet.sweep(
        world=world, family=family, size=9, arms=arms, generations=1, replicates=2, grid={"size": [5, 9]}
    ).answer()


def rank(name: str) -> tuple[bool, bool, bool]:
    """How much a name does to what shows it."""
    return "\x1b" in name, "<" in name, "\u202e" in name


def table(names: tuple[str, ...], folder: Path) -> Path:
    """A table that has some in its header and as the name of its file, and all in two columns of words."""
    import polars as pl

    rng, words = np.random.default_rng(0), [name.strip() or "blank" for name in names]
    rows = 3 * len(words)
    columns: dict[str, object] = {f"{name} {i}": rng.random(rows) for i, name in enumerate(words[::40])}
    columns |= {f"{name} and {i}": words * 3 for i, name in enumerate(words[5:7])}
    worst = max((name for name in words if NO_FILE.isdisjoint(name)), key=rank)
    path = folder / f"{worst}.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def texts(names: tuple[str, ...], folder: Path) -> Path:
    """Documents in which they stand among words."""
    path = folder / "texts.jsonl"
    lines = [json.dumps({"text": f"It was said that {name} is what he wrote. " * 3}) for name in names]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def run_of(path: Path) -> kellet.Run:
    """A short run of a file."""
    whole = for_file(str(path), Choices(), None)
    small = msgspec.structs.replace(whole, size=9, replicates=1, generations=1, arms={"replace": Arm()}, judged=9)
    return kellet.run(small, out=path.with_name("run"))


def pages(strings: tuple[str, ...], folder: Path, harmless: bool = False) -> Iterator[tuple[str, str]]:
    """(kind, page) of them, or of as many harmless ones."""
    named = dict(zip(strings, tame(strings) if harmless else strings, strict=True))
    whole = tuple(named[name] for name in strings if name not in HALVES)
    arms = tuple(named[name] for name in strings if accepted(name))
    strings = tuple(named.values())
    (folder / "table").mkdir(parents=True)
    rows, lines = table(whole, folder / "table"), texts(whole, folder)
    yield "an answer", answer(strings).html()
    yield "a notebook's cell", answer(strings)._repr_html_()
    yield "labels", html(run_of_labels(whole))
    yield "failures", html(run_that_fails(whole))
    yield "a sweep", sweep(arms).html()
    yield "what was read", kellet.read(str(rows)).answer().html()
    yield "texts", html(run_of(lines))
    yield "arms", html(run_of_arms(arms))
    few = run_of_arms(arms[:: len(arms) // 20 + 1])
    runs = dict.fromkeys(whole, few) | {whole[-1]: run_of(rows)}
    yield "a comparison", kellet.compare(runs, "spread").answer().html()
