"""Pages of awards and of simulations."""

from awards.views.awards import award, award_list

__all__ = ["award", "award_list"]
