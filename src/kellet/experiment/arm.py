"""An arm: one setting, compared with others in the same experiment."""

from __future__ import annotations

import msgspec

from kellet.families.family import Prior
from kellet.loop.anchors import Anchor
from kellet.loop.curation.documents import Dedup, Quality
from kellet.loop.curation.filtering import Quantile, Verifier
from kellet.loop.curation.sampling import Shrink, Temperature, TopK, TopP
from kellet.loop.curation.verification import Verify
from kellet.loop.regimes import Accumulate, Replace, Subsample

Regime = Replace | Accumulate | Subsample
Curation = Temperature | Shrink | TopK | TopP | Quantile | Verifier | Dedup | Quality | Verify


class Arm(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One setting: what is kept of the past, which real points enter every generation, what is known beforehand."""

    regime: Regime = Replace()
    anchor: Anchor | None = None
    prior: Prior | None = None
    curation: Curation | None = None
