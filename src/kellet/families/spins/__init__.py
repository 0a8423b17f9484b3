"""Spins: Ising models, spin glasses and Boltzmann machines."""
