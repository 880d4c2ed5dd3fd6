"""App configuration of awards; its outbox handlers are found by common.outbox."""

from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "awards"
    verbose_name = "奖补核算"

    def ready(self) -> None:
        """A publication of policy data waits for its impact on past years, the merger of a unit for its money."""
        from accounts.mergers import register_mover
        from awards.mergers import MoneyMover
        from awards.queries.impact import impact_gate
        from policies.publication_gates import register, register_panel

        register(impact_gate)
        register_panel("对过去年度的影响", "awards:impact")
        register_mover(MoneyMover())
