"""Who may come to the impact of a publication on past years (administrators ask, auditors read), and who rolls
corrected typing forward."""

from typing import Any

from tests.architecture.row import ADMINISTRATOR, AUDITOR, NONE, Row
from tests.architecture.world import World

READERS = ADMINISTRATOR | AUDITOR


def _publication(world: World) -> dict[str, Any]:
    """An open publication whose impact on a year is known (made once)."""
    from awards.models import PublicationImpact
    from policies.models import Document, Publication
    from tests.factories.accounts import AdministratorFactory
    from tests.factories.policies import AT, NUMBER

    found = PublicationImpact.objects.first()
    if found is None:
        document, by = Document.objects.get(number=NUMBER), AdministratorFactory()
        head = {"document": document, "content_sha256": "0" * 64}
        publication = Publication.objects.create(reason="试行", submitted_by=by, submitted_at=AT, **head)
        found = PublicationImpact.objects.create(
            publication=publication, policy_year=2024, asked_by=by, asked_at=AT, **head
        )
    return {"pk": found.publication_id}


def _version(world: World) -> dict[str, Any]:
    """A published version."""
    from tests.factories.policies import clause_of

    return {"pk": clause_of("3.4.5").versions.get(number=1).pk}


PUBLICATION: Any = {"world": _publication, "missing": lambda side: {"pk": NONE}}

ROWS: dict[str, Row] = {
    "applications:roll_forward": Row(ADMINISTRATOR, world=_version, missing=lambda side: {"pk": NONE}),
    "awards:impact": Row(READERS, **PUBLICATION),
    "awards:impact_start": Row(ADMINISTRATOR, **PUBLICATION),
    "awards:impact_progress": Row(READERS, **PUBLICATION),
    "awards:impact_xlsx": Row(READERS, **PUBLICATION),
}
