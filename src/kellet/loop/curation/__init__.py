"""Curation: what of the written data becomes training data."""

from kellet.loop.curation.curation import Curation, Filter, Quantile, Verifier
from kellet.loop.curation.documents import Dedup, Quality
from kellet.loop.curation.sampling import Shrink, Temperature, TopK, TopP
from kellet.loop.curation.verification import Verify

__all__ = [
    "Curation", "Dedup", "Filter", "Quality", "Quantile", "Shrink", "Temperature", "TopK", "TopP", "Verifier", "Verify",
]  # fmt: skip
