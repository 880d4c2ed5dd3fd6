"""Pages of awards and of simulations."""

from awards.views.awards import award, award_list, award_receipt

__all__ = ["award", "award_list", "award_receipt"]
