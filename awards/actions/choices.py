"""自行选择: of several clauses of one type the enterprise chooses one; without a choice the highest stands (就高)."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from applications.permissions import require_member
from awards.actions.external import lock_account, tell_leads
from awards.models import GroupChoice, YearAccount
from awards.queries.groups import group_of
from common.audit.actions import record
from common.errors import Conflict, Invalid
from policies.models import Clause


def choose_in_group(*, account: YearAccount, group: str, clause: Clause, by: User, at: datetime) -> GroupChoice:
    """Record the enterprise's choice of a clause in a group (同类型), with the person's name and the time.

    by: a member of the enterprise. The newest choice counts, from the next settlement on; the same choice again is the
    one that stands. Raises NotFound for strangers, Invalid where there is nothing to choose or the clause is none of
    the eligible ones, Conflict once an award of the group is public, on its way or paid.
    """
    with transaction.atomic():
        account = lock_account(account)
        require_member(by, account.enterprise_id)
        found = group_of(account, group)
        if found is None:
            raise Invalid("没有这一类型，请刷新后重新选择。", field="group")
        if found.standing is not None:
            award = found.standing
            raise Conflict(
                f"“{group}”类已按 {award.application.clause.clause_id} {award.get_state_display()}，不能再改选。",
                what=award.get_state_display(),
            )
        if len(found.awards) < 2:
            raise Invalid(f"“{group}”类目前只有一项可核算的申报，无需选择。", field="clause")
        allowed = {award.application.clause_id: award for award in found.awards}
        if clause.pk not in allowed:
            names = "、".join(award.application.clause.clause_id for award in found.awards)
            raise Invalid(f"请从“{group}”类可核算的条款中选择：{names}。", field="clause")
        newest = account.choices.filter(group=group).order_by("-pk").first()
        if newest is not None and newest.clause_id == clause.pk:
            return newest
        choice = GroupChoice.objects.create(
            account=account,
            group=group,
            clause=clause,
            recommended=found.recommended.application.clause,
            chosen_by=by,
            chosen_at=at,
        )
        record(
            "account.clause_chosen",
            subject=account,
            by=by,
            at=at,
            data={
                "group": group,
                "clause": clause.clause_id,
                "recommended": found.recommended.application.clause.clause_id,
                "before": newest.clause.clause_id if newest else None,
            },
        )
        tell_leads(
            account,
            f"企业作出同类型选择：{account.enterprise.name}",
            f"{by}选择“{group}”类按 {clause.clause_id} {clause.title}核定，请按其选择核算。",
            but=by,
            at=at,
        )
        return choice
