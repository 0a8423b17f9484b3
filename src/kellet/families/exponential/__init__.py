"""Exponential families and their kin: one parameter or a few, learnt in closed form or by Newton's steps."""
