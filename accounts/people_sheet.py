"""The sheet of people (人员表): its columns, how it is read, and every fault by row against what stands today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.actions.administration import MIXED
from accounts.actions.people import MIN_USERNAME
from accounts.enums import SystemRole, UnitRole
from accounts.models import EnterpriseMember, Unit, UnitMember, User
from accounts.unit_names import known_unit_names
from accounts.validators import normalise_digits, validate_mobile
from common.tables import cells
from common.tables.cells import CellFault
from common.tables.reading import read_table
from common.tables.tables import Column, Fault, Row
from common.tables.writing import template_book

SHEET: Final = "人员"
KIND: Final = "people"
MAX_ROWS: Final = 300

_ROLES: Final[Mapping[str, str]] = {
    **{str(role.label): role.value for role in UnitRole},
    **{str(role.label): role.value for role in SystemRole if role.value},
}
_NOTES: Final = (
    "一行是一个人的一个角色；同一人有几个角色就填几行，姓名、邮箱、手机在各行须相同。",
    "已有账号的人员填写其用户名，只增加角色，姓名和邮箱须与系统中的一致。",
    "政策管理员和审计不在单位任职，单位一栏留空。",
    f"一份表格最多 {MAX_ROWS} 行。上传后先检查，不改动任何数据；全部无误并确认后才一次导入。",
)


def columns(units: Sequence[str] = ()) -> list[Column]:
    """The columns of the sheet; `units`: the names offered in the list of a template."""
    return [
        Column("username", "用户名", cells.line(150), help="登录时使用，至少 4 个字符，可用字母、数字和 @ . + - _。"),
        Column("name", "姓名", cells.line(60)),
        Column("email", "邮箱", _email, width=30, help="设置密码的链接发到这里，一人一个邮箱。"),
        Column("phone", "手机", _mobile, required=False, help="11 位手机号码；单元格保持“文本”格式。"),
        Column("unit", "单位", cells.line(80), required=False, width=24, choices=tuple(units), help="单位的简称。"),
        Column("role", "角色", cells.one_of(tuple(_ROLES)), choices=tuple(_ROLES)),
    ]


def _email(value: Any) -> str:
    text = cells.line(254)(value).lower()
    try:
        validate_email(text)
    except ValidationError as error:
        raise CellFault("不是有效的电子邮箱，例如 name@example.com。") from error
    return text


def _mobile(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = normalise_digits(str(value))
    try:
        validate_mobile(text)
    except ValidationError as error:
        raise CellFault(error.messages[0]) from error
    return text


def template() -> bytes:
    """An empty sheet to fill in, with the units and roles to choose from."""
    names = list(Unit.objects.filter(is_active=True).order_by("kind", "order", "pk").values_list("name", flat=True))
    return template_book(kind=KIND, about="all", sheet=SHEET, columns=columns(names), notes=_NOTES)


def read_people(data: bytes) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The rows of a sheet as JSON ({"row": number in Excel, …}) and every fault: of the sheet, of cells, of people."""
    table = read_table(data, kind=KIND, about="all", sheet=SHEET, columns=columns(), most=MAX_ROWS)
    rows = [row_as_json(row) for row in table.rows]
    faults = list(table.faults)
    if rows:
        faults += check_people(rows)
    return rows, sorted(faults, key=lambda fault: fault.row)


def row_as_json(row: Row) -> dict[str, Any]:
    """One row with empty texts for what was not filled in or could not be read."""
    values = {column.key: row.get(column.key) or "" for column in columns()}
    return {"row": row.number, **values}


@dataclass(frozen=True)
class Standing:
    """What the rows are compared with; read once."""

    users: Mapping[str, User]
    emails: Mapping[str, User]
    held: frozenset[tuple[int, int, str]]
    working: frozenset[int]
    units: Mapping[str, Unit]

    @classmethod
    def read(cls, rows: Sequence[Mapping[str, Any]]) -> "Standing":
        """The accounts that the rows name by username or address, and what these people are today."""
        names = {str(row["username"]).lower() for row in rows}
        emails = {str(row["email"]).lower() for row in rows}
        everybody = list(User.objects.all().only("pk", "username", "name", "email", "is_active", "system_role"))
        users = {user.username.lower(): user for user in everybody if user.username.lower() in names}
        keys = [user.pk for user in users.values()]
        members = UnitMember.objects.filter(user__in=keys, is_active=True).values_list("user_id", "unit_id", "role")
        companies = EnterpriseMember.objects.filter(user__in=keys, is_active=True).values_list("user_id", flat=True)
        held = frozenset(members)
        return cls(
            users=users,
            emails={user.email.lower(): user for user in everybody if user.email.lower() in emails},
            held=held,
            working=frozenset(user for user, _, _ in held) | frozenset(companies),
            units=known_unit_names(),
        )


def check_people(rows: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Every fault of rows as they were read: unknown units, doubled rows, accounts and addresses of others, roles that
    do not go together. What a cell lacks is told by reading it and not again here."""
    standing = Standing.read(rows)
    faults = [fault for row in rows for fault in _row_faults(row, standing)]
    return faults + _doubled(rows) + _between(rows, standing)


def _row_faults(row: Mapping[str, Any], standing: Standing) -> Iterable[Fault]:
    number, username = int(row["row"]), str(row["username"])
    role = _ROLES.get(str(row["role"]), "")
    user = standing.users.get(username.lower())
    unit = standing.units.get(str(row["unit"]))
    if username and user is None:
        yield from _new_account(number, username)
    if role and role in SystemRole.values and row["unit"]:  # an empty one is a value of it, too: none
        yield Fault(number, "单位", f"“{row['role']}”不在单位任职，请留空。")
    if role in UnitRole.values and not row["unit"]:
        yield Fault(number, "单位", "请填写单位。")
    if row["unit"] and unit is None:
        yield Fault(number, "单位", f"没有单位“{row['unit']}”，请填写单位的简称，例如模板列表中的名称。")
    elif unit is not None and not unit.is_active:
        yield Fault(number, "单位", f"“{unit.name}”已停用，不能再加入人员。")
    if user is not None:
        yield from _known_account(number, row, user, unit, role, standing)
    owner = standing.emails.get(str(row["email"]))
    if row["email"] and owner is not None and owner.username.lower() != username.lower():
        yield Fault(number, "邮箱", "该邮箱已被其他账号使用，请填写本人的邮箱。")


def _new_account(number: int, username: str) -> Iterable[Fault]:
    if len(username) < MIN_USERNAME:
        yield Fault(number, "用户名", f"用户名至少 {MIN_USERNAME} 个字符。")
        return
    try:
        User(username=username).clean_fields(exclude=["password", "name", "email", "phone"])
    except ValidationError as error:
        yield from (Fault(number, "用户名", text) for text in error.messages)


def _known_account(
    number: int, row: Mapping[str, Any], user: User, unit: Unit | None, role: str, standing: Standing
) -> Iterable[Fault]:
    if row["name"] and user.name != row["name"]:
        yield Fault(number, "姓名", f"用户名“{user.username}”已是“{user.name}”的账号，请核对或换一个用户名。")
        return
    if row["email"] and user.email.lower() != row["email"]:
        yield Fault(number, "邮箱", f"与系统中“{user.username}”的邮箱不一致；更正邮箱请在人员页面办理。")
    if not user.is_active:
        yield Fault(number, "用户名", f"“{user.username}”已停用，请先在人员页面恢复账号。")
    if unit is not None and (user.pk, unit.pk, role) in standing.held:
        yield Fault(number, "角色", f"{user}已是{unit.name}的{row['role']}，请删去这一行。")
    if role in SystemRole.values and user.system_role == role:
        yield Fault(number, "角色", f"{user}已是{row['role']}，请删去这一行。")


def _doubled(rows: Sequence[Mapping[str, Any]]) -> list[Fault]:
    seen: dict[tuple[str, str, str], int] = {}
    faults = []
    for row in rows:
        key = (str(row["username"]).lower(), str(row["unit"]), str(row["role"]))
        if not key[0] or not key[2]:
            continue
        if key in seen:
            faults.append(Fault(int(row["row"]), "", f"与第 {seen[key]} 行重复，同一人的同一角色只能填写一行。"))
        else:
            seen[key] = int(row["row"])
    return faults


def _between(rows: Sequence[Mapping[str, Any]], standing: Standing) -> list[Fault]:
    """Faults of a person's rows among each other, and of two people with one address."""
    faults: list[Fault] = []
    first: dict[str, Mapping[str, Any]] = {}
    owner: dict[str, Mapping[str, Any]] = {}
    systems: dict[str, set[str]] = {}
    works: dict[str, bool] = {}
    for row in rows:
        name = str(row["username"]).lower()
        if not name:
            continue
        role = _ROLES.get(str(row["role"]), "")
        user = standing.users.get(name)
        if name not in systems:
            systems[name] = {user.system_role} if user and user.system_role else set()
            works[name] = bool(user and user.pk in standing.working)
        if role in SystemRole.values and role:
            systems[name].add(role)
        works[name] = works[name] or role in UnitRole.values
        known = first.setdefault(name, row)
        for key, title in (("name", "姓名"), ("email", "邮箱"), ("phone", "手机")):
            if known is not row and known[key] and row[key] and known[key] != row[key]:
                words = f"与第 {known['row']} 行同一用户名的{title}“{known[key]}”不同，请改为一致。"
                faults.append(Fault(int(row["row"]), title, words))
        other = owner.setdefault(str(row["email"]), row) if row["email"] else row
        if str(other["username"]).lower() != name:
            words = f"与第 {other['row']} 行“{other['username']}”的邮箱相同，一人一个邮箱。"
            faults.append(Fault(int(row["row"]), "邮箱", words))
        if len(systems[name]) > 1:
            faults.append(Fault(int(row["row"]), "角色", "一人只能有一个系统角色（政策管理员或审计）。"))
        elif systems[name] and works[name]:
            faults.append(Fault(int(row["row"]), "角色", MIXED))
    return faults


def unit_role_of(label: str) -> str:
    """The UnitRole or SystemRole that a row's word stands for; "" for neither."""
    return _ROLES.get(label, "")
