"""How much real data is needed: the least anchor that keeps what must be kept."""

from kellet.planning.answer import Cure, Plan, Trial
from kellet.planning.planning import plan

__all__ = ["Cure", "Plan", "Trial", "plan"]
