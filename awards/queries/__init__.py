"""Reads of awards: the facts of a whole policy year, their snapshot, and simulations."""
