"""What belongs to an account: the enterprise's files of the year, their policy, and the units that read them."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import Unit, User
from applications.models import Revision
from applications.queries.definitions import policy_of
from awards.models import YearAccount
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
