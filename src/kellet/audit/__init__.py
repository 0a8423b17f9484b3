"""Audits: what a data set lost of another, against an exact zero."""
