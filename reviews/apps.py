"""App configuration of reviews; starting it registers what follows a filing and what the enterprise is told."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "审核"

    def ready(self) -> None:
        """Register the outbox handlers of this app and the stages on the enterprise's page."""
        from applications.timeline import register_stages
        from reviews import jobs  # noqa: F401
        from reviews.queries.progress import enterprise_steps

        register_stages(enterprise_steps)
