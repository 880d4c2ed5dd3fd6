"""One function per gesture on money."""

from awards.actions.compute import compute_award

__all__ = ["compute_award"]
