"""App configuration of reviews; importing the jobs registers what follows a filing."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "审核"

    def ready(self) -> None:
        """Register the outbox handlers of this app."""
        from reviews import jobs  # noqa: F401
