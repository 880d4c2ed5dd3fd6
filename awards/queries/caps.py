"""The cap of one enterprise and year (年度累计上限) as its figures give it, and what an officer decided about it."""

from dataclasses import dataclass
from typing import Any

from applications.queries.definitions import policy_of
from awards.models import Award, CapOverride, CheckedFigure, YearAccount
from awards.queries.accounts import newest_revision
from awards.queries.preview import active_override, awards_of, cap_keys, checked_figures, governing_policy
from common.errors import DomainError, Invalid
from common.money import MoneyError, grouped, parse_yuan
from policies.rules.compile import CompiledCap, compiled
from policies.rules.schema import PolicyDefinition
from policies.rules.settle import cap_applies


@dataclass(frozen=True)
class Cap:
    """Amounts in 分. `by_rule_fen` is None where no cap applies or its figure is missing: `why_none` says which."""

    by_rule_fen: int | None
    #: What holds now: the override where one stands; None where nothing binds.
    now_fen: int | None
    base_label: str
    base_fen: int | None
    rate: str
    #: Where the base comes from: checked by a bureau, else as the enterprise filed it.
    checked: CheckedFigure | None
    override: CapOverride | None
    why_none: str = ""
    #: Whether the figure that the cap needs is missing.
    is_missing: bool = False
    quote: str = ""

    @property
    def formula(self) -> str:
        """销售收入（不含税） 200,000,000.00 元 × 5% = 10,000,000.00 元; "" where no cap applies."""
        if self.by_rule_fen is None or self.base_fen is None:
            return ""
        return (
            f"{self.base_label} {grouped(self.base_fen)} 元 × {self.rate} = {grouped(self.by_rule_fen)} 元"
            "（不足一分的舍去）"
        )

    @property
    def consequence(self) -> str:
        """What a base of zero means; "" for any other, and where a decision on the cap takes its place."""
        if self.base_fen == 0 and self.by_rule_fen == 0 and self.override is None:
            return f"{self.base_label}为 0 元，上限为 0 元：计入上限的奖补将全部核定为零。"
        return ""


NO_CAP = Cap(None, None, "", None, "", None, None, "该政策没有年度累计上限。")


def cap_of(account: YearAccount, awards: list[Award] | None = None) -> Cap:
    """The cap of the account as it stands now; awards: those of `awards_of` where they were read already.

    The figures are those of the newest revision among the awards that take part in a settlement, as there; without
    any, those of the newest file.
    """
    awards = awards_of(account) if awards is None else awards
    revision = (
        max(awards, key=lambda award: (award.revision.filed_at, award.pk)).revision
        if awards
        else newest_revision(account)
    )
    if revision is None:
        raise Invalid("该账户没有已提交的申报。")
    try:
        policy = governing_policy(awards) if awards else policy_of(revision)
    except DomainError as fault:
        return Cap(None, None, "", None, "", None, None, fault.message)
    rule = compiled(policy).total_cap
    if rule is None:
        return NO_CAP
    checked = {key: row for key, row in checked_figures(account).items() if key in cap_keys(policy)}
    figures = dict(revision.figures) | {key: row.value for key, row in checked.items()}
    return _cap(policy, rule, figures, checked, active_override(account))


def _cap(
    policy: PolicyDefinition,
    rule: CompiledCap,
    figures: dict[str, Any],
    checked: dict[str, CheckedFigure],
    override: CapOverride | None,
) -> Cap:
    base_key, label = rule.base.key.removeprefix("Y."), rule.base.label
    base = _fen(figures.get(base_key))
    flags = {rule.lifted_if.key: figures.get(rule.lifted_if.key.removeprefix("Y."))} if rule.lifted_if else {}
    kind = str(figures.get("kind", "enterprise"))
    why, missing = "", False
    by_rule: int | None = None
    if kind not in rule.binds:
        why = "申报主体不是企业（协会、商会、联盟），不适用年度累计上限。"
    elif not cap_applies(compiled(policy), kind, flags):
        why = f"{rule.lifted_if.label if rule.lifted_if else ''}，不适用年度累计上限。"
    elif base is None:
        why, missing = f"缺少“{label}”，不能计算年度累计上限，请先录入核对的数据。", True
    else:
        by_rule = base * rule.factor // rule.denominator
    now = by_rule if override is None else override.cap_fen
    return Cap(
        by_rule_fen=by_rule,
        now_fen=None if why and not missing else now,
        base_label=label,
        base_fen=base,
        rate=rule.written,
        checked=checked.get(base_key),
        override=override,
        why_none=why,
        is_missing=missing,
        quote=rule.quote,
    )


def _fen(value: Any) -> int | None:
    try:
        return parse_yuan(value)
    except MoneyError:
        return None
