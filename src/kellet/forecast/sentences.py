"""The answer in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kellet.families import Categorical
from kellet.families.abilities import abilities
from kellet.forecast.table import Row, Settings
from kellet.loop.numbers import Closing
from kellet.page.claim import Claim
from kellet.theory import Loop


def describe_feed(loop: Loop) -> str:
    """What feeds the loop.

    >>> [describe_feed(Loop(100, k, -1, bank=bank, prior=k - 1)) for k, bank in ((1, None), (2, 2))]
    ['1 fresh real point', '2 fixed real points and a prior of 1']
    >>> describe_feed(Loop(100, 3, -1, bank=9))
    '3 real points of a bank of 9'
    """
    points = f"real point{'' if loop.k == 1 else 's'}"
    bank = f"{number(loop.k)} {points} of a bank of {number(loop.bank or 0)}"
    real = bank if loop.bank not in (None, loop.k) else f"{number(loop.k)} {'fixed' if loop.bank else 'fresh'} {points}"
    feeds = [*([real] if loop.k else []), *([f"a prior of {number(loop.prior)}"] if loop.prior else [])]
    return " and ".join(feeds) or "nothing real"


def sentences_of(settings: Settings, rows: tuple[Row, ...], loop: Loop, family: Closing) -> Iterator[str]:
    """The answer in words, and what it does not mean."""
    known = {row.quantity: row.value for row in rows}
    dim = settings.dim
    name = f"{dim}-dimensional {settings.family}" if dim > 1 else settings.family
    n = number(loop.n)
    if not loop.pull:
        end = "is absorbed" if loop.curvature or abilities(family).discrete else "wanders off without end"
        yield f"Nothing real enters the {n} points of a generation: this loop ({name}) {end}."
        if "half_life" in known:
            yield f"Half of its variance is gone after about {number(known['half_life'])} generations."
        return
    fed, worth = describe_feed(loop), known["effective_points"]
    if _copies(settings, loop):
        copy = f"a copy of {'it' if loop.bank == 1 else 'them'}"
        yield f"With {fed} in each generation of {n} this loop ({name}) ends as {copy}: too few."
        return
    yield f"With {fed} in each generation of {n} this loop ({name}) stays alive" + (
        f", worth {number(worth)} real point{'' if number(worth) == '1' else 's'}:" if worth > 0.01 else ":"
    )
    parts = []
    if loop.curvature < 0:
        parts.append(f"{share(known['variance_kept'])} of the variance stays on average")
    elif worth > 0.01:
        away = number(worth**-0.5)
        parts.append(f"what it learns scatters by {away} standard deviation{'' if away == '1' else 's'} of a point")
    else:
        parts.append("what it learns scatters so widely that no average describes it")
    if "typical_variance_kept" in known:
        typical = share(known["typical_variance_kept"])
        parts.append(f"typically {typical}" if loop.curvature < 0 else f"{typical} of the variance typically stays")
        parts[-1] += " per dimension" if dim > 1 else ""
    if known.get("divergence", np.inf) < np.inf:
        parts.append(f"{number(known['divergence'])} nats from the truth")
    yield ", ".join(parts) + "."
    if "rarest_kept" in known:
        rare = number(1 / known["rarest_kept"])
        if isinstance(family, Categorical):
            yield f"Categories rarer than about 1 in {rare} are not kept."
        else:
            yield f"Of categories, the same loop would not keep those rarer than about 1 in {rare}."
    if loop.prior:
        real = f"{share(loop.k / (loop.k + loop.prior))} truth, and the rest is the prior" if loop.k else "the prior"
        yield f"That holds if the prior lies at the truth: what it settles at is {real}."
    yield f"What it began with is forgotten after about {number(known['generations_to_forget'])} generations."


def claim_of(settings: Settings, rows: tuple[Row, ...], loop: Loop, family: Closing) -> Claim:
    """The answer in one sentence with one number, and what that is to be read beside.

    A loop that nothing holds is told by its half-life; one that is held by what it keeps of the variance, or else by
    how many real points it is worth.
    """
    known = {row.quantity: row for row in rows}
    lead = f"With {describe_feed(loop)} in each generation"
    if not loop.pull:
        lead, beside = "Left alone", f"Nothing real enters the {number(loop.n)} points of a generation."
        if (half := known.get("half_life")) is not None:
            text = f"{lead}, this loop loses half of its variance in about {number(half.value)} generations."
            return Claim(text, f"{beside} Exact, {half.unit.partition(', ')[2]}; the truth is 100 %.")
        ends = loop.curvature or abilities(family).discrete
        end = "ends by writing one thing only" if ends else "wanders off without end"
        return Claim(f"{lead}, this loop {end}.", beside)
    if _copies(settings, loop):
        return Claim(f"{lead} this loop ends as a copy of {'it' if loop.bank == 1 else 'them'}.", "They are too few.")
    if loop.curvature < 0:
        text = f"{lead}, {share(known['variance_kept'].value)} of the variance stays on average."
        typical = known.get("typical_variance_kept")
        median = f" Half of the loops keep less than {share(typical.value)}." if typical and settings.dim == 1 else ""
        return Claim(text, f"Exact, in the long run; nothing real keeps 0 %, and the truth is 100 %.{median}")
    worth = known["effective_points"].value
    if worth <= 0.01:
        return Claim(f"{lead} this loop stays alive, and scatters so widely that no average describes it.")
    plural = "" if number(worth) == "1" else "s"
    text = f"{lead}, this loop knows as much of the truth as {number(worth)} real point{plural} would tell."
    return Claim(text, "Exact, in the long run, by the variance of its mean; with nothing real it knows nothing.")


def _copies(settings: Settings, loop: Loop) -> bool:
    """Whether real points that return are too few to hold a spread."""
    least = settings.dim if loop.curvature < 0 else 0
    return loop.bank is not None and not loop.prior and loop.bank <= least


def number(x: float) -> str:
    """A number for people.

    >>> [number(x) for x in (1e9, 2.5e8, 12345.6, 21.0, 0.052, float("inf"))]
    ['10^9', '2.5 x 10^8', '12,300', '21', '0.052', 'infinity']
    """
    if not np.isfinite(x):
        return "infinity"
    digits, power = f"{x:.2e}".split("e")
    if int(power) >= 6:
        mantissa = digits.rstrip("0").rstrip(".")
        return f"10^{int(power)}" if mantissa == "1" else f"{mantissa} x 10^{int(power)}"
    short = float(f"{x:.3g}")
    return f"{short:,.0f}" if abs(short) >= 100 or short.is_integer() else f"{short:.12g}"


def share(x: float) -> str:
    """A share in per cent.

    >>> share(0.95238), share(0.0004), share(0.0), share(0.99995)
    ('95 %', 'under 0.1 %', '0 %', 'over 99.9 %')
    """
    if 0 < x < 0.001:
        return "under 0.1 %"
    if 0.999 < x < 1:
        return "over 99.9 %"
    return f"{100 * x:.0f} %" if x >= 0.1 or x == 0 else f"{100 * x:.1f} %"
