"""Estimating what share of a corpus models wrote."""
