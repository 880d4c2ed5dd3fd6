"""App configuration of the letters."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    """Official documents: numbers, rendering, storage, public verification (docs/letters.md)."""

    name = "letters"
    verbose_name = "公文文书"

    def ready(self) -> None:
        from letters import checks  # noqa: F401 - registers itself
