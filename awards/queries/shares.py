"""Whose budgets pay an award, and in which parts."""

from datetime import date

from accounts.enums import UnitKind
from accounts.models import Unit
from awards.enums import Share
from awards.models import Award, BudgetRatio
from policies.models import Clause
from policies.queries import setting_value
from policies.rules.settle import split_budgets
from reviews.queries.routes import procedure_settings


def share_in_force(clause: Clause, policy_year: int, *, on: date) -> str:
    """The city's share ("50%") of what is settled for a clause on this day: the newest ratio of the clause, else of the
    document, else the policy's setting [S] (四（三）由各级受益财政参照现行财政体制分担)."""
    rows = BudgetRatio.objects.filter(document=clause.document_id, valid_from__lte=on).order_by("-valid_from", "-pk")
    row = rows.filter(clause=clause).first() or rows.filter(clause=None).first()
    if row is not None:
        return row.city_share
    return str(setting_value(clause.document, "city_share", policy_year))


def city_share(award: Award, *, on: date) -> str:
    """The city's share ("50%") of an award settled on this day."""
    return share_in_force(award.application.clause, award.application.policy_year, on=on)


def shares_of(award: Award, fen: int, *, on: date) -> tuple[str, int, int]:
    """(city's share, city's part, district's part) of an amount in 分; exact, the remainder of a 分 is the city's."""
    share = city_share(award, on=on)
    city, district = split_budgets(fen, share)
    return share, city, district


def paying_unit(award: Award, share: str) -> Unit:
    """Whose envelope a part comes from: the district's the enterprise's district, the city's the bureau that keeps the
    file; where a district leads (3.2.1) the unit that confirms the city's share [S]."""
    if share == Share.DISTRICT:
        return award.application.enterprise.district
    if award.unit.kind != UnitKind.DISTRICT:
        return award.unit
    settings = procedure_settings(award.application.clause.document)
    return Unit.objects.get(name=settings.confirming_unit)
