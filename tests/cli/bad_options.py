"""Command lines and experiment files that can't be meant: hundreds, made of every option of every verb and what people,
shells and generated scripts put there.

A case is refused in one line, or, unless it is ``hopeless``, does what it says on a small scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import click

from kellet.cli.main import kellet
from kellet.cli.options import Number

DIGITS = "9" * 5000
LONG = "x" * 100_000

HOPELESS = (
    "nan",
    "inf",
    "-inf",
    "-1",
    "x",
    "",
    " ",
    "1,,2",
    DIGITS,
    "1e400",
    "[/red]",
    "a\nb",
    "caf\udce9",
    "\x1b[31m",
)
"""No number that any option could take."""
EDGES = ("0", "1.5", "1e-320", "1e12", "1e18", "1e30", str(2**63), "1_0", "١٢", "150%", "-0")
"""Numbers that some options take."""
WORDS = ("", " ", "=", ",", ":", "+", "[/red]", "a\nb", "\x1b[31mred", "a\x01", "caf\udce9", "\u202egnp", "../..", "🦭",
         "nan", "<script>", '"', "'", "{}", "%", "a=b=c", "NaN=1", LONG)  # fmt: skip
"""Words that most options refuse, and some, as the names of files, take."""

GOOD = "a,b\n" + "\n".join(f"{i % 7},{i * i % 11}" for i in range(40))
CORPUS, HUMAN, WRITTEN = (
    "".join(f"{' '.join(f'w{i * j % prime}' for j in range(25, 50))}\n" for i in range(1, 60)) for prime in (59, 61, 67)
)
SMALL = ("--size", "10", "--generations", "2", "--replicates", "2", "--jobs", "1", "--quiet")
BASES: dict[str, tuple[str, ...]] = {
    "data": ("data", "good.csv"),
    "run": ("run", "normal", *SMALL),
    "plan": ("plan", "normal", "--size", "10", "--generations", "2", "--keep", "variance=0.5", "--theory"),
    "theory": ("theory", "--size", "100"),
    "show": ("show", "done"),
    "report": ("report", "done"),
    "lab": ("lab", "--no-open"),
    "reproduce": ("reproduce", "gaussian"),
    "runs": ("runs", "done"),
    "watch": ("watch", "done", "--once"),
    "compare": ("compare", "done"),
    "audit": ("audit", "good.csv", "good.csv"),
    "estimate": ("estimate", "corpus.txt", "--human", "human.txt", "--model", "llm=written.txt"),
    "profile": ("profile", "good.txt", "-o", "a.kprof"),
    "mix": ("mix", "--real", "good.csv", "--size", "20", "--anchor", "20", "--max-repeat", "9", "-o", "mixed"),
    "verify": ("verify", "good.csv"),
    "completion": ("completion", "bash"),
}
"""Each verb as it does what it says; ``done`` is a finished run."""


@dataclass(frozen=True)
class Case:
    """A command line, and the files that it finds.  hopeless: it must be refused."""

    name: str
    arguments: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    hopeless: bool = True


def cases() -> Iterator[Case]:
    """All of them, always the same."""
    yield from _numbers()
    yield from _words()
    yield from _targets()
    yield from _by_hand()
    yield from _files()


def _options() -> Iterator[tuple[str, click.Option]]:
    for verb, command in kellet.commands.items():
        for option in command.params:
            if isinstance(option, click.Option) and not option.is_flag:
                yield verb, option


def _numeric(option: click.Option) -> bool:
    return isinstance(option.type, Number | click.types.FloatParamType | click.types.IntParamType)


def _quick(verb: str, name: str, value: str) -> bool:
    """Whether it is refused or soon over: a dozen processes take as long to start as all other cases."""
    return not (verb == "run" and name == "--jobs" and value in EDGES)


def _numbers() -> Iterator[Case]:
    for verb, option in _options():
        name = option.opts[0]
        if _numeric(option) or option.name == "size":
            for value in filter(lambda value: _quick(verb, name, value), (*HOPELESS, *EDGES)):
                yield Case(f"{verb} {name} {value[:20]!r}", (*BASES[verb], name, value), hopeless=value in HOPELESS)


def _words() -> Iterator[Case]:
    for verb, option in _options():
        name = option.opts[0]
        if not _numeric(option) and option.name != "size":
            for value in WORDS:
                yield Case(f"{verb} {name} {value[:20]!r}", (*BASES[verb], name, value), hopeless=False)


def _targets() -> Iterator[Case]:
    for verb, (_, *rest) in BASES.items():
        if verb == "theory":
            continue
        for value in (*WORDS, "empty", "nothing.toml", "done/run.json", "done/cells", "/dev/null", "."):
            yield Case(f"{verb} {value[:20]!r}", (verb, value, *rest[1:]), hopeless=False)


SPECS = {
    "--family": (
        "gaussian:mean=nan", "gaussian:variance=-1", "gaussian:variance=0", "gaussian:variance=inf", "gaussian:ddof=x",
        "gaussian:estimator=", "mixture:components=0", "mixture:components=1e99", f"mixture:components={DIGITS}",
        "mixture:components=nan", "categorical:smoothing=-1", "reduced:components=-3", "reduced:family=reduced",
        "ising:spins=-1", "ising:spins=10000000000", "kernel:bandwidth=nan", "kernel:bandwidth=-1", "bootstrap:x=1",
        "gaussian:" + "a=1," * 5000, "a.b:C,=1", "builtins:print", "os:system", "kellet:nothing", ".:.", "..a:B",
        "command:", "command:x", "lm", "lm:", "lm:../..", "ngram:order=0", "ngram:order=-1", "ngram:order=1e9",
    ),
    "--arm": (
        "fresh:nan", "fresh:inf%", "fresh:-5%", "fresh:1e400", f"fresh:{DIGITS}", "bank:1/0", "bank:1/-1",
        "bank:1/1e30",
        "bank:1/nan", "bank:0/0", "fixed:0+every:0", "fresh:1+every:-1", "fresh:1+every:1e400", "fresh:1+weight:nan",
        "fresh:1+weight:inf", "fresh:1+weight:-1", "fresh:1+contaminated:nan", "fresh:1+contaminated:2", "window:0",
        "window:-1", "window:nan", "window:", f"window:{DIGITS}", "prior:nan", "prior:1@nan,1", "prior:1@0,nan",
        "prior:1@0,inf", "prior:1@0,-1", "map:-1", "temperature:nan", "temperature:inf", "shrink:nan", "shrink:0",
        "shrink:-1", "top-k:0", "top-k:nan", f"top-k:{DIGITS}", "top-p:0", "top-p:nan", "top-p:2", "quantile:nan",
        "quantile:0", "quantile:2", "quantile:1e-300", "verifier:nan,1", "verifier:1,nan", "verifier:2,1", "verifier:0",
        "verifier:0,1,2,3", "verifier:0,1,nan", "verify:", "dedup:x", "replace:1", "once", "random", "+", "a=", "=b",
        "pool", "pool:3", "pool+pool", "writers:5", "pool+writers:0", "pool+writers:nan", "pool+writers:1e30",
        f"pool+writers:{DIGITS}", "pool+humans:", "pool+humans:nan", "pool+humans:inf%", "pool+humans:-5%",
        "pool+humans:[/red]", "pool+humans:10% doubling every 0 generations", f"pool+humans:{DIGITS}",
        "pool+humans:1e18 doubling every 0.01 generations", "pool+filter:nan", "pool+filter:0,1", "pool+filter:1",
        "pool+filter:1,1", "pool+filter:,", "pool+window:0", "pool+window:nan", f"pool+window:{DIGITS}",
        "pool+halving:0", "pool+halving:1e-320", "pool+bias:inf", "pool+bias:1e308", "pool+pools:2", "pool+pools:nan",
        "pool+migration:nan", "pool+migration:1", "pool+before:0", "pool+before:0+filter:1", "pool+before:1e400",
        "pool+written:0", "pool+written:1e18", "pool+whole", "pool+documents+whole", "pool+documents+bias:1e-300",
        "pool+documents+before:1e18", "pool+documents+written:1e18", "pool+private:99", "pool+private:1e30",
        "pool+fresh:11", "pool+bank:5/3", "pool+documents+dedup:x", "pool+subsample", "pool+writers:50+pools:50",
        "[/red]=", "a\nb=replace", "a\x01=replace", "a\x1b[31m=replace", "a\udce9=replace", " =replace",
    ),
    "--grid": (
        "size", "size=", "=1", "size=0", "size=-1", "size=nan", "size=1e400", f"size={DIGITS}", "size=x", "size=1..2",
        "size=1..1e9:1e9", "size=1..10:-1", "size=1..10:0", "size=1..10:nan", f"size=1..10:{DIGITS}", "size=0..10:3",
        "size=nan..10:3", "size=1..inf:3", "size=10,10", "nonsense=1", "world=1", "family=1", "arms=1", "arms.x=1",
        "world.mean=nan,1", "world.mean=inf", "world.variance=-1", "world.variance=0", "world.kind=nothing",
        "family.kind=nothing", "anchor.count=-1,0", "anchor.count=1..10:4", "seed=1,2", "replicates=1,2", "record=all",
        "a.b.c.d=1", ".=1", "size.size=1", "[/red]=1", "size=[/red]", "generations=0,1", "generations=1e12",
        "world.mean=0..1:3", "family.estimator=[/red],mle", "pool.humans.share=0.1", "pool=1", "writers=1",
        "writers.writer.many=2", "writers.[/red].size=2",
    ),
    "--metrics": ("nonsense", "usual,nonsense", "[/red]", ",,", "variance_ratio,", "a\x01", "entropy"),
    "--shard": ("0/1", "2/1", "1/0", "1", "/", "a/b", "-1/2", "1/2/3", "1.5/2", f"1/{DIGITS}", f"{DIGITS}/1", "²/³",
                "١/٢"),
    "--device": ("gpu", "cuda:0", "cpu"),
    "--engine": ("dask", "ray", ""),
    "--address": ("tcp://nowhere:1", ""),
    "--tokens": ("words", "x"),
    "--documents": ("lines", "x"),
}  # fmt: skip
BELONGS = {
    "plan": {
        "--keep": (
            "variance", "variance=", "=1", "variance=nan", "variance=0", "variance=-1", "variance=inf", "variance=x",
            "nonsense=0.5", "[/red]=0.5", "a\nb=1", "variance=1e400", f"variance={DIGITS}", "spread=0.9",
            "entropy=0.5",
        ),
        "--anchor": ("fresh:1", "bank", "bank:/0", "bank:/-1", "bank:/nan", f"bank:/{DIGITS}", "fixed:", "[/red]", "x"),
        "--curation": ("temperature:nan", "fresh:1", "shrink:0", "verify:", "x", "top-k:1", "+", "a=b"),
        "--arm": ("replace", "x", "a=", "=b", "fresh:1", "+", ":", "a\nb", "[/red]", "fresh:1=fresh:1"),
        "--search": ("humans", "vault", "x", "anchor,vault"),
    },
    "theory": {
        "--family": ("nothing", "mixture:components=2", "gaussian:mean=nan", "copula", "ising:spins=50", "lm:x",
                     "command:x"),
        "--anchor": (
            "fresh:nan", "fresh:-1", "fresh:200", "fresh:200%", "bank:5/1", "bank:0/0", "bank:5", "x", "fresh:",
            f"fresh:{DIGITS}", "fresh:1e400", "bank:1/1e400", "fresh:nan%", "[/red]",
        ),
        "--curation": ("temperature:nan", "temperature:0", "shrink:nan", "quantile:0.5", "x", "top-k:0",
                       "verifier:0,1"),
        "--plot": ("x", "x.gif", "no/such/folder.png", ".png/", "/dev/full.png", "[/red].png2"),
    },
}  # fmt: skip


def _by_hand() -> Iterator[Case]:
    for option, values in SPECS.items():
        for value in values:
            yield Case(f"run {option} {value[:30]!r}", (*BASES["run"], option, value), hopeless=False)
    for verb, options in BELONGS.items():
        for option, values in options.items():
            for value in values:
                yield Case(f"{verb} {option} {value[:30]!r}", (*BASES[verb], option, value), hopeless=False)
    for name, arguments in WHOLE.items():
        yield Case(name, arguments)


WHOLE: dict[str, tuple[str, ...]] = {
    "an option that is none": ("run", "normal", "--nonsense"),
    "an option without its value": ("run", "normal", "--size"),
    "a verb that is none": ("nonsense",),
    "a verb of markup": ("[/red]",),
    "no target": ("run",),
    "two targets": ("run", "normal", "digits"),
    "replicates for years": ("run", "normal", "--replicates", "1e18", "--size", "10"),
    "replicates beyond memory": ("run", "normal", "--replicates", "1e9", "--generations", "100"),
    "generations beyond memory": ("run", "normal", "--generations", "1e12"),
    "a grid of millions": ("run", "normal", "--grid", "size=1..1e9:3000", "--grid", "anchor.count=0..3:3000"),
    "a grid of more than that": ("run", "normal", "--grid", "size=1..1e9:1e8"),
    "documents beyond memory": ("run", "normal", "--arm", "pool+documents", "--size", "1e12"),
    "shares of writers without a pool": ("run", "normal", "--arm", "writers:5+humans:10%"),
    "a filter worse than chance": ("run", "normal", "--arm", "pool+filter:0.05,0.9"),
    "a vault smaller than what is drawn": ("run", "normal", "--arm", "pool+bank:5%/2", "--size", "100"),
    "a pool of nothing": ("run", "normal", "--arm", "pool+window:0"),
    "a pool of which nothing is left": ("run", "normal", "--arm", "pool+window:1+filter:1"),
    "more pools than writers": ("run", "normal", "--arm", "pool+writers:2+pools:3"),
    "a minority of numbers": ("run", "normal", "--arm", "pool+filter:0.9,0.05,0.1,0.2"),
    "people beyond the data": ("run", "good.csv", "--size", "9", "--arm", "pool+documents+humans:1000"),
    "a dry run of it": ("run", "normal", "--generations", "1e12", "--dry-run", "--size", "nan"),
    "a plan of it": ("plan", "normal", "--size", "10", "--generations", "1e12", "--budget-minutes", "0.01"),
    "a plan of generations that nobody can count": ("plan", "normal", "--size", "10", "--generations", "1e30"),
    "a share of NaN": ("plan", "normal", "--size", "10", "--confidence", "nan", "--budget-minutes", "0.01"),
    "no time at all": ("plan", "normal", "--size", "10", "--budget-minutes", "nan"),
    "columns of nothing": ("plan", "good.csv", "--columns", "", "--theory", "--size", "5"),
    "theory of too many columns": ("theory", "--dim", "1e12", "--size", "1e15"),
}  # fmt: skip

TOML = """\
size = 10
generations = 2
replicates = 2
[world]
kind = "normal"
[family]
kind = "gaussian"
[arms.replace]
"""
WEB = TOML + "[arms.web.pool]\n"
VALUES = ("nan", "inf", "-1", "0", "''", "true", "[]", "{}", "[[]]", "1979-05-27", "'x'", "10" + "0" * 400, "1e300",
          "[nan]", "9223372036854775808", "'[/red]'", r'"a\u0001"', r'"\u0000"', "[" * 50 + "]" * 50, "0x" + "f" * 300,
          "0x" + "f" * 6000)  # fmt: skip
PLACES = {
    "size": TOML.replace("size = 10", "size = {}"),
    "generations": TOML.replace("generations = 2", "generations = {}"),
    "replicates": TOML.replace("replicates = 2", "replicates = {}"),
    "seed": "seed = {}\n" + TOML,
    "metrics": "metrics = {}\n" + TOML,
    "record": "record = {}\n" + TOML,
    "judged": "judged = {}\n" + TOML,
    "block": "block = {}\n" + TOML,
    "grid": "grid = {}\n" + TOML,
    "grid size": TOML + "[grid]\nsize = {}\n",
    "grid count": TOML + "[arms.a.anchor]\ncount = 1\n[grid]\n'anchor.count' = {}\n",
    "arms": TOML.replace("[arms.replace]", "").replace("size = 10", "size = 10\narms = {}"),
    "world": TOML.replace('[world]\nkind = "normal"', "").replace("size = 10", "size = 10\nworld = {}"),
    "family": TOML.replace('[family]\nkind = "gaussian"', "").replace("size = 10", "size = 10\nfamily = {}"),
    "kind": TOML.replace('"normal"', "{}"),
    "mean": TOML.replace('"normal"', '"normal"\nmean = {}'),
    "variance": TOML.replace('"normal"', '"normal"\nvariance = {}'),
    "family mean": TOML.replace('"gaussian"', '"gaussian"\nmean = {}'),
    "anchor count": TOML + "[arms.replace.anchor]\ncount = {}\n",
    "anchor share": TOML + "[arms.replace.anchor]\nshare = {}\n",
    "anchor weight": TOML + "[arms.replace.anchor]\ncount = 1\nweight = {}\n",
    "prior strength": TOML + "[arms.replace.prior]\nstrength = {}\n",
    "curation": TOML + "[arms.replace.curation]\nkind = 'temperature'\ntau = {}\n",
    "people": WEB + "humans = {}\n",
    "people's halving": WEB + "humans = {share = 0.1, halving = {}}\n",
    "a pool": TOML + "[arms.web]\npool = {}\n",
    "a pool's window": WEB + "window = {}\n",
    "a pool's filter": WEB + "filter = {caught = {}}\n",
    "pools": WEB + "pools = {}\n",
    "writers": WEB + "[arms.web]\nwriters = {}\n",
    "a writer": WEB + "[arms.web.writers]\na = {}\n",
    "a writer's size": WEB + "[arms.web.writers]\na = {size = {}}\n",
    "a writer's share": WEB + "[arms.web.writers]\na = {share = {}}\n",
    "a writer's family": WEB + "[arms.web.writers]\na = {family = {}}\n",
    "path": TOML.replace('"normal"', '"table"\npath = {}'),
    "world seed": TOML.replace('"normal"', '"table"\npath = "good.csv"\nseed = {}'),
}  # fmt: skip
ARMS = ("[/red]", "[red]", "a/b", "../..", "", " ", "a\\nb", "a\\u0001", "\\u001b[31m", "\\u0000", "\\u202egnp", "<b>",
        "🦭", "=", "a" * 5000)  # fmt: skip


def _files() -> Iterator[Case]:
    for place, text in PLACES.items():
        for value in VALUES:
            yield _experiment(f"{place} = {value[:20]}", text.replace("{}", value).encode())
    for name in ARMS:
        yield _experiment(f"an arm {name[:20]!r}", TOML.replace("[arms.replace]", f'[arms."{name}"]').encode())
    for name, content in WHOLE_FILES.items():
        yield _experiment(name, content, hopeless=name not in ("with CRLF", "with CR", "with a byte order mark"))


def _experiment(name: str, content: bytes, hopeless: bool = False) -> Case:
    return Case(f"toml: {name}", ("run", "bad.toml", "--jobs", "1", "--quiet"), {"bad.toml": content}, hopeless)


def _nest(depth: int) -> bytes:
    return ("x = " + "[" * depth + "]" * depth + "\n" + TOML).encode()


def _law(kind: str, **settings: Any) -> bytes:
    lines = "\n".join(f"{key} = {value}" for key, value in settings.items())
    return TOML.replace('"normal"', f'"{kind}"\n{lines}').encode()


WHOLE_FILES = {
    "empty": b"",
    "a zero": b"\0",
    "binary": bytes(range(256)) * 9,
    "with a byte order mark": b"\xef\xbb\xbf" + TOML.encode(),
    "UTF-16": TOML.encode("utf-16"),
    "with CRLF": TOML.replace("\n", "\r\n").encode(),
    "with CR": TOML.replace("\n", "\r").encode(),
    "a key twice": b"size = 9\n" + TOML.encode(),
    "a table twice": TOML.encode() + b"[world]\n",
    "a hundred deep": _nest(100),
    "a thousand deep": _nest(1000),
    "a hundred thousand deep": _nest(100_000),
    "tables a thousand deep": TOML.encode() + b"[" + b".".join([b"a"] * 5000) + b"]\n",
    "a key of dots": b"a" + b".a" * 20_000 + b" = 1\n" + TOML.encode(),
    "inline tables deep": b"x = " + b"{a=" * 2000 + b"1" + b"}" * 2000 + b"\n" + TOML.encode(),
    "a huge number": b"size = 1" + b"0" * 10_000 + b"\n",
    "ten megabytes": b"x = [" + b"1," * 5_000_000 + b"]\n" + TOML.encode(),
    "a world of nothing": _law("categorical", probabilities="[]"),
    "a world of zeros": _law("categorical", probabilities="[0.0, 0.0]"),
    "a world of NaN": _law("categorical", probabilities="[nan, 1.0]"),
    "a world of one category": _law("zipf", size=0),
    "a world too large": _law("zipf", size=10**15),
    "a negative mean count": _law("poisson", mean=-1.0),
    "a mean that is none": _law("poisson", mean="nan"),
    "an infinite mean": _law("poisson", mean="inf"),
    "a normal of nothing": _law("multivariate-normal"),
    "a normal that is no square": _law("multivariate-normal", mean="[0.0]", covariance="[[1.0, 0.0]]"),
    "a normal of negative variance": _law("multivariate-normal", mean="[0.0]", covariance="[[-1.0]]"),
    "a normal of NaN": _law("multivariate-normal", mean="[nan]", covariance="[[1.0]]"),
    "a spin glass too large": _law("spin-glass", spins=60),
    "sizes of all kinds": TOML.replace("size = 10", "size = [1, 'a', 1.5]").encode(),
    "an arm that is none": TOML.replace("[arms.replace]", "[arms]\nreplace = 3").encode(),
    "an arm of a filter": TOML.encode() + b"[arms.replace.curation]\nkind = 'filter'\n",
    "log records for ever": b"record = 'log'\n" + TOML.replace("= 2", "= 1" + "0" * 30, 1).encode(),
    "a span backwards of NaN": TOML.encode() + b"[grid.size]\nfrom = nan\nto = 3\nsteps = 3\n",
    "a span of too many steps": TOML.encode() + b"[grid.size]\nfrom = 1\nto = 3\nsteps = 1000000000\n",
    "a span of endless steps": TOML.encode() + b"[grid.size]\nfrom = 1\nto = 3\nsteps = 1" + b"0" * 400,
    "a grid that repeats": TOML.encode() + b"[grid]\nsize = [10, 10]\n",
    "a grid of millions": TOML.encode() + b"[grid]\n"
    + b"".join(b"%s = {from=1, to=1e6, steps=5000}\n" % name for name in (b"size", b"generations")),
}  # fmt: skip
