"""Pools: what several writers and people have written, of which each writer learns from a sample."""
