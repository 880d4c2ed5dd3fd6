"""Who may come to units by date, people and their rights: administrators write there, auditors read."""

from typing import Any

from django.utils import timezone

from accounts.models import PeopleImport, RightsReview
from tests.architecture.row import ADMINISTRATOR, AUDITOR, NONE, Row
from tests.architecture.world import World

READERS = ADMINISTRATOR | AUDITOR
#: Somebody whom both may look at: the visitors of the world are neither administrators nor auditors of a side.
PERSON: Any = {
    "world": lambda world: {"pk": world.sides["a"].company.agent.pk},
    "missing": lambda side: {"pk": NONE},
}


def _sheet(world: World) -> dict[str, Any]:
    """A sheet of people that an administrator sent."""
    by = world.sides["a"].company.agent
    row = PeopleImport.objects.first() or PeopleImport.objects.create(
        file_name="人员表.xlsx", rows=[], read_by=by, read_at=timezone.now()
    )
    return {"pk": row.pk}


def _review(world: World) -> dict[str, Any]:
    """A closed review of rights."""
    by = world.sides["a"].company.agent
    row = RightsReview.objects.first() or RightsReview.objects.create(
        rights_sha256="0" * 64, reviewed_by=by, reviewed_at=timezone.now()
    )
    return {"pk": row.pk}


REVIEW: Any = {"world": _review, "missing": lambda side: {"pk": NONE}}
UNIT: Any = {
    "world": lambda world: {"pk": world.sides["a"].company.enterprise.district_id},
    "missing": lambda side: {"pk": NONE},
}
SHEET: Any = {"world": _sheet, "missing": lambda side: {"pk": NONE}}

ROWS: dict[str, Row] = {
    "accounts:people": Row(READERS),
    "accounts:person_new": Row(ADMINISTRATOR),
    "accounts:person": Row(READERS, **PERSON),
    "accounts:person_change": Row(ADMINISTRATOR, **PERSON),
    "accounts:role_give": Row(ADMINISTRATOR, **PERSON),
    "accounts:role_end": Row(ADMINISTRATOR, missing=lambda side: {"pk": NONE, "member": NONE}),
    "accounts:system_role": Row(ADMINISTRATOR, **PERSON),
    "accounts:person_deactivate": Row(ADMINISTRATOR, **PERSON),
    "accounts:person_reactivate": Row(ADMINISTRATOR, **PERSON),
    "accounts:second_factor_reset": Row(ADMINISTRATOR, **PERSON),
    "accounts:person_invitation": Row(ADMINISTRATOR, **PERSON),
    "accounts:people_import": Row(ADMINISTRATOR),
    "accounts:people_template": Row(ADMINISTRATOR),
    "accounts:people_import_sheet": Row(READERS, **SHEET),
    "accounts:people_import_apply": Row(ADMINISTRATOR, **SHEET),
    "accounts:people_import_drop": Row(ADMINISTRATOR, **SHEET),
    "accounts:rights": Row(READERS),
    "accounts:rights_xlsx": Row(READERS),
    "accounts:rights_review": Row(ADMINISTRATOR),
    "accounts:rights_record": Row(READERS, **REVIEW),
    "accounts:rights_record_xlsx": Row(READERS, **REVIEW),
    "accounts:units": Row(READERS),
    "accounts:unit_new": Row(ADMINISTRATOR),
    "accounts:unit": Row(READERS, **UNIT),
    "accounts:unit_edit": Row(ADMINISTRATOR, **UNIT),
    "accounts:unit_rename": Row(ADMINISTRATOR, **UNIT),
    "accounts:unit_merge": Row(ADMINISTRATOR, **UNIT),
    "accounts:unit_change_cancel": Row(ADMINISTRATOR, missing=lambda side: {"pk": NONE}),
}
