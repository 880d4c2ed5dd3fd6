"""Figures of speed (`make bench`); nothing is asserted."""
