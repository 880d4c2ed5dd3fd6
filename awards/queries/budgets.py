"""Budgets as people look at them: whose they are, what is left, and what would be left.

Who sees an envelope: the officers of its unit; for all units the 财务 and 负责人 of the paying unit, the 负责人 of the
unit that decides on the cap, and auditors. Everybody else at work on a file learns of its two budgets what
`case_outlook` tells.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, F, Q, QuerySet, Sum, Value, When, Window
from django.db.models import Case as Choose
from django.db.models.functions import Coalesce

from accounts.enums import OFFICER_ROLES, SystemRole, UnitKind, UnitRole
from accounts.models import Unit, UnitMember, User
from awards.enums import AwardState, EntryKind, Share
from awards.models import Award, Envelope, EnvelopeEntry
from awards.permissions import BUDGETERS
from awards.queries.shares import share_in_force
from common.money import grouped
from policies.errors import PolicyYearError
from policies.models import Clause, Document
from policies.queries import clause_version_for, setting_value
from policies.rules.settle import split_budgets
from reviews.models import Case
from reviews.queries.routes import bracket_of, keeper_task, procedure_settings


def visible_envelopes(user: User) -> QuerySet[Envelope]:
    """The budgets that this person may open."""
    if not user.is_authenticated or not user.is_active:
        return Envelope.objects.none()
    if user.system_role == SystemRole.AUDITOR:
        return Envelope.objects.all()
    own = UnitMember.objects.filter(user=user, is_active=True, unit__is_active=True, role__in=OFFICER_ROLES)
    if own.filter(unit__is_finance=True, role__in=[UnitRole.FINANCE, UnitRole.LEADER]).exists():
        return Envelope.objects.all()
    visible = Q(unit__in=own.values("unit"))
    leading = set(own.filter(role=UnitRole.LEADER).values_list("unit__name", flat=True))
    if leading:
        for document in Document.objects.filter(clauses__envelopes__isnull=False).distinct():
            if procedure_settings(document).cap_override_unit in leading:
                visible |= Q(clause__document=document)
    return Envelope.objects.filter(visible)


def city_payers(clause: Clause, policy_year: int) -> set[str]:
    """The names of the units whose budgets pay the city's part of a clause: its leads, and for a clause that districts
    lead the unit that confirms the city's share [S]. Raises PolicyYearError."""
    bracket, groups = bracket_of(clause_version_for(clause, policy_year))
    named = {name for name in bracket.lead if name not in groups}
    bureaus = set(Unit.objects.filter(name__in=named, kind=UnitKind.BUREAU).values_list("name", flat=True))
    if len(bureaus) == len(bracket.lead) and bureaus:
        return bureaus
    # Districts lead, or nobody is named and the file begins with the first unit of its route.
    return bureaus | {procedure_settings(clause.document).confirming_unit}


@dataclass(frozen=True)
class Outlook:
    """What one budget would look like after taking `extra_fen` (分) more. `envelope` is None where none was entered.

    `waiting_fen`: the parts of approved awards of this budget that are not settled yet, by today's ratio.
    """

    unit: Unit
    share: Share
    clause_id: str
    policy_year: int
    envelope: Envelope | None
    extra_fen: int
    waiting_fen: int
    waiting_count: int

    @property
    def amount_fen(self) -> int:
        return self.envelope.amount_fen if self.envelope else 0

    @property
    def committed_fen(self) -> int:
        return self.envelope.committed_fen if self.envelope else 0

    @property
    def free_fen(self) -> int:
        return self.envelope.free_fen if self.envelope else 0

    @property
    def remains_fen(self) -> int:
        """What would be left after this alone; negative where it does not suffice."""
        return self.free_fen - self.extra_fen

    @property
    def remains_after_all_fen(self) -> int:
        """What would be left once everything that waits is settled too."""
        return self.remains_fen - self.waiting_fen

    @property
    def suffices(self) -> bool:
        return self.envelope is not None and self.remains_fen >= 0

    @property
    def words(self) -> str:
        """In a sentence whether it suffices."""
        if self.envelope is None:
            return f"{self.unit.name}尚未录入{self.clause_id}条款{self.policy_year}年度的{self.share.label}预算。"
        if self.remains_fen < 0:
            return f"余额不足，差 {grouped(-self.remains_fen)} 元，须先追加预算才能核定。"
        if self.remains_after_all_fen < 0:
            return (
                f"本件够用；但连同待核算的 {self.waiting_count} 笔，还差 {grouped(-self.remains_after_all_fen)} 元，"
                "先核定的先占用。"
            )
        return "够用。"

    @property
    def heading(self) -> str:
        """Which budget the sentence is about."""
        return f"{self.share.label}预算（{self.unit.name}）"

    @property
    def tone(self) -> str:
        """The tone of the notice that says so."""
        if not self.suffices:
            return "danger"
        return "warning" if self.remains_after_all_fen < 0 else "success"


def outlook(envelope: Envelope, extra_fen: int, *, on: date, without: Award | None = None) -> Outlook:
    """What an envelope would look like after taking `extra_fen` (分) more; `without`: an award that does not wait."""
    return place_outlook(
        envelope.unit,
        Share(envelope.share),
        envelope.clause,
        envelope.policy_year,
        extra_fen,
        on=on,
        envelope=envelope,
        without=without,
    )


def place_outlook(
    unit: Unit,
    share: Share,
    clause: Clause,
    policy_year: int,
    extra_fen: int,
    *,
    on: date,
    envelope: Envelope | None = None,
    without: Award | None = None,
) -> Outlook:
    """The same by whose budget it is, where it may not have been entered yet."""
    if envelope is None:
        envelope = Envelope.objects.filter(unit=unit, share=share, clause=clause, policy_year=policy_year).first()
    waiting = Award.objects.filter(
        state=AwardState.CANDIDATE, application__clause=clause, application__policy_year=policy_year
    )
    if without is not None:
        waiting = waiting.exclude(pk=without.pk)
    if share == Share.DISTRICT:
        waiting = waiting.filter(application__enterprise__district=unit)
    else:
        keepers = Q(unit=unit)
        if procedure_settings(clause.document).confirming_unit == unit.name:
            keepers |= Q(unit__kind=UnitKind.DISTRICT)
        waiting = waiting.filter(keepers)
    ratio = share_in_force(clause, policy_year, on=on)
    part = 0 if share == Share.CITY else 1
    parts = [split_budgets(fen, ratio)[part] for fen in waiting.values_list("candidate_fen", flat=True)]
    return Outlook(unit, share, clause.clause_id, policy_year, envelope, extra_fen, sum(parts), len(parts))


@dataclass(frozen=True)
class CaseOutlook:
    """Both budgets of one file, and by how much it would draw on each; `amount_fen` is None where none is known."""

    case: Case
    amount_fen: int | None
    ratio: str
    typed: bool
    budgets: tuple[Outlook, Outlook]

    @property
    def is_ample(self) -> bool:
        """Whether both budgets suffice, also for what waits."""
        return all(budget.tone == "success" for budget in self.budgets)


def case_outlook(case: Case, typed_fen: int | None, *, on: date) -> CaseOutlook:
    """What a decision about this file would do to its two budgets: with the amount typed, else the file's award, else
    the estimate of its newest revision."""
    application = case.application
    clause, year = application.clause, application.policy_year
    award = Award.objects.filter(application=application).exclude(state=AwardState.RETURNED).first()
    held = award is not None and award.settlement_id is not None
    amount = typed_fen
    if amount is None:
        amount = award.candidate_fen if award is not None else case.estimate_fen
    ratio = share_in_force(clause, year, on=on)
    city, district = split_budgets(amount or 0, ratio)
    if held and typed_fen is None:
        city = district = 0  # it is taken already
    keeper = keeper_task(case).unit
    if keeper.kind == UnitKind.DISTRICT:
        keeper = Unit.objects.get(name=procedure_settings(clause.document).confirming_unit)
    local = application.enterprise.district
    return CaseOutlook(
        case=case,
        amount_fen=amount,
        ratio=ratio,
        typed=typed_fen is not None,
        budgets=(
            place_outlook(keeper, Share.CITY, clause, year, city, on=on, without=award),
            place_outlook(local, Share.DISTRICT, clause, year, district, on=on, without=award),
        ),
    )


def share_of_policy(document: Document) -> str:
    """The city's share that the policy's setting [S] gives for its last year; "" where it says nothing."""
    last = document.valid_to or document.valid_from
    try:
        return str(setting_value(document, "city_share", last.year)) if last else ""
    except (LookupError, PolicyYearError):
        return ""


def budgeted_units(user: User) -> list[Unit]:
    """The units whose budgets this person enters: the own for 财务 and 负责人, all for the 财务 of the paying unit."""
    own = UnitMember.objects.filter(user=user, is_active=True, unit__is_active=True)
    units = Unit.objects.filter(is_active=True)
    if own.filter(unit__is_finance=True, role=UnitRole.FINANCE).exists():
        return list(units)
    return list(units.filter(pk__in=own.filter(role__in=BUDGETERS).values("unit")))


@dataclass(frozen=True)
class Totals:
    """Sums over envelopes (分)."""

    amount_fen: int
    committed_fen: int
    paid_fen: int

    @property
    def free_fen(self) -> int:
        return self.amount_fen - self.committed_fen

    @property
    def used_percent(self) -> int:
        return percent(self.committed_fen, self.amount_fen)


def percent(part: int, whole: int) -> int:
    """How many whole per cent; never 100 before all of it is used, never 0 once some is."""
    if part <= 0 or whole <= 0:
        return 0
    return max(part * 100 // whole, 1)


def totals_of(envelopes: QuerySet[Envelope]) -> Totals:
    """The sums of a list of envelopes; one query."""
    sums = envelopes.order_by().aggregate(
        amount=Coalesce(Sum("amount_fen"), 0),
        committed=Coalesce(Sum("committed_fen"), 0),
        paid=Coalesce(Sum("paid_fen"), 0),
    )
    return Totals(int(sums["amount"]), int(sums["committed"]), int(sums["paid"]))


def movements(envelope: Envelope) -> QuerySet[EnvelopeEntry]:
    """The entries of an envelope, the newest first, each with `signed_fen`, how it moved the free amount, and
    `balance_fen`, what was free after it (分)."""
    signed = Choose(
        When(kind__in=[EntryKind.GRANT, EntryKind.ADJUST, EntryKind.RELEASE], then=F("fen")),
        When(kind=EntryKind.COMMIT, then=-F("fen")),
        default=Value(0),
        output_field=BigIntegerField(),
    )
    return (
        envelope.entries.annotate(signed_fen=signed)
        .annotate(balance_fen=Window(Sum("signed_fen"), order_by=F("pk").asc()))
        .select_related("by", "award__application__enterprise")
        .order_by("-pk")
    )
