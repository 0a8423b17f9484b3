"""Mixing: the next training set, whose real rows can't be lost, its manifest and its readers."""
