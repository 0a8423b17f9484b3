"""Experiments that come with Kellet, as files that a person can read."""
