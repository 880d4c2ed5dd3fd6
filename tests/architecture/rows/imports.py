"""Who may come to the pages of imports. What a table's own unit sees stands in tests/awards/test_import_pages.py."""

from django.utils import timezone

from awards.enums import ImportKind, ImportState
from awards.models import ImportFile
from common import storage
from tests.architecture.row import AUDITOR, DECIDERS, OFFICERS, Row, pk_of
from tests.architecture.world import Side


def _table(side: Side) -> int:
    """A table that the side's district sent, with one fault."""
    unit = side.company.enterprise.district
    found = ImportFile.objects.filter(unit=unit).first()
    if found is None:
        found = ImportFile.objects.create(
            import_kind=ImportKind.FIGURES,
            unit=unit,
            about="hongfufa-2023-30:2024",
            state=ImportState.FAULTY,
            rows=1,
            faults=[{"row": 2, "column": "", "message": "测试"}],
            name="表.xlsx",
            kind="xlsx",
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            size=1,
            sha256=storage.put(_workbook()),
            sent_by=unit.members.select_related("user")[0].user,
            sent_at=timezone.now(),
        )
    return found.pk


def _workbook() -> bytes:
    from tests.factories.imports import plain

    return plain(["统一社会信用代码", "企业名称", "政策年度"], ["x", "y", 2024])


TABLE = pk_of(_table)
KIND = {"kind": "figures"}

ROWS: dict[str, Row] = {
    "awards:awards_xlsx": Row(OFFICERS | AUDITOR),
    "awards:accounts_xlsx": Row(OFFICERS | AUDITOR),
    "awards:imports": Row(OFFICERS | AUDITOR),
    # The kind is one of 经办 and 审核: for the others it does not exist.
    "awards:import_new": Row(
        OFFICERS, world=lambda world: KIND, sees=DECIDERS, missing=lambda side: {"kind": "nothing"}
    ),
    "awards:import_template": Row(
        OFFICERS,
        world=lambda world: KIND | {"about": "hongfufa-2023-30:2024"},
        sees=DECIDERS,
        missing=lambda side: KIND | {"about": "nothing"},
    ),
    "awards:import": Row(OFFICERS | AUDITOR, **TABLE),
    "awards:import_file": Row(OFFICERS | AUDITOR, **TABLE),
    "awards:import_faults_xlsx": Row(OFFICERS | AUDITOR, **TABLE),
    "awards:import_apply": Row(OFFICERS, **TABLE),
    "awards:import_discard": Row(OFFICERS, **TABLE),
}
