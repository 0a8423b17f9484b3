"""How much real data is needed: the least anchor that keeps what must be kept."""

from kedge.planning.answer import Cure, Plan, Trial
from kedge.planning.planning import plan

__all__ = ["Cure", "Plan", "Trial", "plan"]
