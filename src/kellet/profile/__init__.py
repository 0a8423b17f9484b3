"""Profiles: counts of keys by groups of documents; they add."""
