"""What `kellet.estimate` gives."""

from __future__ import annotations

from dataclasses import dataclass

from kellet.estimate import answer as answers
from kellet.estimate.outcome import Outcome, Phrase, Placebo, Removed, Slice, Surplus, Writer
from kellet.page.answer import Answer

__all__ = ["Estimate", "Phrase", "Placebo", "Removed", "Slice", "Surplus", "Writer"]


@dataclass(frozen=True)
class Estimate(Outcome):
    """What share of a corpus models wrote, or why that can't be known: an `Outcome` that shows itself."""

    @property
    def exit_code(self) -> int:
        """0 where there is an answer or a bound, 3 where nothing can be told."""
        return 3 if self.whole.verdict == "not identifiable" else 0

    def answer(self) -> Answer:
        """For people and programs; ``answer().html()`` is the report."""
        return answers.answer(self)

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()
