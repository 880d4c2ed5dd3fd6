"""Every place of a definition that a change document may name, found by walking the schema.

Nothing here knows a clause: a number is a place because it is a cited number, it may be taken away because the schema
lets it be None, an item of a list because the list may be shorter. What a place is called stands in :func:`_label`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from common.money import parse_yuan
from policies.rules import schema as s
from policies.rules.wording import quoted, told

#: "part": a whole condition, tier or block that can only be taken away (null); "flag": true or false; "text": a
#: setting without a list of values (its pattern is the schema's).
Kind = Literal["money", "rate", "times", "count", "flag", "part", "clauses", "choice", "text"]
Way = tuple[str | int, ...]

_CITED: dict[type, Kind] = {s.CitedMoney: "money", s.CitedRate: "rate", s.CitedTimes: "times", s.CitedCount: "count"}
#: Of these fields a model has exactly one; only the one that is there is a place.
_EITHER: dict[type, frozenset[str]] = {s.Tier: frozenset({"rate", "amount"})}

_LABELS: dict[tuple[type, str], str] = {
    (s.Fixed, "amount"): "定额",
    (s.Rate, "rate"): "补贴比例",
    (s.External, "times"): "加计倍数",
    (s.Tier, "at_least"): "起点",
    (s.Tier, "rate"): "比例",
    (s.Tier, "amount"): "定额",
    (s.Discretion, "floor"): "裁量下限",
    (s.Discretion, "ceiling"): "裁量上限",
    (s.LoanInterest, "share"): "贴息比例",
    (s.Rows, "row_cap"): "单项上限",
    (s.Quota, "target"): "目标数量",
    (s.ClauseDefinition, "exempt"): "不计入累计奖补上限",
    (s.TotalCap, "rate"): "累计奖补上限比例",
}
#: Items of these lists are counted: 第2档起点.
_COUNTED: dict[tuple[type, str], str] = {(s.Step, "tiers"): "档", (s.Sum, "parts"): "部分"}
_FALLBACK: dict[Kind, str] = {"money": "金额", "rate": "比例", "times": "倍数", "count": "数量"}

#: A part that has not been taken away, and one that has.
IN_FORCE, TAKEN_AWAY = "适用", "取消"

#: Values of settings as people read them.
SETTING_WORDS: dict[str, dict[Any, str]] = {
    "day_count": {360: "一年按360天", 365: "一年按365天"},
    "lpr_pick": {"daily": "逐日采用当日最近一次公布的利率", "drawn_on": "整笔采用放款日的利率"},
    "loan_cap": {True: "是", False: "否"},
    "extra_cap": {"extra": "只限制加计部分", "total": "限制加计部分与后补助的合计"},
    "external_award": {"block": "本政策同类型条款不再兑现", "difference": "补足差额"},
    "cap_allocation": {"pro_rata": "按金额同比例扣减", "clause_order": "按条款次序扣减"},
}

#: Settings that the computation of an amount never reads: which years the policy governs, and how an award that is
#: computed is split between two budgets. What is not here changes an amount of some document (proved by a test).
NO_AMOUNT = frozenset({"governing_day", "city_share"})


@dataclass(frozen=True, slots=True)
class Adjustable:
    """One place of a definition that a change document may name."""

    #: A clause's id, or "groups", "total_cap", "settings".
    section: str
    #: The key inside the section: ``award.rate``, ``conditions[0].value``, ``研发投入``, ``day_count``.
    key: str
    #: What it is, for people: 补贴比例, 单项上限, 条件“年度营业收入达到20亿元以上”.
    label: str
    kind: Kind
    #: As a change document writes it: "15%", "20000000.00", 100, ["3.3.1"], 360, true; None where there is none now.
    value: Any
    #: Whether null takes it away.
    optional: bool
    #: The passage of the policy it is read from; empty where none says it.
    quote: str
    #: For kind "choice": every possible value, and each as people read it.
    options: tuple[Any, ...] = ()
    option_labels: tuple[str, ...] = ()
    #: The value as it is printed: 15%, 2,000 万元, 100 人, 无.
    shown: str = ""
    #: Measure word of a count: 人.
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An adjustable, and where it stands in the plain data of its clause."""

    adjustable: Adjustable
    way: Way
    #: What null takes away: the number itself, or the cap that is nothing without its number.
    removes: Way
    #: A share of something: no more than 100 %.
    share: bool = False
    #: Told by :func:`policies.rules.change.adjustable`; the others are other names for something told.
    listed: bool = True


def key_of(way: Way) -> str:
    """A way as the key of a change document: ``award.tiers[0].rate``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return text.removeprefix(".")


def printed(value: Any, kind: Kind, unit: str = "") -> str:
    """A value as people read it."""
    if value is None:
        return "无"
    if kind == "money":
        return told(parse_yuan(value))
    if kind == "clauses":
        return "、".join(value)
    if kind in ("flag", "part"):
        return "是" if value else "否"
    if kind == "count":
        return f"{value:,} {unit}".rstrip()
    return f"{value} 倍" if kind == "times" else str(value)


def literal_of(value: Any, kind: Kind, unit: str = "") -> str:
    """A value as the policy would print it: 1000万元."""
    return printed(value, kind, unit).replace(" ", "").replace(",", "")


# ------------------------------------------------------------------------------------------------- clauses


def clause_places(clause: s.ClauseDefinition) -> dict[str, Place]:
    """Every place of a clause by its key, in the order of the schema: conditions, award, cap, exempt, quota."""
    return {place.adjustable.key: place for place in _walk(clause.id, clause, (), "")}


def _walk(section: str, model: BaseModel, way: Way, lead: str) -> Iterator[Place]:
    """The places inside a model; ``lead`` stands before their labels (第2档)."""
    for name, field in type(model).model_fields.items():
        value, here = getattr(model, name), (*way, name)
        wanted = _alternatives(field)
        if name in _EITHER.get(type(model), ()):
            if value is not None:
                yield _number(section, model, name, value, here, here, lead, optional=False)
        elif isinstance(value, tuple):
            yield from _items(section, model, name, value, here, lead)
        elif type(value) in _CITED or (value is None and any(kind in _CITED for kind in wanted)):
            yield _number(section, model, name, value, here, here, lead, optional=NoneType in wanted)
        elif NoneType in wanted and s.Citation in wanted:
            yield _switch(section, model, name, value, here)
        elif NoneType in wanted and any(_is_model(kind) for kind in wanted):
            yield from _optional_model(section, name, value, next(filter(_is_model, wanted)), here, lead)
        elif isinstance(value, BaseModel):
            yield from _walk(section, value, here, lead)


def _alternatives(field: FieldInfo) -> tuple[Any, ...]:
    return get_args(field.annotation) or (field.annotation,)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _items(section: str, owner: BaseModel, name: str, items: tuple[Any, ...], way: Way, lead: str) -> Iterator[Place]:
    """A list of conditions, tiers or blocks: what is inside each, then the item as a whole where it may be missing."""
    least = next((rule.min_length for rule in type(owner).model_fields[name].metadata if isinstance(rule, MinLen)), 0)
    counted = _COUNTED.get((type(owner), name))
    for index, item in enumerate(items):
        if not isinstance(item, BaseModel) or isinstance(item, s.Column):
            continue
        here, mine = (*way, index), f"{lead}第{index + 1}{counted}" if counted else lead
        yield from _walk(section, item, here, mine)
        if len(items) > least:
            label = f"整个{mine}" if counted else f"整个条件{quoted(_told(item))}"
            quote = "" if counted else _quote_of(item)
            found = Adjustable(section, key_of(here), label, "part", True, True, quote, shown=IN_FORCE)
            yield Place(found, here, here)


def _told(condition: Any) -> str:
    label: str | None = getattr(condition, "label", None)
    return label or "；".join(_told(part) for part in condition.of)


def _quote_of(condition: Any) -> str:
    for name in ("quote", "value", "by", "of"):
        found = getattr(condition, name, None)
        if isinstance(found, str):
            return found
        if found is not None:
            return _quote_of(found[0] if isinstance(found, tuple) else found)
    return ""


def _number(
    section: str, owner: BaseModel, name: str, cited: Any, way: Way, removes: Way, lead: str, *, optional: bool
) -> Place:
    kinds = _alternatives(type(owner).model_fields[name])
    kind = _CITED[type(cited)] if cited is not None else next(_CITED[kind] for kind in kinds if kind in _CITED)
    unit = getattr(cited, "unit", "")
    value = None if cited is None else cited.value
    found = Adjustable(
        section,
        key_of(way),
        _label(owner, name, kind, lead),
        kind,
        value,
        optional,
        cited.quote if cited else "",
        shown=printed(value, kind, unit),
        unit=unit,
    )
    return Place(found, way, removes, share=kind == "rate" and not isinstance(owner, s.Growth))


def _label(owner: BaseModel, name: str, kind: Kind, lead: str) -> str:
    match owner:
        case s.Compare() | s.Growth():
            return f"条件{quoted(owner.label)}"
        case s.PerUnit():
            return f"{lead}每{owner.unit or _measure(owner.amount.quote)}标准"
        case s.Cap():
            return _CAP_LABELS[owner.scope]
    return lead + _LABELS.get((type(owner), name), _FALLBACK[kind])


def _measure(quote: str) -> str:
    """The measure word that a passage names (按照每家企业50万元的标准)."""
    found = re.search("每([家项人个台套名户件次])", quote)
    return found[1] if found else "项"


_CAP_LABELS = {"enterprise_year": "年度上限", "claim": "每次申报上限"}


def _switch(section: str, owner: BaseModel, name: str, value: s.Citation | None, way: Way) -> Place:
    on, label = value is not None, _LABELS[(type(owner), name)]
    quote = value.quote if value else ""
    return Place(Adjustable(section, key_of(way), label, "flag", on, False, quote, shown=printed(on, "flag")), way, way)


def _optional_model(section: str, name: str, value: Any, kind: Any, way: Way, lead: str) -> Iterator[Place]:
    """A cap or quota: nothing without its number, so null for the number takes it away, and a number brings it."""
    needed = [key for key, field in kind.model_fields.items() if field.is_required()]
    alone = len(needed) == 1 and kind.model_fields[needed[0]].annotation in _CITED
    if value is None:
        if alone:
            yield _number(section, kind.model_construct(), needed[0], None, (*way, needed[0]), way, lead, optional=True)
        yield Place(Adjustable(section, key_of(way), name, "part", None, True, ""), way, way, listed=False)
        return
    label = name
    if alone:
        place = _number(
            section, value, needed[0], getattr(value, needed[0]), (*way, needed[0]), way, lead, optional=True
        )
        label = place.adjustable.label
        yield place
    else:
        yield from _walk(section, value, way, lead)
    whole = Adjustable(section, key_of(way), label, "part", True, True, "", shown=IN_FORCE)
    yield Place(whole, way, way, listed=not alone)


# ------------------------------------------------------------------------------------------ across clauses


def groups(policy: s.PolicyDefinition) -> Iterator[Adjustable]:
    """The groups, each with its clauses."""
    for group in policy.groups:
        value = list(group.clauses)
        shown = printed(value, "clauses")
        yield Adjustable(
            "groups", group.name, group_label(group.name), "clauses", value, True, group.quote, shown=shown
        )


def group_label(name: str) -> str:
    """What a group is called."""
    return f"同类型{quoted(name)}"


def total_cap(policy: s.PolicyDefinition) -> Place | None:
    """The rate of the cap on the sum; null takes the cap away. None where the policy has no such cap."""
    if policy.total_cap is None:
        return None
    return _number("total_cap", policy.total_cap, "rate", policy.total_cap.rate, ("rate",), (), "", optional=True)


def settings(policy: s.PolicyDefinition) -> Iterator[Adjustable]:
    """The open points that change an amount, each with its possible values."""
    for key in s.Settings.model_fields:
        if key in NO_AMOUNT:
            continue
        setting = getattr(policy.settings, key)
        options = _options(type(setting).model_fields["value"].annotation)
        yield Adjustable(
            "settings",
            key,
            setting.label,
            "choice" if options else "text",
            setting.value,
            False,
            "",
            options=options,
            option_labels=tuple(setting_words(key, option) for option in options),
            shown=setting_words(key, setting.value),
        )


def _options(kind: Any) -> tuple[Any, ...]:
    if kind is bool:
        return True, False
    return get_args(kind) if get_origin(kind) is Literal else ()


def setting_words(key: str, value: Any) -> str:
    """The value of a setting as people read it."""
    return SETTING_WORDS.get(key, {}).get(value, str(value))
