"""Blocks of replicates: computed in any order, by anybody, kept in folders."""
