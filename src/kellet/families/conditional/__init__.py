"""Conditional families: they learn to write a label for features that stay real."""
