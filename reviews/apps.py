"""App configuration of reviews; its outbox handlers are found by common.outbox."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "审核"

    def ready(self) -> None:
        """Tell the enterprise's page the stages of the review."""
        from applications.timeline import register_stages
        from reviews.queries.progress import enterprise_steps

        register_stages(enterprise_steps)
