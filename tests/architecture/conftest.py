"""The world of the matrix, for every test of this package that asks for it."""

from tests.architecture.world import world

__all__ = ["world"]
