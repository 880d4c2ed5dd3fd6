"""A sheet of people: read and judged whole (a dry run), then carried out whole or dropped."""

from datetime import datetime
from typing import IO, Any, Final

from django.db import transaction

from accounts.actions.people import open_account
from accounts.actions.rights import give_role, set_system_role
from accounts.enums import ImportState, SystemRole
from accounts.models import PeopleImport, User
from accounts.people_sheet import check_people, read_people, unit_role_of
from accounts.permissions import require_administrator
from accounts.unit_names import known_unit_names
from common.audit.actions import record
from common.errors import Conflict, DomainError, Invalid, NotFound
from common.uploads import UploadRejected, check_upload

MAX_BYTES: Final = 2 * 1024 * 1024
_REASON = "批量导入"


@transaction.atomic
def read_people_sheet(*, upload: IO[bytes], name: str, by: User, at: datetime) -> PeopleImport:
    """Check a sheet and keep what it says with every fault by row; nothing else is changed.

    Raises NotAllowed for others than administrators, Invalid (`file`) for a file that cannot be accepted at all.
    """
    require_administrator(by)
    try:
        checked = check_upload(upload, name, kinds=("xlsx",), max_bytes=MAX_BYTES)
    except UploadRejected as error:
        raise Invalid(str(error), field="file") from error
    rows, faults = read_people(checked.data)
    row = PeopleImport.objects.create(
        file_name=checked.clean_name[:200],
        rows=rows,
        faults=[fault.as_json() for fault in faults],
        read_by=by,
        read_at=at,
    )
    data = {"rows": len(rows), "faults": len(faults), "sha256": checked.sha256}
    record("accounts.people_sheet_read", subject=row, by=by, at=at, data=data)
    return row


def _open(pk: int) -> PeopleImport:
    row = PeopleImport.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound
    if row.state != ImportState.READ:
        raise Conflict(f"这份人员表{row.get_state_display()}，不能再办理。")
    return row


def carry_out_import(*, people_import: PeopleImport, by: User, at: datetime) -> PeopleImport:
    """Open the accounts and give the roles, all or none; invitations leave through the outbox.

    The rows are judged again as things stand now. Raises Conflict where a fault arose meanwhile (they are kept with the
    import) or it was closed, Invalid where it has faults, NotAllowed for others than administrators.
    """
    require_administrator(by)
    arisen = False
    with transaction.atomic():
        row = _open(people_import.pk)
        if row.faults:
            raise Invalid("这份人员表还有差错，请更正后重新上传。")
        faults = check_people(row.rows)
        if faults:
            row.faults = [fault.as_json() for fault in faults]
            row.save(update_fields=["faults"])
            arisen = True
        else:
            opened, given = _carry_out(row.rows, by, at)
            row.state, row.closed_at = ImportState.DONE, at
            row.save(update_fields=["state", "closed_at"])
            data = {"accounts": opened, "roles": given}
            record("accounts.people_imported", subject=row, by=by, at=at, data=data)
    if arisen:
        raise Conflict("检查之后系统中的人员或单位已有变化，没有导入任何人员；差错列在下面，请更正后重新上传。")
    return row


def _carry_out(rows: list[dict[str, Any]], by: User, at: datetime) -> tuple[int, int]:
    """(accounts opened, roles given). Raises what the gestures raise, with the row's number in the sentence."""
    units = known_unit_names()
    users: dict[str, User] = {}
    opened = 0
    for row in rows:
        username = row["username"].lower()
        role = unit_role_of(row["role"])
        system = role if role in SystemRole.values else ""
        unit = units.get(row["unit"])
        try:
            user = users.get(username) or User.objects.filter(username__iexact=username).first()
            if user is None:
                user = open_account(
                    username=row["username"],
                    name=row["name"],
                    email=row["email"],
                    phone=row["phone"],
                    system_role=system,
                    organisation=unit.name if unit else "政府部门",
                    by=by,
                    at=at,
                ).user
                opened += 1
            elif system:
                user = set_system_role(user=user, system_role=system, reason=_REASON, by=by, at=at)
            if unit is not None:
                give_role(user=user, unit=unit, role=role, reason=_REASON, by=by, at=at)
        except DomainError as error:
            raise Conflict(f"第 {row['row']} 行：{error.message}没有导入任何人员。") from error
        users[username] = user
    return opened, len(rows)


@transaction.atomic
def drop_import(*, people_import: PeopleImport, by: User, at: datetime) -> PeopleImport:
    """Put a sheet aside; it stays on record. Raises Conflict where it was closed, NotAllowed."""
    require_administrator(by)
    row = _open(people_import.pk)
    row.state, row.closed_at = ImportState.DROPPED, at
    row.save(update_fields=["state", "closed_at"])
    record("accounts.people_sheet_dropped", subject=row, by=by, at=at)
    return row
