"""Tables in Excel: sent and checked (a dry run), taken over whole or not at all, or put aside.

The dry run makes every gesture in a transaction that is taken back, so that what it says is what the gestures say.
Taking over reads the stored bytes again and checks everything again: a fault that arose meanwhile, or another "before"
than was shown, and nothing changes. Locks: the table's row first, then whatever its gestures lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

from django.db import transaction

from accounts.models import Unit, User
from awards.actions.import_steps import STEPS
from awards.enums import ImportKind, ImportState
from awards.imports.kinds import KINDS, TableKind
from awards.models import ImportFile
from awards.permissions import holds
from awards.workflow import IMPORTS
from common import storage
from common.audit.actions import record
from common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from common.tables.reading import read_table
from common.tables.tables import MAX_FAULTS, Change, Fault
from common.templatetags.ui import zhdatetime
from common.uploads import UploadRejected, check_upload

MAX_BYTES: Final = 5 * 1024 * 1024
#: Changes of one table. Every one is a gesture with its own checks, locks, notices and audit event, made while the
#: sender waits, all in one transaction: up to 30 statements and 40 ms of this process each (measured with external
#: awards), so that this many stay below the limit of a request (60 s). A job with progress would hold the same locks
#: longer and let the sender leave before a fault is told. Rows that change nothing do not count.
MAX_CHANGES: Final = 300
#: Payment results are one gesture for all rows; a payment list has no more rows than this.
MAX_RESULTS: Final = 1_000


@dataclass(frozen=True)
class Examined:
    """What a table says today: its rows, every fault, and what taking it over would do."""

    rows: int
    head_row: int
    faults: tuple[Fault, ...]
    changes: tuple[Change, ...]


class _TakenBack(Exception):
    """Ends a transaction whose gestures must not stand."""


def kind_of(name: str) -> TableKind:
    """The kind with this name. Raises NotFound."""
    if name not in KINDS:
        raise NotFound("没有这一种表格。")
    return KINDS[name]


def require_sender(kind: TableKind, unit: Unit, by: User) -> None:
    """Raise NotAllowed unless the person may send such a table for the unit."""
    if unit.pk not in {own.pk for own in kind.units(by)} or not holds(by, unit, kind.roles):
        wanted = "、".join(str(role.label) for role in kind.roles)
        raise NotAllowed(f"“{kind.sheet}”由{unit.name}的{wanted}人员导入，您没有这一角色。")


def examine(file: ImportFile, data: bytes, *, by: User, at: datetime, rehearse: bool = True) -> Examined:
    """Read a table and compare it with what stands; with `rehearse` every gesture is tried and taken back. Changes
    nothing."""
    kind = kind_of(file.import_kind)
    table = read_table(
        data,
        kind=str(kind.kind),
        about=file.about,
        sheet=kind.sheet,
        columns=kind.columns(file.about),
        head=kind.head(file.about),
        totals=bool(kind.total),
    )
    faults, changes = list(table.faults), []
    if table.rows:
        checked = kind.check(table, file.about, file.unit, by)
        # A cell that could not be read is told once: to whoever checks the row it looks as if nothing stood there.
        unread = {(fault.row, fault.column) for fault in table.faults if fault.column}
        faults += [fault for fault in checked.faults if (fault.row, fault.column) not in unread]
        changes = checked.changes
    if not faults and not changes:
        faults.append(Fault(0, "", "表中没有任何改动：没有填写新的内容，或与系统中的相同。"))
    most = MAX_RESULTS if file.import_kind == ImportKind.RESULTS else MAX_CHANGES
    if len(changes) > most:
        words = f"改动有 {len(changes):,} 处，一份表格最多 {most:,} 处，请拆分为几份分别上传。"
        faults.append(Fault(0, "", words))
    # Every fault at once: sound rows are tried beside faulty ones, except where they stand or fall together (a total).
    if rehearse and changes and len(changes) <= most and not (faults and kind.total):
        faults += _tried(file, changes, by=by, at=at, keep=False)
    faults.sort(key=lambda fault: fault.row)
    if len(faults) > MAX_FAULTS:  # cut here and not before: rows with a fault must not be compared
        more = f"差错共 {len(faults):,} 处，只列出前 {MAX_FAULTS:,} 处，请先更正。"
        faults = [Fault(0, "", more), *faults[: MAX_FAULTS - 1]]
    return Examined(
        rows=len(table.rows),
        head_row=table.head_row,
        faults=tuple(faults),
        changes=() if faults else tuple(changes),
    )


def _tried(file: ImportFile, changes: Sequence[Change], *, by: User, at: datetime, keep: bool) -> list[Fault]:
    """Make every gesture; where one is refused, or nothing shall be kept, all are taken back."""
    faults: list[Fault] = []
    try:
        with transaction.atomic():
            faults = STEPS[file.import_kind](file, changes, by, at)
            if faults or not keep:
                raise _TakenBack
    except _TakenBack:
        pass
    except DomainError as error:
        faults = [Fault(0, "", error.message)]
    return faults


def send_table(
    *, kind: str, about: str, unit: Unit, upload: IO[bytes], name: str, by: User, at: datetime
) -> tuple[ImportFile, bool]:
    """Store a filled-in table and check it; returns it, and whether the same file lay there open already (then it was
    checked again).

    Raises NotAllowed, Invalid (`about`, `file`), Conflict where the same file was taken over before.
    """
    table = kind_of(kind)
    require_sender(table, unit, by)
    subject = table.subject(about, by)
    try:
        checked = check_upload(upload, name, kinds=("xlsx",), max_bytes=MAX_BYTES)
    except UploadRejected as refused:
        raise Invalid(refused.message, field="file") from refused
    sha256 = storage.put(checked.data)
    with transaction.atomic():
        same = _same_files(kind, sha256)
        _refuse_applied(same)
        known = next(
            (
                row
                for row in same
                if row.state in {ImportState.READY, ImportState.FAULTY}
                and (row.unit_id, row.about) == (unit.pk, subject.key)
            ),
            None,
        )
        if known is not None:
            _write_examined(known, examine(known, checked.data, by=by, at=at))
            return known, True
        file = ImportFile(
            import_kind=kind,
            unit=unit,
            about=subject.key,
            name=checked.clean_name,
            kind=checked.kind,
            content_type=checked.content_type,
            size=checked.size,
            sha256=sha256,
            sent_by=by,
            sent_at=at,
        )
        examined = examine(file, checked.data, by=by, at=at)
        file.state = ImportState.FAULTY if examined.faults else ImportState.READY
        file.rows = examined.rows
        file.faults = [fault.as_json() for fault in examined.faults]
        file.summary = [change.as_json() for change in examined.changes]
        file.save()
        record("import.sent", subject=file, by=by, at=at, data=_told(file) | {"faults": len(file.faults)})
        return file, False


def apply_table(*, file: ImportFile, expected_version: int, by: User, at: datetime) -> ImportFile:
    """Take a ready table over: everything or nothing.

    Raises Invalid where a fault arose since the dry run (the table is faulty then, and lists it), Conflict where
    something else would change than was shown (the new list stands then), where the same file was taken over before,
    or where somebody was faster, NotAllowed.
    """
    with transaction.atomic():
        current = _locked(file, expected_version)
        kind = kind_of(current.import_kind)
        require_sender(kind, current.unit, by)
        if current.state != ImportState.READY:
            raise Conflict(f"这份表格为“{current.get_state_display()}”，不能导入。", what=current.get_state_display())
        # The gestures that follow find what a rehearsal would: none of them stands if one is refused.
        examined = examine(current, storage.read(current.sha256), by=by, at=at, rehearse=False)
        refusal = _refusal(current, examined)
        faults = list(examined.faults)
        if refusal is None:
            faults = _tried(current, examined.changes, by=by, at=at, keep=True)
            if faults:
                examined = Examined(examined.rows, examined.head_row, tuple(faults), ())
                refusal = _refusal(current, examined)
        if refusal is None:
            IMPORTS.apply(current, "apply", changes={"closed_by": by, "closed_at": at})
            record("import.applied", subject=current, by=by, at=at, data=_told(current))
        else:
            _write_examined(current, examined)
    if refusal is not None:
        raise refusal
    return current


def discard_table(*, file: ImportFile, expected_version: int, by: User, at: datetime) -> ImportFile:
    """Put a table aside that shall not be taken over; its bytes and faults stay. Raises Conflict, NotAllowed."""
    with transaction.atomic():
        current = _locked(file, expected_version)
        require_sender(kind_of(current.import_kind), current.unit, by)
        IMPORTS.apply(current, "discard", changes={"closed_by": by, "closed_at": at})
        record("import.discarded", subject=current, by=by, at=at, data=_told(current))
        return current


def _refusal(file: ImportFile, examined: Examined) -> DomainError | None:
    """Why an examined table may not be taken over as it was shown."""
    if examined.faults:
        return Invalid(f"检查之后情况有变化，现有 {len(examined.faults)} 处差错，全部没有导入。")
    if [change.as_json() for change in examined.changes] != file.summary:
        return Conflict(
            "检查之后系统中的数据有变化，改动内容与您看到的不同，全部没有导入。请核对下列最新的改动后再确认。",
            what="改动内容有变化",
        )
    return None


def _write_examined(file: ImportFile, examined: Examined) -> None:
    IMPORTS.apply(
        file,
        "find_faults" if examined.faults else "find_ready",
        changes={
            "rows": examined.rows,
            "faults": [fault.as_json() for fault in examined.faults],
            "summary": [change.as_json() for change in examined.changes],
        },
    )


def _same_files(kind: str, sha256: str) -> list[ImportFile]:
    """Every table of the kind with these bytes, locked: of two people with the same file one goes first."""
    rows = ImportFile.objects.select_for_update(of=("self",)).select_related("unit", "closed_by")
    return list(rows.filter(import_kind=kind, sha256=sha256).order_by("pk"))


def _refuse_applied(same: Sequence[ImportFile]) -> None:
    for row in same:
        if row.state == ImportState.APPLIED:
            raise Conflict(
                f"同一份表格已由{row.closed_by}于{zhdatetime(row.closed_at)}导入，不能重复导入。", what="已导入"
            )


def _locked(file: ImportFile, expected_version: int) -> ImportFile:
    """The table as it stands, locked with all that hold the same bytes."""
    same = _same_files(file.import_kind, file.sha256)
    current = next(row for row in same if row.pk == file.pk)
    if current.version != expected_version:
        raise Conflict("这份表格在您操作期间已有变化，请核对后再操作。", what=current.get_state_display())
    if current.state != ImportState.APPLIED:
        _refuse_applied([row for row in same if row.pk != file.pk])
    return current


def _told(file: ImportFile) -> dict[str, Any]:
    return {
        "kind": file.import_kind,
        "about": file.about,
        "unit": file.unit.name,
        "rows": file.rows,
        "changes": len(file.summary),
        "sha256": file.sha256,
    }
