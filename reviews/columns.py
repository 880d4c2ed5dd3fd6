"""The columns of the officers' lists: what each shows of a row, and what it is in a spreadsheet.

A column has one part or more; a part is one value, one cell of an export, and one thing to sort by. A part's value is a
text, a count, an amount (`Fen`), a day or an instant; None is an empty cell.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from applications.models import Application
from common.sheets import Fen, Value, Year
from reviews.enums import CaseState, ListPage, StageState, TaskState
from reviews.models import Case, Stage, Task

BOTH = frozenset(ListPage)
QUEUE = frozenset({ListPage.QUEUE})
CASES = frozenset({ListPage.CASES})


@dataclass(frozen=True)
class Row:
    """One row of a list: a task of the queue, or a case with the tasks of its running stage (none when closed).

    `days_left`: working days until the end of the due day, None without a running clock. `present`: who else has the
    task open, in words.
    """

    page: ListPage
    case: Case
    application: Application
    task: Task | None
    tasks: tuple[Task, ...]
    stage: Stage | None
    days_left: int | None
    present: str = ""

    @property
    def paused(self) -> bool:
        """Whether the clock stands still."""
        return self.stage is not None and self.stage.state == StageState.PAUSED

    @property
    def state(self) -> str:
        """The state in words: of the task in the queue, of the case in the list of cases."""
        if self.task is None:
            return str(CaseState(self.case.state).label)
        return str(TaskState(self.task.state).label)


@dataclass(frozen=True)
class Part:
    """One value of a column. `sortable`: reviews/queries/ordering.py knows how."""

    key: str
    label: str
    value: Callable[[Row], Value]
    sortable: bool = True


@dataclass(frozen=True)
class Column:
    """One column. `cell` names how the page draws it: file, lines, state, due, money or plain."""

    key: str
    label: str
    cell: str
    parts: tuple[Part, ...]
    pages: frozenset[ListPage] = BOTH

    @property
    def is_number(self) -> bool:
        """Whether the page sets it to the right."""
        return self.cell == "money"


def _plain(part: Part, pages: frozenset[ListPage] = BOTH, cell: str = "plain") -> Column:
    return Column(part.key, part.label, cell, (part,), pages)


def _clause(row: Row) -> str:
    return f"{row.application.clause.clause_id} {row.application.clause.title}"


def _stage(row: Row) -> Value:
    return None if row.stage is None else row.stage.get_kind_display()


def _units(row: Row) -> Value:
    if row.task is not None:
        return f"{row.task.unit.name}（主办）" if row.task.is_keeper else row.task.unit.name
    return "、".join(task.unit.name for task in row.tasks) or None


def _handlers(row: Row) -> Value:
    return "、".join(task.handler.name for task in row.tasks if task.handler is not None) or None


def _left(row: Row) -> Value:
    return "暂停计时" if row.paused else row.days_left


def _due(row: Row) -> Value:
    return None if row.stage is None or row.paused or row.days_left is None else row.stage.due_on


def _amount(row: Row) -> Value:
    return None if row.case.estimate_fen is None else Fen(row.case.estimate_fen)


def _panel(row: Row) -> Value:
    return row.stage.panel.title if row.stage is not None and row.stage.panel is not None else None


FILE = Column(
    "file",
    "申报件",
    "file",
    (
        Part("number", "申报编号", lambda row: row.application.number),
        Part("enterprise", "企业名称", lambda row: row.application.enterprise.name),
    ),
)
#: Every column in the order in which they are offered; the first is always shown.
COLUMNS: tuple[Column, ...] = (
    FILE,
    Column(
        "clause",
        "条款",
        "lines",
        (
            Part("clause", "条款", _clause),
            Part("year", "政策年度", lambda row: Year(row.application.policy_year)),
            Part("district", "县区", lambda row: row.application.enterprise.district.name),
        ),
    ),
    Column(
        "stage",
        "环节",
        "lines",
        (Part("stage", "环节", _stage), Part("unit", "办理单位", _units, sortable=False)),
        CASES,
    ),
    Column("stage", "环节", "lines", (Part("stage", "环节", _stage), Part("unit", "办理单位", _units)), QUEUE),
    Column(
        "state",
        "状态",
        "state",
        (Part("state", "状态", lambda row: row.state), Part("handler", "承办人", _handlers)),
        QUEUE,
    ),
    _plain(Part("state", "状态", lambda row: row.state), CASES, "state"),
    Column(
        "due",
        "期限",
        "due",
        (Part("due", "期限", _due), Part("left", "剩余工作日", _left, sortable=False)),
    ),
    _plain(Part("amount", "测算金额（元）", _amount), cell="money"),
    _plain(Part("handler", "承办人", _handlers, sortable=False), CASES),
    _plain(Part("uscc", "统一社会信用代码", lambda row: row.application.enterprise.uscc)),
    _plain(Part("filed", "提交时间", lambda row: row.application.filed_at)),
    _plain(Part("opened", "到达时间", lambda row: row.stage.opened_at if row.stage else None), QUEUE),
    _plain(Part("closed", "办结时间", lambda row: row.task.closed_at if row.task else None), QUEUE),
    _plain(Part("closed", "办结时间", lambda row: row.case.closed_at), CASES),
    _plain(Part("panel", "评审组", _panel, sortable=False)),
    _plain(Part("sampled", "抽中第三方审计", lambda row: "是" if row.case.sampled else None, sortable=False)),
)
DEFAULT = ("file", "clause", "stage", "state", "due", "amount")


def offered(page: ListPage) -> dict[str, Column]:
    """The columns of a list by key, in order."""
    return {column.key: column for column in COLUMNS if page in column.pages}


def chosen(page: ListPage, keys: Iterable[str]) -> tuple[Column, ...]:
    """The columns with these keys in this order, unknown and repeated ones left out; the usual ones where none is left.

    The file itself always comes first: without it nobody knows what a row is about.
    """
    known = offered(page)
    kept = [known[key] for key in dict.fromkeys(keys) if key in known and key != FILE.key]
    return (FILE, *kept) if kept else tuple(known[key] for key in DEFAULT)


def sortable(page: ListPage) -> dict[str, str]:
    """What a list can be sorted by: key → label."""
    return {part.key: part.label for column in offered(page).values() for part in column.parts if part.sortable}
