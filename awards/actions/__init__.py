"""What happens to awards, and the simulations of a changed policy."""

from awards.actions.choices import choose_in_group
from awards.actions.compute import compute_award
from awards.actions.external import enter_external_award, withdraw_external_award
from awards.actions.figures import enter_checked_figure
from awards.actions.overrides import override_cap, withdraw_override
from awards.actions.returning import return_award
from awards.actions.settle import confirm_settlement, propose_settlement, withdraw_proposal
from awards.actions.simulate import may_simulate, simulate_part, start_again, start_simulation

__all__ = [
    "choose_in_group",
    "compute_award",
    "confirm_settlement",
    "enter_checked_figure",
    "enter_external_award",
    "may_simulate",
    "override_cap",
    "propose_settlement",
    "return_award",
    "simulate_part",
    "start_again",
    "start_simulation",
    "withdraw_external_award",
    "withdraw_override",
    "withdraw_proposal",
]
