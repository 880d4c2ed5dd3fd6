"""App configuration of reviews; its outbox handlers are found by common.outbox."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "审核"

    def ready(self) -> None:
        """Tell the enterprise's page the stages, the daily digest what is due, and 人员与角色 who holds what."""
        from accounts.digest import register_sections
        from accounts.duties import register_duties
        from accounts.mergers import register_mover
        from applications.timeline import register_stages
        from reviews.actions.mergers import ReviewMover
        from reviews.queries.digest import due_sections, people_with_due_tasks
        from reviews.queries.duties import duties_in_review
        from reviews.queries.progress import enterprise_steps

        register_stages(enterprise_steps)
        register_sections(people_with_due_tasks, due_sections)
        register_duties(duties_in_review)
        register_mover(ReviewMover())
