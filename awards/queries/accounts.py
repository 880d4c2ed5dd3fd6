"""What belongs to an account: the enterprise's files of the year, their policy, and the units that read them."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Case as Choose
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Unit, User
from applications.models import Revision
from applications.queries.definitions import policy_of
from awards.enums import FIXED, OPEN, AwardState, ProposalState
from awards.models import (
    Award,
    CapOverride,
    CheckedFigure,
    ExternalAward,
    GroupChoice,
    Settlement,
    SettlementProposal,
    YearAccount,
)
from common.errors import Invalid
from policies.rules.schema import FactDecl, PolicyDefinition


def newest_revision(account: YearAccount) -> Revision | None:
    """The revision of these files that was filed last."""
    return (
        Revision.objects.filter(application__in=account.files())
        .select_related("application__clause__document", "application__enterprise", "clause_version")
        .order_by("-filed_at", "-pk")
        .first()
    )


def policy_of_account(account: YearAccount) -> PolicyDefinition:
    """The policy of the year as it governs the newest file. Raises Invalid where nothing was filed."""
    revision = newest_revision(account)
    if revision is None:
        raise Invalid(f"{account.enterprise.name}没有申报{account.policy_year}年度的任何条款。")
    return policy_of(revision)


def year_figures(account: YearAccount) -> dict[str, FactDecl]:
    """The figures of the year that the policy knows, by key."""
    return {fact.key: fact for fact in policy_of_account(account).year_facts}


def units_of(account: YearAccount, user: User, roles: Iterable[str]) -> QuerySet[Unit]:
    """Those of these units in which the user holds one of the roles today."""
    return (
        account.reading_units()
        .filter(members__user=user, members__is_active=True, members__role__in=list(roles))
        .distinct()
        .order_by("order", "pk")
    )


class AccountState(models.TextChoices):
    """How far the account is with its settlement."""

    OPEN = "open", "待核算"
    PROPOSED = "proposed", "待确认"
    SETTLED = "settled", "已核定"
    EMPTY = "empty", "没有可核算的奖补"


#: The tone of the badge of each state.
ACCOUNT_TONES = {
    AccountState.OPEN: "warning",
    AccountState.PROPOSED: "info",
    AccountState.SETTLED: "success",
    AccountState.EMPTY: "neutral",
}


def with_state(accounts: QuerySet[YearAccount], *, inside: bool) -> QuerySet[YearAccount]:
    """Accounts with `settlement_state`: a proposal is open, something is new since the last settlement, or all is
    settled. inside: whether proposals, which the enterprise does not see, count."""
    mine = {"account": OuterRef("pk")}
    last = Subquery(
        Settlement.objects.filter(account=OuterRef("account")).order_by("-number").values("made_at")[:1],
        output_field=models.DateTimeField(),
    )
    opened = Award.objects.filter(**mine, state__in=OPEN)
    newer = [
        Exists(rows.filter(**mine).annotate(last=last).filter(**{f"{instant}__gt": F("last")}))
        for rows, instant in (
            (GroupChoice.objects.all(), "chosen_at"),
            (ExternalAward.objects.all(), "entered_at"),
            (ExternalAward.objects.all(), "withdrawn_at"),
            (CapOverride.objects.all(), "decided_at"),
            (CapOverride.objects.all(), "withdrawn_at"),
            (CheckedFigure.objects.all(), "entered_at"),
        )
    ]
    changed = reduce(or_, (Q(one) for one in newer))
    whens = [
        When(Exists(opened.filter(state=AwardState.CANDIDATE)), then=Value(AccountState.OPEN)),
        When(Q(Exists(opened)) & changed, then=Value(AccountState.OPEN)),
        When(Exists(Award.objects.filter(**mine, state__in=[*OPEN, *FIXED])), then=Value(AccountState.SETTLED)),
    ]
    if inside:
        proposals = SettlementProposal.objects.filter(**mine, state=ProposalState.OPEN)
        whens.insert(0, When(Exists(proposals), then=Value(AccountState.PROPOSED)))
    return accounts.annotate(
        settlement_state=Choose(*whens, default=Value(AccountState.EMPTY), output_field=models.CharField())
    )


def with_sums(accounts: QuerySet[YearAccount], *, inside: bool) -> QuerySet[YearAccount]:
    """Accounts with `award_count`, `candidate_sum`, `settled_sum` (分) of the awards in force; what is held is shown
    inside alone."""
    awards = Award.objects.filter(account=OuterRef("pk")).exclude(state=AwardState.RETURNED)
    if not inside:
        awards = awards.exclude(state=AwardState.HELD)
    sums = awards.order_by().values("account")

    def figure(expression: models.Aggregate) -> Coalesce:
        found = Subquery(sums.annotate(figure=expression).values("figure"), output_field=models.BigIntegerField())
        return Coalesce(found, Value(0), output_field=models.BigIntegerField())

    return accounts.annotate(
        award_count=figure(Count("pk")),
        candidate_sum=figure(Sum("candidate_fen")),
        settled_sum=figure(Sum("settled_fen")),
    )


def listed_accounts(user: User, *, inside: bool, year: int | None, state: str, words: str) -> QuerySet[YearAccount]:
    """The accounts that this person may see, newest year first, by name; filtered by year, state and part of a name."""
    accounts: QuerySet[YearAccount] = YearAccount.objects.visible_to(user).select_related(
        "enterprise__district", "document"
    )
    if year is not None:
        accounts = accounts.filter(policy_year=year)
    for word in words.split():
        accounts = accounts.filter(Q(enterprise__name__icontains=word) | Q(enterprise__uscc__iexact=word))
    accounts = with_sums(with_state(accounts, inside=inside), inside=inside)
    if state:
        accounts = accounts.filter(Q(settlement_state=state))
    return accounts.order_by("-policy_year", "enterprise__name", "pk")
