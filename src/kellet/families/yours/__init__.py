"""Anybody's own models: classes in Python, programs in any language."""
