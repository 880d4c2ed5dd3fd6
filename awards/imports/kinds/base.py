"""What every kind of table answers, and what those about enterprises of a policy year share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from accounts.enums import UnitRole
from accounts.models import Unit, User
from applications.models import Application
from awards.enums import ImportKind
from awards.models import YearAccount
from awards.queries.simulations import years_to_choose
from common.errors import Invalid
from common.sheets import Value
from common.tables.cells import folded
from common.tables.tables import Checked, Column, Fault, Row, Subject, Table
from policies.errors import PolicyYearError
from policies.models import Document
from policies.queries import published_policy
from policies.rules.schema import PolicyDefinition
from reviews.models import Task

USCC = "统一社会信用代码"
NAME = "企业名称"
YEAR = "政策年度"


@dataclass(frozen=True)
class PolicyYear:
    """A policy and one of its years."""

    document: Document
    year: int

    @property
    def policy(self) -> PolicyDefinition:
        """As it governs the year."""
        return published_policy(self.document.number, self.year)


class TableKind:
    """One kind of table. `about` is the key of a subject (`subjects`); everything here only reads."""

    kind: ClassVar[ImportKind]
    #: What one row is, for people.
    row_label: ClassVar[str]
    explanation: ClassVar[str]
    roles: ClassVar[tuple[UnitRole, ...]]
    #: How the last row of a table with a sum begins (合计…); "" for tables without.
    total: ClassVar[str] = ""
    #: What the choice of a subject is called.
    subject_label: ClassVar[str] = "政策和年度"

    @property
    def sheet(self) -> str:
        """The name of the sheet to fill in."""
        return str(self.kind.label)

    def units(self, user: User) -> list[Unit]:
        """The units for which this person may send such a table."""
        members = user.unit_memberships.filter(
            is_active=True, unit__is_active=True, role__in=list(self.roles)
        ).select_related("unit")
        return list({row.unit_id: row.unit for row in members}.values())

    def subjects(self, user: User) -> list[Subject]:
        """What such a table can be about, the newest first."""
        raise NotImplementedError

    def subject(self, key: str, user: User) -> Subject:
        """The subject with this key. Raises Invalid."""
        for subject in self.subjects(user):
            if subject.key == key:
                return subject
        raise Invalid(f"请选择{self.subject_label}。", field="about")

    def columns(self, about: str) -> tuple[Column, ...]:
        """The columns of the table about a subject."""
        raise NotImplementedError

    def head(self, about: str) -> str:
        """What stands above the head row; "" where nothing does."""
        return ""

    def notes(self, about: str) -> Sequence[str]:
        """What whoever fills the table in has to know."""
        raise NotImplementedError

    def known_rows(self, about: str, unit: Unit, user: User) -> Iterable[Sequence[Value]]:
        """The rows that a template comes with."""
        return ()

    def check(self, table: Table, about: str, unit: Unit, user: User) -> Checked:
        """Compare a table that could be read with what stands: faults by row, and what would change."""
        raise NotImplementedError


def policy_years() -> list[Subject]:
    """Every policy and year that something was filed for, else all that are governed; the newest first."""
    found = years_to_choose()
    filed = [(document, year) for document, year, files in found if files]
    return [
        Subject(f"{document.slug}:{year}", f"{document.number} {year} 年度")
        for document, year in (filed or [(document, year) for document, year, _ in found])
    ]


def policy_year_of(about: str) -> PolicyYear:
    """The policy and year that a table names. Raises Invalid."""
    slug, _, year = about.rpartition(":")
    document = Document.objects.filter(slug=slug).first()
    if document is None or not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Invalid("请选择政策和年度。", field="about")
    try:
        published_policy(document.number, int(year))
    except PolicyYearError as error:
        raise Invalid(error.message, field="about") from error
    return PolicyYear(document, int(year))


def accounts_of(unit: Unit, year: PolicyYear) -> dict[str, YearAccount]:
    """Code of the enterprise → its account of the year, for the enterprises of which this unit reads a file."""
    tasks = Task.objects.filter(opens_case=True, unit=unit)
    files = Application.objects.filter(
        clause__document=year.document, policy_year=year.year, case__in=tasks.values("stage__case")
    )
    accounts = YearAccount.objects.filter(
        document=year.document, policy_year=year.year, enterprise__in=files.values("enterprise")
    )
    return {account.enterprise.uscc: account for account in accounts.select_related("enterprise")}


def match_accounts(table: Table, unit: Unit, year: PolicyYear) -> tuple[dict[int, YearAccount], list[Fault]]:
    """Row → account, with a fault for every row that names none of this unit's, another name or another year.

    An enterprise that does not exist and one that the unit has nothing to do with read the same.
    """
    known = accounts_of(unit, year)
    found: dict[int, YearAccount] = {}
    faults: list[Fault] = []
    for row in table.rows:
        if row.get("year") not in {None, year.year}:
            faults.append(Fault(row.number, YEAR, f"这份表格是 {year.year} 年度的，此行填的是 {row.get('year')}。"))
        if row.get("uscc") is None:
            continue
        account = known.get(row.get("uscc"))
        if account is None:
            faults.append(
                Fault(
                    row.number,
                    USCC,
                    f"{unit.name}没有办理过该企业 {year.year} 年度已进入核算的申报，请核对代码和年度。",
                )
            )
        elif row.get("name") is not None and folded(row.get("name")) != folded(account.enterprise.name):
            faults.append(
                Fault(row.number, NAME, f"与登记的名称“{account.enterprise.name}”不一致，请核对代码是否对应该企业。")
            )
        else:
            found[row.number] = account
    return found, faults


def sound(table: Table, faults: Iterable[Fault]) -> list[Row]:
    """The rows against which nothing was said so far, neither when they were read nor since."""
    faulty = {fault.row for fault in (*table.faults, *faults)}
    return [row for row in table.rows if row.number not in faulty]
