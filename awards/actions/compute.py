"""From an approval to a candidate award: its clause amount, computed anew; the account of the year waits to be settled.

Order of locks: application, then year account, then awards, envelopes, and last the counter of letters.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import Unit
from accounts.notifications import enterprise_users, notify, unit_users
from accounts.unit_names import standing_in
from applications.enums import State
from applications.models import Application
from applications.queries import evaluation_document
from applications.queries.definitions import policy_of
from awards.enums import AwardState
from awards.models import Award, YearAccount
from awards.queries.groups import groups_of
from awards.queries.preview import claim_of
from awards.workflow import AWARDS
from common.audit.actions import record
from common.money import parse_yuan, yuan
from policies.rules.document import evaluate_document
from reviews.queries.decisions import decision_in_force


def lock_account(application: Application) -> YearAccount:
    """The locked account of an application's enterprise, policy and year; made at the first award."""
    key: dict[str, Any] = {
        "enterprise": application.enterprise,
        "policy_year": application.policy_year,
        "document": application.clause.document,
    }
    YearAccount.objects.get_or_create(**key)
    return YearAccount.objects.select_for_update().get(**key)


def compute_award(*, application_id: int, at: datetime) -> Award:
    """Compute and store the candidate award of an approved application; called again, it returns the award that stands.

    An award whose engine figure differs from the one that the lead units agreed to is held for people to look at, with
    both figures on record; the lead takes it back (reviews.actions.reopen).
    """
    with transaction.atomic():
        application = (
            Application.objects.select_for_update(of=("self",))
            .select_related("enterprise", "clause__document", "clause_version")
            .get(pk=application_id)
        )
        existing = Award.objects.filter(application=application).exclude(state=AwardState.RETURNED).first()
        if existing is not None:
            return existing
        if application.state != State.APPROVED:
            raise RuntimeError(f"application {application.pk} is {application.state}, not approved")
        account = lock_account(application)
        decision = decision_in_force(application)
        unit: Unit = standing_in(decision.task.unit)
        award = Award(
            application=application,
            revision=application.revisions.order_by("-number")[0],
            account=account,
            clause_version=application.clause_version,
            unit=unit,
            approved_fen=decision.amount_fen or 0,
            candidate_fen=0,
            state=AwardState.CANDIDATE,
            computed_at=at,
        )
        policy = policy_of(award.revision)
        document = evaluation_document(award.revision, policy)
        document["claims"] = [claim_of(award, decision)]
        (claim,) = evaluate_document(policy, document, trace=False)["claims"]
        award.candidate_fen = parse_yuan(claim["amount"]) if claim["amount"] else 0
        held = award.candidate_fen != award.approved_fen
        award.save()
        if held:
            AWARDS.apply(award, "hold")
        record(
            "award.held" if held else "award.computed",
            subject=award,
            by=None,
            at=at,
            data={
                "application": application.number,
                "clause": application.clause.clause_id,
                "approved": yuan(award.approved_fen),
                "candidate": yuan(award.candidate_fen),
            },
        )
        notify(
            unit_users(unit),
            title=f"{'核算有差异' if held else '待核算'}：{application.number}",
            body=(
                "条款金额与牵头单位同意的金额不同，请核对后退回牵头审核。"
                if held
                else f"{application.enterprise.name}{application.policy_year}年度的奖补可以核算。"
            ),
            url=f"/awards/accounts/{account.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        _ask_for_choice(award, at)
        return award


def _ask_for_choice(award: Award, at: datetime) -> None:
    """Tell the enterprise that it may choose, where this award is one of several of its group (同类型，自行选择)."""
    clause = award.application.clause_id
    for group in groups_of(award.account):
        if group.is_open and any(one.application.clause_id == clause for one in group.awards):
            recommended = group.recommended.application.clause
            notify(
                enterprise_users(award.application.enterprise),
                title=f"请选择“{group.name}”类的条款：{award.account.policy_year}年度",
                body=(
                    f"“{group.name}”类同类型条款只奖补一项，推荐 {recommended.clause_id} {recommended.title}。"
                    "可以自行选择；不选择的按推荐核定。"
                ),
                url=f"/awards/accounts/{award.account_id}/",
                topic=NoticeTopic.DECISION,
                at=at,
            )
