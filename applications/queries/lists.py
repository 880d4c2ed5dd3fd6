"""Applications as lists: one's own, those that share figures, and what can be started."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, QuerySet

from accounts.models import Enterprise, User
from applications.enums import ENDED_WITHOUT_DECISION, CorrectionState
from applications.models import Application, Correction
from policies.models import Clause
from policies.queries import Window, Windows, published_policy, years_with_calls
from policies.rules.schema import ClauseDefinition, Discretion, Fixed, LoanInterest, PerUnit, Rate, Rows
from policies.window_words import closed_sentence, why_sentence


def own_applications(user: User) -> QuerySet[Application]:
    """Everything that the user's enterprises have begun, newest first, ready for the list page."""
    corrections = Correction.objects.filter(state=CorrectionState.OPEN)
    return (
        Application.objects.visible_to(user)
        .select_related("enterprise", "clause", "call")
        .prefetch_related(Prefetch("corrections", queryset=corrections))
    )


def sharing_figures(application: Application) -> list[Application]:
    """The enterprise's other living applications of the year, which use the same figures."""
    return list(
        Application.objects.filter(enterprise_id=application.enterprise_id, policy_year=application.policy_year)
        .exclude(pk=application.pk)
        .exclude(state__in=ENDED_WITHOUT_DECISION)
        .select_related("clause")
        .order_by("clause__order")
    )


def enterprises_of(user: User) -> list[Enterprise]:
    """The enterprises for which the user acts today."""
    return list(
        Enterprise.objects.filter(members__user=user, members__is_active=True)
        .select_related("district")
        .order_by("name", "pk")
        .distinct()
    )


def open_years(day: date, enterprise: Enterprise) -> list[int]:
    """Policy years in which something is open for the enterprise on the day, newest first."""
    years = years_with_calls(day)
    windows = Windows(policy_years=years, enterprises=[enterprise])
    clauses = {year: windows.clauses(year) for year in years}
    return [
        year
        for year in years
        if any(_is_open(windows.window(clause, year, enterprise=enterprise, on=day), day) for clause in clauses[year])
    ]


def _is_open(window: Window | None, day: date) -> bool:
    return window is not None and window.is_open_on(day)


@dataclass(frozen=True)
class Offer:
    """One clause that can be applied for: its limit in words, and the application that exists already."""

    clause: Clause
    limit: str
    window: Window
    #: Why nothing is taken today, and why the days differ from the call's; "" where they do not.
    closed: str = ""
    note: str = ""
    existing: Application | None = None


@dataclass
class Article:
    """The clauses of one article of the policy."""

    title: str
    offers: list[Offer] = field(default_factory=list)


def _literal(amount: object) -> str:
    return getattr(amount, "literal", "")


def limit_words(definition: ClauseDefinition) -> str:
    """How much the clause pays, in the words of the policy: 15%，最高 2000万元."""
    award, parts = definition.award, []
    if isinstance(award, Fixed):
        parts.append(_literal(award.amount))
    elif isinstance(award, PerUnit):
        parts.append(f"每项（家）{_literal(award.amount)}")
    elif isinstance(award, Rate):
        parts.append(f"按 {_literal(award.rate)}")
    elif isinstance(award, LoanInterest):
        parts.append(f"按 LPR 的 {_literal(award.share)} 贴息")
    elif isinstance(award, Rows):
        if isinstance(award.each, Rate):
            parts.append(f"按 {_literal(award.each.rate)}")
        if award.row_cap:
            parts.append(f"单项最高 {_literal(award.row_cap)}")
    elif isinstance(award, Discretion):
        if award.floor and award.ceiling and award.floor.literal == award.ceiling.literal:
            parts.append(_literal(award.ceiling))  # printed as one range: 100-200万元
        elif award.floor and award.ceiling:
            parts.append(f"{_literal(award.floor)}至 {_literal(award.ceiling)}")
        elif award.ceiling:
            parts.append(f"最高 {_literal(award.ceiling)}")
        else:
            parts.append("金额由审核部门核定")
    if definition.cap:
        parts.append(f"最高 {_literal(definition.cap.amount)}")
    return "，".join(part for part in parts if part)


def offers(enterprise: Enterprise, policy_year: int, day: date) -> list[Article]:
    """The clauses of the year's calls, by article, in the order of the policy; constant in queries.

    Those that are not taken today from this enterprise say since or until when; a call that is over offers nothing.
    """
    windows = Windows(policy_years=[policy_year], enterprises=[enterprise])
    found = {
        clause.pk: window
        for clause in windows.clauses(policy_year)
        if (window := windows.window(clause, policy_year, enterprise=enterprise, on=day)) is not None
        and (window.is_open_on(day) or window.call.is_open_on(day) or window.opens_on > day)
    }
    clauses = list(
        Clause.objects.filter(pk__in=found).select_related("document", "node__parent").order_by("document", "order")
    )
    definitions = {
        (clause.document_id, definition.id): definition
        for clause in {clause.document_id: clause for clause in clauses}.values()
        for definition in published_policy(clause.document.number, policy_year).clauses
    }
    existing = {
        application.clause_id: application
        for application in Application.objects.filter(enterprise=enterprise, policy_year=policy_year).exclude(
            state__in=ENDED_WITHOUT_DECISION
        )
    }
    articles: dict[str, Article] = {}
    for clause in clauses:
        definition = definitions.get((clause.document_id, clause.clause_id))
        if definition is None:
            continue
        key = ".".join(clause.clause_id.split(".")[:2])
        article = articles.setdefault(key, Article(_article_title(clause)))
        window = found[clause.pk]
        article.offers.append(
            Offer(
                clause,
                limit_words(definition),
                window,
                closed=closed_sentence(window, day),
                note=why_sentence(window),
                existing=existing.get(clause.pk),
            )
        )
    return list(articles.values())


def _article_title(clause: Clause) -> str:
    node = clause.node
    while node.kind != "article" and node.parent is not None:
        node = node.parent
    return (node.plain or node.text).split("。")[0]
