"""The policies app: documents, clauses in dated versions, calls, and the library that shows them."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Policy data and the award engine."""

    name = "policies"
    verbose_name = "政策库"

    def ready(self) -> None:
        """The merger of a district takes the days along that calls gave it."""
        from accounts.mergers import register_mover
        from policies.actions.mergers import CallMover

        register_mover(CallMover())
