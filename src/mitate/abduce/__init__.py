"""Abductive reasoning: from what was observed to its most probable causes, with proofs; knows no backs."""
