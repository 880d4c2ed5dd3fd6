"""What happens to awards, and the simulations of a changed policy."""

from awards.actions.compute import compute_award
from awards.actions.settle import confirm_settlement, propose_settlement, withdraw_proposal
from awards.actions.simulate import may_simulate, simulate_part, start_again, start_simulation

__all__ = [
    "compute_award",
    "confirm_settlement",
    "may_simulate",
    "propose_settlement",
    "simulate_part",
    "start_again",
    "start_simulation",
    "withdraw_proposal",
]
