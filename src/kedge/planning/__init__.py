"""How much real data is needed: the least anchor that keeps what must be kept."""

from kedge.planning.planning import Plan, plan

__all__ = ["Plan", "plan"]
