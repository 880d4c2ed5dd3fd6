"""Two states of a clause or of the rules beside each other: what is printed, and what the system does with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Literal

from django.db.models import QuerySet

from policies.drafts import ClauseContent, Content, RulesContent, content_of
from policies.enums import VersionState
from policies.explain import explain
from policies.lint.brackets import ROLE_LABELS, BracketError, parse_bracket
from policies.models import ClauseVersion, Document, PolicyRules
from policies.queries.comparison import day_words, marked, valid_cap, valid_clause, valid_facts, valid_groups
from policies.queries.versions import groups_of
from policies.rules.schema import FactDecl

State = Literal["same", "changed", "added", "removed"]
Version = ClauseVersion | PolicyRules
Pieces = list[tuple[str, bool]]

_TYPES = {"money": "金额", "count": "数量", "date": "日期", "flag": "是否", "choice": "选项", "text": "文字"}
_UNREADABLE = "定义尚有错误，暂时不能写成文字；请看下面列出的差异。"


@dataclass(frozen=True)
class Row:
    """One line on both sides; a side is empty where the line stands on the other one only."""

    state: State
    before: Pieces
    after: Pieces


@dataclass(frozen=True)
class Part:
    """A part of a clause or of rules: printed sentence, units, conditions, amount …"""

    title: str
    rows: list[Row] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether any line of it differs."""
        return any(row.state != "same" for row in self.rows)


def side_by_side(before: Content | None, after: Content, labels: Mapping[str, str]) -> list[Part]:
    """Both states part by part, lines that belong together in one row; `labels`: figures of the year by key.

    before: None where nothing is in force yet. Parts that are empty on both sides are left out.
    """
    old = _lines(before, labels) if before is not None else {}
    new = _lines(after, labels)
    parts = [Part(title, aligned(old.get(title, []), new.get(title, []))) for title in {**new, **old}]
    return [part for part in parts if part.rows]


def aligned(before: list[str], after: list[str]) -> list[Row]:
    """Two lists of lines in rows: the same line in one row, a replaced one beside what replaces it."""
    rows: list[Row] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for first, second in zip_longest(before[a:b], after[c:d]):
            if tag == "equal":
                rows.append(Row("same", [(first, False)], [(second, False)]))
            elif first is None:
                rows.append(Row("added", [], [(second, True)]))
            elif second is None:
                rows.append(Row("removed", [(first, True)], []))
            else:
                rows.append(Row("changed", *marked(first, second)))
    return rows


def year_labels(document: Document) -> dict[str, str]:
    """The labels of a document's figures of the year by key; the newest rules that name one count."""
    labels: dict[str, str] = {}
    for rules in document.rules.exclude(state=VersionState.DISCARDED).order_by("number"):
        labels |= {fact.key: fact.label for fact in valid_facts(rules.definition) or ()}
    return labels


def compared_content(version: ClauseVersion | PolicyRules) -> Content:
    """What a version says, for setting it beside another: rules with the groups that stand in rows of their own."""
    content = content_of(version)
    if not isinstance(version, PolicyRules) or not isinstance(content, RulesContent):
        return content
    if isinstance(content.definition.get("groups"), list):
        return content
    present = set(version.document.clauses.values_list("clause_id", flat=True))
    groups = groups_of(version.document, content.definition, present)
    return replace(content, definition={**content.definition, "groups": groups})


def compared_with(version: Version) -> Version | None:
    """What a version is compared with unless somebody chooses: the published one that is in force on its first day, or
    the last one before it; None where there is none."""
    others = _owned(version).filter(state=VersionState.PUBLISHED).exclude(pk=version.pk)
    return others.filter(valid_from__lte=version.valid_from).order_by("-valid_from").first() or others.first()


def versions_beside(version: Version) -> list[Version]:
    """Every other version of the same owner, the newest first."""
    return list(_owned(version).exclude(pk=version.pk).order_by("-number"))


def _owned(version: Version) -> QuerySet[Any]:
    if isinstance(version, ClauseVersion):
        return ClauseVersion.objects.filter(clause=version.clause_id)
    return PolicyRules.objects.filter(document=version.document_id)


def _lines(content: Content, labels: Mapping[str, str]) -> dict[str, list[str]]:
    days = {"有效期": [f"{day_words(content.valid_from)} 至 {day_words(content.valid_to) or '另行通知'}"]}
    return {**(_rules(content) if isinstance(content, RulesContent) else _clause(content, labels)), **days}


def _clause(content: ClauseContent, labels: Mapping[str, str]) -> dict[str, list[str]]:
    found = {"原文": [content.quote], "单位": _unit_lines(content.bracket)}
    clause = valid_clause(content.definition)
    if clause is not None:
        said = explain(clause, labels)
        found |= {
            "名称": [clause.title],
            "填报项": [_fact_line(fact) for fact in clause.facts],
            "条件": [line.text for line in said.conditions],
            "金额": [line.text for line in said.amount],
            "限额": [line.text for line in said.limits],
            "未量化的表述": list(clause.untranslated),
        }
    elif "award" in content.definition:
        found["系统处理"] = [_UNREADABLE]
    else:
        found |= {"名称": [str(content.definition.get("title", ""))], "系统处理": ["不计算金额。"]}
    found["申报材料"] = [
        f"{one.get('label') or one.get('key')}{'' if one.get('required') else '（可以不提供）'}"
        for one in content.evidence
    ]
    return found


def _fact_line(fact: FactDecl) -> str:
    if fact.columns:
        return f"「{fact.label}」：明细表，{'、'.join(column.label for column in fact.columns)}"
    return f"「{fact.label}」：{_TYPES[fact.type]}"


def _unit_lines(bracket: str) -> list[str]:
    try:
        read = parse_bracket(bracket)
    except BracketError:
        return [bracket] if bracket else []
    return [f"{label}：{'、'.join(names)}" for label, role in ROLE_LABELS.items() if (names := getattr(read, role))]


def _rules(content: RulesContent) -> dict[str, list[str]]:
    facts, groups = valid_facts(content.definition), valid_groups(content.definition)
    cap = valid_cap(content.definition)
    if facts is None or groups is None or (cap is None and content.definition.get("total_cap")):
        return {"系统处理": [_UNREADABLE]}
    labels = {f"Y.{fact.key}": fact.label for fact in facts}
    limits = []
    if cap is not None:
        limits.append(f"一年内累计奖补不超过「{labels.get(cap.base, cap.base)}」的 {cap.rate.literal}。")
        if cap.lifted_if:
            limits.append(f"「{labels.get(cap.lifted_if, cap.lifted_if)}」为“是”的不受此限。")
        limits.append(f"适用于{'、'.join({'enterprise': '企业', 'association': '协会'}[one] for one in cap.binds)}。")
    return {
        "年度数据": [f"「{fact.label}」：{_TYPES[fact.type]}" for fact in facts],
        "累计上限": limits or ["没有累计上限。"],
        "同类型条款组": [f"「{group.name}」：{'、'.join(group.clauses)}，只享受其中一项。" for group in groups],
    }
