"""How much real data is needed: the least anchor that keeps what must be kept."""

from kellet.planning.need import Cure, Trial
from kellet.planning.plan import Plan
from kellet.planning.planning import plan

__all__ = ["Cure", "Plan", "Trial", "plan"]
