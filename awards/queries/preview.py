"""What a settlement of an account would give today: everything it depends on, the answer, and what stands against it.

Nothing is written. `digest` is over document, fixed amounts, policy and shares: whoever confirms a proposal confirms
what its author saw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from applications.queries import evaluation_document
from applications.queries.definitions import policy_keeping
from awards.enums import FIXED, LIVE_PAYMENTS, OPEN, AwardState
from awards.models import Award, CapOverride, CheckedFigure, Payment, SetOff, YearAccount
from awards.queries.shares import shares_of
from common.canonical import digest
from common.errors import DomainError, Invalid
from common.money import grouped, parse_yuan, yuan
from common.workdays import local_day
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.receipt import definition_sha256
from policies.rules.schema import PolicyDefinition
from reviews.models import Decision
from reviews.queries.decisions import decision_in_force


@dataclass(frozen=True)
class PreparedLine:
    """What the settlement would do to one award; amounts in 分. `before` is None where it was never settled."""

    award: Award
    fixed: bool
    before_fen: int | None
    candidate_fen: int
    settled_fen: int
    reason: str
    city_share: str
    city_fen: int
    district_fen: int

    @property
    def clause(self) -> str:
        return self.award.application.clause.clause_id

    @property
    def changes(self) -> bool:
        """Whether the award is settled for the first time or to another amount."""
        return not self.fixed and (self.before_fen is None or self.before_fen != self.settled_fen)


@dataclass(frozen=True)
class Prepared:
    """A settlement as it would be. `faults`: why it cannot be made now, each a sentence; then `answer` is empty."""

    account: YearAccount
    document: Mapping[str, Any]
    fixed: Mapping[str, int]
    policy: PolicyDefinition | None
    answer: Mapping[str, Any]
    cap_fen: int | None
    cap_by_rule_fen: int | None
    total_fen: int
    override: CapOverride | None
    lines: tuple[PreparedLine, ...]
    digest: str
    faults: tuple[str, ...] = ()
    #: Awards whose clause amount is not what the lead agreed to: they must go back to the lead.
    differing: tuple[Award, ...] = field(default=())
    #: Something was entered or filed since the last settlement that this one would take into account.
    is_new: bool = False

    @property
    def changes(self) -> bool:
        """Whether settling would change any amount."""
        return any(line.changes for line in self.lines)

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to settle: an amount changes, or what was entered is to be put on record."""
        return self.changes or (self.is_new and any(not line.fixed for line in self.lines))


def claim_of(award: Award, decision: Decision | None = None) -> dict[str, Any]:
    """The claim of an award's revision with the amount that was decided, where the clause leaves it to a decision."""
    claim: dict[str, Any] = evaluation_document(award.revision)["claims"][0]
    if award.revision.clause_version.definition["award"]["kind"] == "discretion":
        decision = decision or decision_in_force(award.application)
        claim["decision"] = {"amount": yuan(decision.amount_fen or 0)}
    return claim


def awards_of(account: YearAccount) -> list[Award]:
    """The awards of an account that take part in its settlement, in the order in which they were approved."""
    return list(
        account.awards.filter(state__in=[*OPEN, *FIXED])
        .select_related(
            "application__enterprise__district",
            "application__clause__document",
            "revision__application__clause__document",
            "revision__application__rules",
            "revision__clause_version",
            "unit",
        )
        .annotate(
            on_a_list=Exists(Payment.objects.filter(award=OuterRef("pk"), state__in=LIVE_PAYMENTS))
            | Exists(SetOff.objects.filter(award=OuterRef("pk")))
        )
        .order_by("pk")
    )


def stays(award: Award) -> bool:
    """Whether a settlement leaves the award as it is: public, objected to, paid, on a payment list already (also on
    one that is still a draft: its rows hold the amount), or set off against what is to be paid back."""
    listed: bool = getattr(award, "on_a_list", False)
    return award.state in FIXED or listed


def active_override(account: YearAccount) -> CapOverride | None:
    """The newest decision on the cap that was not withdrawn."""
    return account.overrides.filter(withdrawn_at=None).order_by("-pk").first()


def checked_figures(account: YearAccount) -> dict[str, CheckedFigure]:
    """The newest checked figure of each key."""
    return {row.key: row for row in account.checked_figures.order_by("pk")}


def chosen(account: YearAccount) -> dict[str, str]:
    """Group → clause as the enterprise chose last."""
    return {row.group: row.clause.clause_id for row in account.choices.select_related("clause").order_by("pk")}


def external_awards(account: YearAccount) -> dict[str, int]:
    """Group → sum of the awards of other policies (分)."""
    found: dict[str, int] = {}
    for row in account.external_awards.filter(withdrawn_at=None):
        found[row.group] = found.get(row.group, 0) + row.amount_fen
    return found


def cap_keys(policy: PolicyDefinition) -> tuple[str, ...]:
    """The figures of the year that the cap reads, without `Y.`."""
    rule = policy.total_cap
    if rule is None:
        return ()
    return tuple(ref.removeprefix("Y.") for ref in (rule.base, rule.lifted_if) if ref)


def governing_policy(awards: list[Award]) -> PolicyDefinition:
    """The policy of the year with every clause of these awards as it stood when its application was filed."""
    return policy_keeping([award.revision for award in awards])


def settlement_document(
    account: YearAccount, awards: list[Award], policy: PolicyDefinition
) -> tuple[dict[str, Any], dict[str, int]]:
    """The evaluation document of an account and what does not move (clause → 分).

    The figures are those of the newest filed revision, which reviewers confirmed; those that the cap reads are taken as
    a bureau checked them, where one did.
    """
    newest = max(awards, key=lambda award: (award.revision.filed_at, award.pk))
    document: dict[str, Any] = evaluation_document(newest.revision, policy)
    checked = checked_figures(account)
    for key in cap_keys(policy):
        if key in checked:
            document["applicant"][key] = checked[key].value
    document["claims"] = sorted((claim_of(award) for award in awards), key=lambda claim: str(claim["clause"]))
    fixed = {award.application.clause.clause_id: award.settled_fen for award in awards if stays(award)}
    claimed = {claim["clause"] for claim in document["claims"]}
    # Where one clause of a group stands already, a choice made before it stood says nothing any more.
    decided = {group.name for group in policy.groups if set(group.clauses) & set(fixed)}
    choices = chosen(account).items()
    if standing := {group: clause for group, clause in choices if clause in claimed and group not in decided}:
        document["choices"] = standing
    if external := external_awards(account):
        document["external_awards"] = [{"group": group, "amount": yuan(fen)} for group, fen in external.items()]
    override = active_override(account)
    if override is not None:
        document["cap_override"] = {"lift": True} if override.lift else {"cap": yuan(override.cap_fen or 0)}
    return document, fixed


def prepare_settlement(account: YearAccount, *, at: datetime) -> Prepared:
    """Compute what settling the account at this instant would give; faults are told, not raised."""
    awards = awards_of(account)
    override = active_override(account)
    if not awards:
        return _refused(account, {}, {}, None, override, ("该账户没有可以核算的奖补。",))
    try:
        policy = governing_policy(awards)
    except DomainError as fault:  # no version governs the year any more
        return _refused(account, {}, {}, None, override, (fault.message,))
    document, fixed = settlement_document(account, awards, policy)
    try:
        answer = evaluate_document(policy, document, paid=fixed, closed=fixed)
    except EvaluationFault as fault:
        told = tuple(str(item["message"]) for item in fault.faults)
        return _refused(account, document, fixed, policy, override, told)
    by_clause = {line["clause"]: line for line in answer["settlement"]["lines"]}
    differing = tuple(
        award for award in awards if not stays(award) and _candidate(by_clause, award) != award.approved_fen
    )
    faults = tuple(
        f"{award.application.number}（{award.application.clause.clause_id}）按最新年度数据的条款金额为"
        f" {grouped(_candidate(by_clause, award))} 元，牵头单位同意的是 {grouped(award.approved_fen)} 元，"
        "请先退回牵头单位重新审核。"
        for award in differing
    )
    cap = answer["settlement"]["cap"]
    now = None if cap is None else parse_yuan(cap)
    by_rule = now if override is None else _cap_by_rule(policy, document, fixed)
    if override is not None and override.cap_fen is not None and by_rule is not None and by_rule >= override.cap_fen:
        faults += (
            f"批准的上限 {grouped(override.cap_fen)} 元已不高于按最新数据计算的上限 {grouped(by_rule)} 元，"
            "请先由审批单位撤销突破上限的审批。",
        )
    today = local_day(at)
    lines = []
    for award in awards:
        line = by_clause.get(award.application.clause.clause_id)
        is_fixed = stays(award)
        settled = award.settled_fen if is_fixed else parse_yuan(line["settled"]) if line else 0
        # A part that stays is not shared out anew: the ratio of its own day holds.
        unchanged = award.settlement_id is not None and settled == award.settled_fen
        share, city, district = shares_of(award, settled, on=today)
        if unchanged:
            city, district = award.city_fen, award.district_fen
            share = award.lines.order_by("-pk").values_list("city_share", flat=True).first() or share
        lines.append(
            PreparedLine(
                award=award,
                fixed=is_fixed,
                before_fen=award.settled_fen if award.settlement_id else None,
                candidate_fen=award.candidate_fen if is_fixed else _candidate(by_clause, award),
                settled_fen=settled,
                reason=award.reason if is_fixed else (line["reason"] or "") if line else "not_eligible",
                city_share=share,
                city_fen=city,
                district_fen=district,
            )
        )
    return Prepared(
        account=account,
        document=document,
        fixed=fixed,
        policy=policy,
        answer=answer,
        cap_fen=now,
        cap_by_rule_fen=by_rule,
        total_fen=parse_yuan(answer["settlement"]["total"]),
        override=override,
        lines=tuple(lines),
        digest=_digest(document, fixed, policy, lines),
        faults=faults,
        differing=differing,
        is_new=_is_new(account, document),
    )


def _is_new(account: YearAccount, document: Mapping[str, Any]) -> bool:
    """Whether figures, other awards, cap or choice differ from those of the last settlement."""
    last = account.settlements.order_by("-number").values_list("document", flat=True).first()
    if last is None:
        return True
    read = ("applicant", "external_awards", "cap_override")
    # A choice that lapsed, because a clause of its group stands now, is nothing new.
    return any(document.get(key) != last.get(key) for key in read) or (
        "choices" in document and document["choices"] != last.get("choices")
    )


def require_sound(prepared: Prepared) -> None:
    """Raise Invalid with every sentence that stands against settling."""
    if prepared.faults:
        raise Invalid(prepared.faults[0], errors={"settlement": list(prepared.faults)})


def _candidate(lines: Mapping[str, Mapping[str, Any]], award: Award) -> int:
    line = lines.get(award.application.clause.clause_id)
    return parse_yuan(line["candidate"]) if line else 0


def _cap_by_rule(policy: PolicyDefinition, document: Mapping[str, Any], fixed: Mapping[str, int]) -> int | None:
    """The cap without any officer's decision (分); None where none applies, or where its figure is missing."""
    try:
        plain = evaluate_document(policy, {**document, "cap_override": None}, paid=fixed, closed=fixed, trace=False)
    except EvaluationFault:
        return None
    cap = plain["settlement"]["cap"]
    return None if cap is None else parse_yuan(cap)


def _digest(
    document: Mapping[str, Any], fixed: Mapping[str, int], policy: PolicyDefinition, lines: list[PreparedLine]
) -> str:
    return digest(
        {
            "document": document,
            "fixed": {clause: yuan(fen) for clause, fen in fixed.items()},
            "policy": definition_sha256(policy),
            "lines": [
                [line.award.pk, line.award.version, line.settled_fen, line.city_fen, line.district_fen]
                for line in lines
            ],
        }
    )


def _refused(
    account: YearAccount,
    document: Mapping[str, Any],
    fixed: Mapping[str, int],
    policy: PolicyDefinition | None,
    override: CapOverride | None,
    faults: tuple[str, ...],
) -> Prepared:
    return Prepared(account, document, fixed, policy, {}, None, None, 0, override, (), "", faults)


__all__ = [
    "AwardState",
    "Prepared",
    "PreparedLine",
    "active_override",
    "awards_of",
    "cap_keys",
    "checked_figures",
    "chosen",
    "claim_of",
    "external_awards",
    "governing_policy",
    "prepare_settlement",
    "require_sound",
    "settlement_document",
]
