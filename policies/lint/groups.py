"""Groups of clauses of one type: disjoint, of known clauses, and either all inside the total cap or all outside."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.lint.faults import LintFault, entries, field, text_of


def group_faults(policy: Mapping[str, Any]) -> Iterator[LintFault]:
    """Faults of the groups of a policy."""
    clauses = {text_of(clause, "id"): clause for _, clause in entries(policy, "clauses")}
    owner: dict[str, str] = {}
    names: set[str] = set()
    for path, group in entries(policy, "groups"):
        name = text_of(group, "name")
        if name and name in names:
            yield LintFault(field(path, "name"), f"前面已有名为「{name}」的条款组。", "请取不同的名称，或合并两个组。")
        names.add(name)
        members = group.get("clauses")
        known: list[str] = []
        for index, member in enumerate(members if isinstance(members, list) else []):
            place = f"{field(path, 'clauses')}[{index}]"
            if not isinstance(member, str):
                continue
            if member not in clauses:
                yield LintFault(
                    place,
                    f"条款组「{name}」列有不存在的资金条款「{member}」。",
                    "请从组中去掉，或先起草该条款。",
                    against="clauses",
                )
                continue
            if member in owner:
                yield LintFault(
                    place,
                    f"条款 {member} 已在条款组「{owner[member]}」中，各组之间不能重叠。",
                    "一个条款只能列在一个组中，请去掉多余的一处。",
                )
            owner.setdefault(member, name)
            known.append(member)
        if isinstance(members, list) and len(members) == 1 and known:
            yield LintFault(
                field(path, "clauses"),
                f"条款组「{name}」只有一个条款（{known[0]}），没有可以比较的，这个组不起作用。",
                "请补上同类型的其他条款，或删去这个组。",
                "warning",
            )
        yield from _mixed(path, name, known, clauses)


def _mixed(path: str, name: str, members: list[str], clauses: Mapping[str, Mapping[str, Any]]) -> Iterator[LintFault]:
    outside = [member for member in members if clauses[member].get("exempt") is not None]
    if 0 < len(outside) < len(members):
        inside = [member for member in members if member not in outside]
        yield LintFault(
            field(path, "clauses"),
            f"条款组「{name}」混合了不受累计上限约束的条款（{'、'.join(outside)}）和受约束的条款（{'、'.join(inside)}），"
            "就高选择时无法判断是否计入上限。",
            "请把两类条款分在不同的组中。",
            against="clauses",
        )
