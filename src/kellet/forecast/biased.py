"""What theory knows of loops whose writing is biased: sampled at another temperature, or cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kellet.errors import InputError
from kellet.families import Bernoulli, Categorical, Exponential, Gaussian
from kellet.forecast.sentences import describe_feed, number, share
from kellet.forecast.table import NUCLEUS, REPEATED, SHARPENED, Row
from kellet.loop.curation import Shrink, Temperature, TopK, TopP
from kellet.loop.curation.curation import Curation
from kellet.loop.numbers import Closing, is_free
from kellet.theory import Loop, bias
from kellet.theory.loop import geometric_sum


def rows_of_biased(
    family: Closing, loop: Loop, curation: Curation, generations: int | None, p: Sequence[float]
) -> Iterator[Row]:
    """All numbers that are known, for very many points; bad input where none are."""
    real = loop.k / loop.n
    if loop.prior:
        raise InputError("no prior beside a curation: what both do is not known", loop.prior, "leaving one of them out")
    match family, curation:
        case Gaussian(), Shrink(factor=factor) | Temperature(tau=factor) if is_free(family):
            yield from _rows_of_scale(factor, real, 1, generations)
        case Exponential(shape=1.0), Temperature(tau=factor):
            yield from _rows_of_scale(factor, real, 2, generations)
        case ((Categorical() | Bernoulli(trials=1)), Temperature(tau=factor)) if 0 < factor < 1:
            unit = "of the points real, for equal categories"
            yield Row("share_to_hold", float(bias.temperature_threshold(factor)), unit, "limit", SHARPENED)
            if categories := 2 if isinstance(family, Bernoulli) else round(1 / min(p)) if p else 0:
                needed = bias.recovery_threshold(factor, max(categories, 2))
                unit = f"of the points real, for {number(categories)} equal categories"
                yield Row("share_to_recover", needed, unit, "limit", REPEATED)
        case Categorical(), TopK():
            kept = float(bias.truncated_mass(1.0, real))
            yield Row("unwritten_kept", kept, "of the true mass of what is never written", "limit", REPEATED)
        case Categorical(), TopP(p=top):
            never = float(bias.unwritten_mass(top, real))
            yield Row("never_written", never, "of the true mass", "limit", NUCLEUS)
            yield Row("unwritten_kept", float(bias.truncated_mass(never, real)), "of what is learnt", "limit", NUCLEUS)
        case _:
            raise InputError(
                "a curation with a closed form for this family: temperature or shrink of a gaussian, temperature of an "
                "exponential, bernoulli or categorical, top-k or top-p of a categorical",
                f"{family.name} that {curation.describe()}", "kellet run, which needs no closed form",
            )  # fmt: skip


def _rows_of_scale(factor: float, real: float, power: int, generations: int | None) -> Iterator[Row]:
    """Of a law whose scale is multiplied each time; power: of the variance in that scale."""
    rate = (1 - real) * factor
    kept = float(bias.retained_variance(factor, real)) if rate < 1 else 1.0 if rate == 1 and real == 0 else np.inf
    yield Row("variance_kept", kept**power, "of the true variance", "limit", REPEATED)
    if 0 < rate < 1:
        yield Row("generations_to_settle", float(-1 / np.log(rate)), "generations", "limit", REPEATED)
    if generations is not None:
        then = rate**generations + real * float(geometric_sum(1 - rate, generations))
        yield Row("variance_kept_then", then**power, "of the true variance", "limit", REPEATED)


def sentences_of_biased(family: Closing, loop: Loop, curation: Curation, rows: Sequence[Row]) -> Iterator[str]:
    """The answer in words."""
    known, real = {row.quantity: row.value for row in rows}, share(loop.k / loop.n)
    fed = f"{describe_feed(loop)} in each generation of {number(loop.n)}"
    written = f"What is written {curation.describe()}, with {fed}"
    if (kept := known.get("variance_kept")) is not None:
        end = f"settles at {share(kept)} of the true variance" if kept < np.inf else "grows without end"
        yield f"{written}: this loop ({family.name}) {end}, if points are very many."
    elif (least := known.get("share_to_hold")) is not None:
        enough = "enough" if loop.k / loop.n > least else "too few"
        yield f"{written}: equal categories stay equal above {share(least)} real points, and {real} are {enough}."
    elif (never := known.get("never_written")) is not None:
        left = share(known["unwritten_kept"])
        yield f"{written}: {share(never)} of the true mass is never written, and {left} of what is learnt is that."
    else:
        yield f"{written}: of what is never written {share(known['unwritten_kept'])} of the true mass is left."
