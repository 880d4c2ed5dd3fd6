"""App configuration of the outbox."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OutboxConfig(AppConfig):
    """Side effects that must follow a commit, once (docs/adr/0005-outbox.md)."""

    name = "common.outbox"
    label = "outbox"
    verbose_name = "待办消息"

    def ready(self) -> None:
        """Import every app's ``handlers`` module, so that web, worker and commands know the same handlers."""
        autodiscover_modules("handlers")
