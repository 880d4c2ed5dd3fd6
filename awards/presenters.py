"""From an award to what its page draws."""

from datetime import date
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse

from accounts.models import Unit, User
from applications.queries import evaluation_document
from applications.queries.definitions import policy_of
from awards.enums import AwardState, PaymentState, RoundState, Share
from awards.explain import Explainer
from awards.labels import VERDICTS
from awards.models import Award, PublicityItem, PublicityRound, Recovery
from awards.queries.preview import claim_of
from awards.queries.receipts import Proof, may_read_receipt
from awards.queries.shares import paying_unit
from common.errors import DomainError
from common.money import grouped
from common.queries import working_calendar
from common.templatetags.ui import zhdate
from policies.rules.document import evaluate_document
from policies.rules.receipt import Verdict
from reviews.models import Case


def working(award: Award) -> list[dict[str, Any]]:
    """The trace of the award's own claim, as the engine told it when it was settled; before, as it reads today."""
    clause_id = award.application.clause.clause_id
    if award.settlement is not None:
        claims = award.settlement.answer["claims"]
    else:
        try:
            policy = policy_of(award.revision)
            document = evaluation_document(award.revision, policy) | {"claims": [claim_of(award)]}
            claims = evaluate_document(policy, document)["claims"]
        except (DomainError, ObjectDoesNotExist):  # no version governs the year, or the decision was taken back
            return []
    return next((list(claim["trace"]) for claim in claims if claim["clause"] == clause_id), [])


def settlement_rows(award: Award, explainer: Explainer) -> list[dict[str, Any]]:
    """The lines of the award's settlement: clause, candidate, settled (分), why less, and which one is this award's."""
    lines = sorted(explainer.lines, key=lambda line: (line.award.application.clause.order, line.award.pk))
    return [
        {
            "clause": line.award.application.clause.clause_id,
            "title": line.award.application.clause.title,
            "candidate_fen": line.candidate_fen,
            "settled_fen": line.settled_fen,
            "why": explainer.why(line),
            "own": line.award.pk == award.pk,
            "fixed": line.fixed,
        }
        for line in lines
    ]


#: The states in which a step of the way lies behind.
_SHOWN = (AwardState.APPROVED, AwardState.PAYING, AwardState.PAID)


def money_way(award: Award, *, on: date) -> list[dict[str, Any]]:
    """核算, 公示, 批复, 拨付 as a time line, with days from the rows and the day that is due next."""
    state = AwardState(award.state)
    if state == AwardState.RETURNED:
        step = {"label": "退回牵头单位", "unit": award.unit.name, "state": "returned", "at": award.returned_at}
        return [step | {"note": "退回牵头单位重新审核；新的结论将另行核算。"}]
    settled = award.settlement is not None and state not in (AwardState.HELD, AwardState.CANDIDATE)
    settle = {
        "label": "核算",
        "unit": award.unit.name,
        "state": "done" if settled else "paused" if state == AwardState.HELD else "current",
        "at": award.settlement.made_at if settled and award.settlement else None,
        "note": f"核定 {grouped(award.settled_fen)} 元" if settled else "",
    }
    if state == AwardState.NOTHING:
        return [settle]
    letter = {
        "label": "批复",
        "unit": award.unit.name,
        "state": "done" if state in _SHOWN else "todo",
        "at": award.approved_at,
    }
    return [settle, _publicity_step(award, state, settled), letter, _pay_step(award, state, on)]


def _publicity_step(award: Award, state: AwardState, settled: bool) -> dict[str, Any]:
    item = (
        PublicityItem.objects.filter(award=award)
        .exclude(round__state__in=[RoundState.DRAFT, RoundState.CANCELLED])
        .select_related("round")
        .order_by("-pk")
        .first()
    )
    step: dict[str, Any] = {"label": "公示", "unit": award.unit.name, "state": "todo"}
    if state in _SHOWN:
        step |= {"state": "done", "at": item.ended_at or item.round.closed_at if item else None}
    elif state in (AwardState.PUBLIC, AwardState.OBJECTED):
        step |= {"state": "paused" if state == AwardState.OBJECTED else "current"}
        step |= {"due": item.round.last_day} if item else {}
    elif settled:
        step["state"] = "current"
    if item is not None and item.round.first_day and state != AwardState.SETTLED:
        objected = "，正在处理异议" if state == AwardState.OBJECTED else ""
        step["note"] = f"{zhdate(item.round.first_day)}至{zhdate(item.round.last_day)}{objected}"
    return step


def _pay_step(award: Award, state: AwardState, on: date) -> dict[str, Any]:
    payer = Unit.objects.filter(is_finance=True).order_by("order", "pk").values_list("name", flat=True).first()
    step: dict[str, Any] = {"label": "拨付", "unit": payer or "", "state": "todo"}
    if state == AwardState.PAID:
        return step | {"state": "done", "at": award.paid_at}
    if state not in _SHOWN:
        return step
    step["state"] = "current"
    if award.due_on is not None:
        step |= {"due": award.due_on, "days_left": working_calendar().working_days_left(on, award.due_on)}
    return step


def links_of(award: Award, user: User, *, inside: bool) -> list[dict[str, str]]:
    """What else there is about an award, as far as this person may read it, as label and url: the file, the claims that
    it was set off against, the round that shows it, the objections to it. inside: not as the enterprise, which reads
    what everybody may read."""
    found = []
    case = Case.objects.visible_to(user).filter(application=award.application_id).first() if inside else None
    if case is not None:
        found.append({"label": "审核案卷", "url": reverse("reviews:case", args=[case.pk])})
    # Why less is paid: the claims that a part of this award was set off against.
    claims = Recovery.objects.visible_to(user).filter(set_offs__award=award).select_related("award__application")
    found += [
        {
            "label": f"抵扣：{claim.award.application.number} 的追回",
            "url": reverse("awards:recovery", args=[claim.pk]),
        }
        for claim in claims.order_by("pk").distinct()
    ]
    item = award.publicity_items.select_related("round").order_by("-pk").first()
    if item is None:
        return found
    if inside and PublicityRound.objects.visible_to(user).filter(pk=item.round_id).exists():
        found.append({"label": f"公示：{item.round.title}", "url": reverse("awards:round", args=[item.round_id])})
        found += [
            {"label": f"{one.number}（{one.get_state_display()}）", "url": reverse("awards:objection", args=[one.pk])}
            for one in item.objections.order_by("filed_at", "pk")
        ]
    elif item.round.state in (RoundState.OPEN, RoundState.CLOSED):
        found.append(
            {"label": f"公示：{item.round.title}", "url": reverse("awards:public_round", args=[item.round_id])}
        )
    return found


def share_rows(award: Award) -> list[dict[str, Any]]:
    """Both budgets' parts of a settled award, whose they are, and how far their payment is."""
    if award.settlement is None or not award.settled_fen:
        return []
    line = award.lines.order_by("-pk").first()
    rows = list(award.payments.exclude(state=PaymentState.DROPPED).select_related("list").order_by("pk"))
    found = []
    for share, fen in ((Share.CITY, award.city_fen), (Share.DISTRICT, award.district_fen)):
        payment = next((row for row in reversed(rows) if row.share == share), None)
        # A draft of the paying unit is its own business until it is sent.
        told = payment is not None and payment.state != PaymentState.PLANNED
        found.append(
            {
                "share": share.label,
                "unit": paying_unit(award, share).name,
                "fen": fen,
                "paid": payment.get_state_display() if payment is not None and told else "",
            }
        )
    return [row | {"ratio": line.city_share if line else ""} for row in found]


_VERDICT_TONES: dict[Verdict, str] = {"same": "success", "wording": "info", "different": "danger", "touched": "danger"}
_VERDICT_SENTENCES: dict[Verdict, str] = {
    "same": "刚才按凭据重新计算，各项金额与计算过程均与凭据相同。",
    "wording": "刚才按凭据重新计算，各项金额与凭据相同，计算过程的文字表述不同。",
    "different": "刚才按凭据重新计算，结果与凭据不同或不能证明，请与核算单位联系。",
    "touched": "凭据或有关记录出具后可能被改动，请与核算单位联系。",
}
#: The sums of a receipt, by what they cover.
_SUMS = (
    ("sha256", "凭据"),
    ("facts_sha256", "申报数据"),
    ("answer_sha256", "核算结果"),
    ("definition_sha256", "条款定义"),
    ("source_sha256", "政策原文"),
    ("engine_sha256", "计算程序"),
)


def receipt_section(proof: Proof, user: Any) -> dict[str, Any]:
    """What the page tells about the receipt of one award: verdict, remarks, later changes, sums, download."""
    receipt = proof.award.receipt if isinstance(proof.award.receipt, dict) else {}
    return {
        "verdict": proof.verdict,
        "label": VERDICTS[proof.verdict],
        "tone": _VERDICT_TONES[proof.verdict],
        "sentence": _VERDICT_SENTENCES[proof.verdict],
        "remarks": proof.remarks,
        "since": proof.since,
        "sums": [(label, receipt.get(key, "")) for key, label in _SUMS],
        "may_read": may_read_receipt(proof.award, user),
    }
