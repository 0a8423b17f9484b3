"""Experiments: recipes, how they are computed, and what they found."""
