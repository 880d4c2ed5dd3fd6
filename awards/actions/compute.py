"""From an approval to an award: evaluate, settle under the lock of the enterprise's year, keep the receipt, ask for
the letter.

Order of locks: application, then year account, then (inside letters) the counter of numbers.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.enums import NoticeTopic
from accounts.models import Enterprise
from accounts.notifications import enterprise_users, notify
from applications.actions import mark_awarded
from applications.enums import State
from applications.models import Application, Revision
from applications.queries import evaluation_document
from applications.queries.definitions import definition_of, policy_of
from awards.enums import AwardState
from awards.letters import request_award_letter
from awards.models import Award, Settlement, YearAccount
from common.audit.actions import record
from common.money import grouped, parse_yuan, yuan
from policies.actions import keep_definition
from policies.rules.document import evaluate_document
from policies.rules.receipt import build_receipt
from policies.rules.schema import PolicyDefinition
from reviews.models import Decision
from reviews.queries.decisions import decision_in_force


def _lock_account(enterprise: Enterprise, policy_year: int) -> YearAccount:
    """The locked account of an enterprise's year; made at the first award."""
    YearAccount.objects.get_or_create(enterprise=enterprise, policy_year=policy_year)
    return YearAccount.objects.select_for_update().get(enterprise=enterprise, policy_year=policy_year)


def _claim(revision: Revision, decision: Decision) -> dict[str, Any]:
    """The claim of a filed revision with the amount that was decided, where the clause leaves it to a decision."""
    claim: dict[str, Any] = evaluation_document(revision)["claims"][0]
    if revision.clause_version.definition["award"]["kind"] == "discretion":
        claim["decision"] = {"amount": yuan(decision.amount_fen or 0)}
    return claim


def settlement_document(account: YearAccount, application: Application) -> tuple[dict[str, Any], dict[str, int]]:
    """The evaluation document of an account with this application, and what was awarded before it (clause → 分).

    Awards that were already given stay as they are; only what is new is subject to choice and cap. The figures of
    the year are those of the revision being awarded, which reviewers have just confirmed.
    """
    revision = application.revisions.order_by("-number")[0]
    document: dict[str, Any] = evaluation_document(revision)
    document["claims"] = []
    fixed: dict[str, int] = {}
    earlier = account.awards.select_related("application__clause", "revision__clause_version").exclude(
        state=AwardState.HELD
    )
    for award in earlier:
        document["claims"].append(_claim(award.revision, decision_in_force(award.application)))
        fixed[award.application.clause.clause_id] = award.settled_fen
    document["claims"].append(_claim(revision, decision_in_force(application)))
    document["claims"].sort(key=lambda claim: str(claim["clause"]))
    return document, fixed


def governing_policy(account: YearAccount, application: Application) -> PolicyDefinition:
    """The policy of the year with every clause of the account as it stood when its application was filed."""
    policy = policy_of(application)
    fixed = {
        award.application.clause.clause_id: definition_of(award.revision)
        for award in account.awards.select_related("application__clause", "revision__clause_version")
    }
    clauses = tuple(fixed.get(clause.id, clause) for clause in policy.clauses)
    return policy if clauses == policy.clauses else policy.model_copy(update={"clauses": clauses})


def compute_award(*, application_id: int, at: datetime) -> Award:
    """Compute, settle and store the award of an approved application; called again, it returns the award that stands.

    An award whose engine figure differs from the one that the lead units agreed to is held for people to look at,
    with both figures on record, and no letter is asked for.
    """
    with transaction.atomic():
        application = (
            Application.objects.select_for_update(of=("self",))
            .select_related("enterprise", "clause__document", "clause_version")
            .get(pk=application_id)
        )
        existing = Award.objects.filter(application=application).first()
        if existing is not None:
            return existing
        if application.state != State.APPROVED:
            raise RuntimeError(f"application {application.pk} is {application.state}, not approved")
        account = _lock_account(application.enterprise, application.policy_year)
        document, fixed = settlement_document(account, application)
        policy = governing_policy(account, application)
        keep_definition(policy, at=at)  # the receipt names it by its hash
        answer = evaluate_document(policy, document, paid=fixed)
        clause_id = application.clause.clause_id
        line = next((line for line in answer["settlement"]["lines"] if line["clause"] == clause_id), None)
        settlement = Settlement.objects.create(
            account=account,
            number=(account.settlements.aggregate(last=Max("number"))["last"] or 0) + 1,
            document=document,
            fixed={clause: yuan(fen) for clause, fen in fixed.items()},
            answer=answer,
            cap_fen=None if answer["settlement"]["cap"] is None else parse_yuan(answer["settlement"]["cap"]),
            total_fen=parse_yuan(answer["settlement"]["total"]),
            made_at=at,
        )
        decision = decision_in_force(application)
        approved = decision.amount_fen or 0
        candidate = parse_yuan(line["candidate"]) if line else 0
        settled = parse_yuan(line["settled"]) if line else 0
        held = candidate != approved
        award = Award.objects.create(
            application=application,
            revision=application.revisions.order_by("-number")[0],
            account=account,
            clause_version=application.clause_version,
            settlement=settlement,
            state=AwardState.HELD if held else AwardState.SETTLED if settled else AwardState.NOTHING,
            approved_fen=approved,
            candidate_fen=candidate,
            settled_fen=settled,
            reason=(line["reason"] or "") if line else "not_eligible",
            receipt=build_receipt(policy, document, answer, paid=fixed),
            computed_at=at,
        )
        record(
            "award.held" if held else "award.settled",
            subject=award,
            by=None,
            at=at,
            data={
                "application": application.number,
                "clause": clause_id,
                "approved": yuan(approved),
                "candidate": yuan(candidate),
                "settled": yuan(settled),
                "reason": award.reason,
                "settlement": settlement.number,
            },
        )
        if not held:
            mark_awarded(application=application, by=None, at=at)
            request_award_letter(award=award, by=decision.confirmed_by, at=at)
            notify(
                enterprise_users(application.enterprise),
                title=f"奖补金额已核定：{application.number}",
                body=f"核定金额 {grouped(settled)} 元，文书制作完成后可在“我的文书”下载。",
                url=f"/awards/{award.pk}/",
                topic=NoticeTopic.DECISION,
                at=at,
            )
        return award
