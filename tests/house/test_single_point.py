"""docs/single-point.md says what examples/single_point.py says."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import psi
from scipy.stats import beta, binom, invgamma

import kellet

ROOT = Path(kellet.__file__).parents[2]
PAGE = (ROOT / "docs" / "single-point.md").read_text(encoding="utf-8")
ROWS = [tuple(map(str.strip, row.split("|")[1:-1])) for row in re.findall(r"^\| \S.*\|$", PAGE, flags=re.MULTILINE)]
ROWS = [row for row in ROWS if row != ("", "theory", "simulated")]
SMALL = 150_000


@pytest.fixture(scope="module")
def program(load_program):
    return load_program("examples/single_point.py")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("single-point")


@pytest.fixture(scope="module")
def told(program, out):
    """What the program says after almost no simulation: its theory doesn't depend on that."""
    numbers = [number for chapter in program.tell(out, effort=1e-4).values() for number in chapter]
    assert len({number.what for number in numbers}) == len(numbers)
    return {number.what: number for number in numbers}


def test_the_program_draws_every_picture_of_the_page(program, told, out):
    shown = set(re.findall(r"!\[[^]]+\]\(images/([^)]+)\)", PAGE))
    assert shown == {f"single-point-{chapter}.png" for chapter in program.STORY}
    assert shown == {path.name for path in out.iterdir()}
    for name in shown:
        for path in (out / name, ROOT / "docs" / "images" / name):
            assert path.read_bytes().startswith(b"\x89PNG")
            assert path.stat().st_size < SMALL


def test_the_tables_of_the_page_are_those_of_the_program(told):
    assert len(ROWS) > 30
    for what, expected, simulated in ROWS:
        assert what in told, f"the program doesn't know {what!r}"
        assert expected == told[what].expected, what
        assert simulated or not told[what].simulated, what


def test_what_the_page_simulated_agrees_with_what_is_exact():
    compared = 0
    for what, expected, simulated in ROWS:
        known = re.fullmatch(r"(\S+) exact", expected)
        seen = re.fullmatch(r"(\S+) \((\S+) to (\S+)\)", simulated)
        if known and seen:
            value, low, high = (float(x.replace(",", "")) for x in seen.groups())
            # The interval is 1.96 standard errors to either side; its ends are rounded.
            assert abs(value - float(known[1])) <= 5 / 1.96 * max(high - value, value - low) + 1e-3 * value, what
            compared += 1
    assert compared > 15


def held(k, n):
    """Worth of k fresh points of n, for a normal or for categories."""
    return 1 + 2 * k - k * (k + 1) / n


def lost_answer(p, n):
    """Share of time without a yes, one of n points being fresh, from the eigenvector of the transition matrix."""
    counts = np.arange(n + 1)
    written = binom.pmf(counts[None, :n], n - 1, counts[:, None] / n)
    moves = (1 - p) * np.pad(written, ((0, 0), (0, 1))) + p * np.pad(written, ((0, 0), (1, 0)))
    values, vectors = np.linalg.eig(moves.T)
    settled = np.real(vectors[:, np.argmax(np.real(values))])
    return settled[0] / settled.sum()


def not_all_zero(mean, n, t):
    """Chance that not all of n counts are 0 after t fits: Galton and Watson's recursion."""
    alive = 1.0
    for _ in range(t - 1):
        alive = 1 - np.exp(-alive)
    return 1 - np.exp(-n * mean * alive)


TEXTBOOK = (
    ("counts: loops not all 0 after 2,000 generations", not_all_zero(1.0, 100, 2000)),
    ("normal: generations until the average variance has halved", np.log(0.5) / np.log(0.99)),
    ("unbiased, after 1,000: average of ln variance", 1000 * (psi(49.5) - np.log(49.5))),
    ("n = 100: worth of the normal's mean, points", held(1, 100)),
    ("n = a trillion, time rescaled: worth of the share of yes, points", held(1, 1e12)),
    ("n = a trillion, variance known: worth of the mean, points", 2 - 1e-12),
    ("n = 10,000: median variance", invgamma(2.5).median()),
    ("p = 0.1, n = 100: loops that know no yes", lost_answer(0.1, 100)),
    ("p = 0.1, very many points: loops with p under 0.001", beta(0.2, 1.8).cdf(1e-3)),
    (
        "normal, 20 dimensions, k = 1: divergence, nats",
        (20 * 25 / 2 - 20 - psi((25 - np.arange(1, 21)) / 2).sum()) / 2,
    ),
    ("nothing: average variance after 200 generations", 0.99**200),
    ("1 fixed: average variance after 200 generations", 0.99**200),
    ("1 fresh: average variance after 200 generations", 1 - (1 - (1 - held(1, 100) / 100) ** 200) / held(1, 100)),
    ("10 fixed: average variance after 200 generations", 0.9 * 19 / 19.9),
    ("10 fresh: average variance after 200 generations", 1 - 1 / held(10, 100)),
    ("n = a million, settled: 10 fixed are worth, points", 21 / 3),
    ("n = a million, settled: 10 fresh are worth, points", held(10, 1e6)),
    ("prior worth 1 point at 50 %: average share of yes, generation 100", 0.5 - 0.2 * (100 / 101) ** 100),
    ("prior worth 1 point at 50 %: generation 500", 0.5 - 0.2 * (100 / 101) ** 500),
    ("both: generation 500", 0.4 - 0.1 * (99 / 101) ** 500),
    ("waiting times, n = 20, unbiased mean: ln mean after 100 fits", 100 * (psi(20) - np.log(20))),
    ("waiting times, n = 20, unbiased rate: ln mean after 100 fits", 100 * (psi(20) - np.log(19))),
    ("any n: k that keeps its frequency right to a tenth", 49_949.5),
    ("shrinking sampler, 100 of 10,000 real: variance kept", 0.01 / (0.01 + 0.99 * 0.1)),
    ("shrinking sampler, 1,000 of 10,000 real: variance kept", 0.1 / (0.1 + 0.9 * 0.1)),
    ("shrinking sampler: real share for 90 % of the variance", 0.09 / 0.19),
)


def test_what_theory_says_can_be_had_from_a_textbook(told):
    for what, value in TEXTBOOK:
        assert told[what].theory == pytest.approx(value, rel=2e-3), what


def test_what_the_sentences_say_stands_in_the_program(told):
    def number(what):
        return told[what].theory

    prose = re.sub(r"\s+", " ", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
    typical, mean = (
        round(number(f"normal: {what} variance has halved"))
        for what in ("until the typical", "generations until the average")
    )
    dimensions = [number(f"normal, {d} dimension{'s' * (d > 1)}: smallest k for 0.1 nats") for d in (1, 5, 20, 100)]
    kept = [number(f"300 points, n = {n}: keeping is better from T =") for n in ("1,000", "10,000")]
    fixed, fresh = (number(f"n = a million, settled: 10 {kind} are worth, points") for kind in ("fixed", "fresh"))
    drifts = [number(f"waiting times, n = 20, unbiased {of}: ln mean after 100 fits") for of in ("mean", "rate")]
    for sentence in (
        f"halved after {typical} generations, the average variance after {mean}",
        "takes {} fresh points per generation in 1 dimension, {} in 5, {} in 20 and {:,} in 100".format(*dimensions),
        "from T = {:.0f} on (from T = {:.0f} with 10,000 per generation".format(*kept),
        f"10 fixed points are worth {fixed:.0f}, and 10 fresh ones {fresh:.0f}",
        f"moves by {drifts[0]:.2f} in 100 generations; by the unbiased estimate of their rate, by +{drifts[1]:.2f}",
        f"spends {number('p = 0.3, n = 200, a point every 10 generations: loops that know one answer'):.0%} of".replace(
            "%", " %"
        ),
        f"and {number('k = 1 of 10,000: words known, of 2,000'):.0f} words of 2,000",
    ):
        assert sentence in prose


def test_the_python_of_the_page_prints_what_the_page_shows(tmp_path):
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL))
    shown = "".join(re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL))
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout == shown
