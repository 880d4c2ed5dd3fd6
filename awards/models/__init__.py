"""Money: what approved applications are awarded, and what a changed policy would do to a whole year."""

from awards.models.award import Award, Settlement, YearAccount
from awards.models.simulation import Simulation, SimulationPart

__all__ = ["Award", "Settlement", "Simulation", "SimulationPart", "YearAccount"]
