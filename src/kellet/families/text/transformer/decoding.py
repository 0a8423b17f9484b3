"""What becomes of a transformer's numbers before a token is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from kellet.families.neural.ensemble import Tensor, pytorch


@dataclass(frozen=True)
class Decoding:
    """What becomes of logits before a token is drawn.

    temperature: they are divided by it.  top_k: the likeliest so many.  top_p: the likeliest that together have this
    probability, as few as that takes.  repetition: logits of tokens that were written are divided by it where positive,
    multiplied where negative, first of all.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    repetition: float = 1.0

    def probabilities(self, logits: Tensor, written: Tensor | None = None) -> Tensor:
        """(B, V): from logits (B, V) and marks (B, V) of what was written."""
        torch = pytorch()
        if written is not None and self.repetition != 1:
            less = torch.where(logits > 0, logits / self.repetition, logits * self.repetition)
            logits = torch.where(written, less, logits)
        if self.temperature == 0:
            return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
        if self.temperature != 1:
            logits = logits / self.temperature
        if self.top_k is not None and self.top_k < logits.shape[-1]:
            order = logits.argsort(dim=-1, descending=True, stable=True)
            logits = logits.scatter(-1, order[:, self.top_k :], -torch.inf)
        p = logits.softmax(-1)
        if self.top_p is not None and self.top_p < 1:
            ranked, order = p.sort(dim=-1, descending=True, stable=True)
            before = ranked.cumsum(-1) - ranked
            p = p.scatter(-1, order, torch.where(before < self.top_p, ranked, 0.0))
            p = p / p.sum(-1, keepdim=True)
        return p

    def then(self, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None) -> Decoding:
        """The stricter of both, temperatures multiplied."""
        return Decoding(
            self.temperature * temperature,
            min((k for k in (self.top_k, top_k) if k is not None), default=None),
            min((p for p in (self.top_p, top_p) if p is not None), default=None),
            self.repetition,
        )
