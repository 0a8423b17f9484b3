"""Formats: one reader a file."""
