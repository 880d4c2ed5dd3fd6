"""App configuration of awards; importing the jobs registers what follows an approval."""

from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "awards"
    verbose_name = "奖补核算"

    def ready(self) -> None:
        """Register the outbox handlers of this app."""
        from awards import jobs  # noqa: F401
