"""What happens to awards, and the simulations of a changed policy."""

from awards.actions.compute import compute_award
from awards.actions.simulate import may_simulate, simulate_part, start_again, start_simulation

__all__ = ["compute_award", "may_simulate", "simulate_part", "start_again", "start_simulation"]
