"""Missing values."""

MISSING = "(missing)"
"""The level of a category that has no value."""
