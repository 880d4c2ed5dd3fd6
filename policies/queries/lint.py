"""The lints over what the database holds: a draft version in its place, or policy years as they are published."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from typing import Any

from accounts.unit_names import known_unit_names
from common.canonical import canonical_json
from policies.enums import VersionState
from policies.lint import LintFault, lint_policy, lint_printed
from policies.lint.text import printed_text
from policies.models import ClauseVersion, Document, PolicyRules, UnitGroup
from policies.queries.versions import composed, governing_days

Version = ClauseVersion | PolicyRules

_RULES = {"year_facts", "total_cap", "groups"}


def document_of(version: Version) -> Document:
    """The document that a version belongs to."""
    return version.clause.document if isinstance(version, ClauseVersion) else version.document


def source_text(document: Document) -> str:
    """The normalised text of a document, rebuilt from its nodes; a lint compares its SHA-256 with the pinned one."""
    return printed_text(document.nodes.order_by("order").values_list("kind", "text"))


def lint_version(version: Version) -> list[LintFault]:
    """Every fault of the policy with this version in its place, for each policy year that it governs.

    A version that governs no year is judged with the versions of its first day. Figures of the year may wait for the
    clauses that read them.
    """
    lint = DocumentLint(document_of(version))
    faults = lint.itself(version)
    if isinstance(version, PolicyRules) or version.clause.is_monetary:
        faults += lint.years(lint.years_of(version), complete=False, draft=version)
    return list(dict.fromkeys(faults))


def lint_published(document: Document, versions: Collection[Version]) -> list[LintFault]:
    """Every fault of the policy in the years of these published versions, and of what they print."""
    lint = DocumentLint(document)
    faults = [fault for version in versions for fault in lint.itself(version)]
    governed: set[int] = set()
    for version in versions:
        if isinstance(version, ClauseVersion) and not version.clause.is_monetary:
            continue
        years = lint.years_of(version)
        if any(covers(version, lint.day_of(year)) for year in years):
            governed |= set(years)
        else:  # it governs no year: judged as if it did
            faults += lint.years(years, complete=False, draft=version)
    return list(dict.fromkeys(faults + lint.years(sorted(governed), complete=False)))


def lint_without(document: Document, left: Collection[Version]) -> list[LintFault]:
    """What is wrong with the years of versions that are in force no more: clauses without rules across clauses, and
    faults of what remains. `left`: the versions with the validity that they had; the database is without them.
    """
    lint = DocumentLint(document)
    years = sorted({year for version in left for year in lint.years_of(version)})
    bare: list[tuple[int, list[str]]] = []
    whole: list[int] = []
    for year in years:
        clauses, rules = lint.in_force(year)
        if clauses and not rules:
            bare.append((year, clauses))
        elif clauses:
            whole.append(year)
    faults = lint.years(whole, complete=False)
    return [_without_rules([year for year, _ in bare], bare[0][1]), *faults] if bare else faults


def _without_rules(years: Sequence[int], clauses: Sequence[str]) -> LintFault:
    named = "、".join(clauses[:5]) + (f" 等 {len(clauses)} 个" if len(clauses) > 5 else "")
    return LintFault(
        "rules",
        f"{'、'.join(map(str, years))} 年度将没有通用规则，而条款 {named} 仍然有效：不能申报，也不能核算。",
        "请一并发布新的通用规则，或一并停用、终止这些条款。",
    )


def lint_year(document: Document, policy_year: int) -> list[LintFault]:
    """Every fault of a policy as its published versions govern a year, and of what their clauses print."""
    lint = DocumentLint(document)
    published = ClauseVersion.objects.in_force_on(lint.day_of(policy_year)).filter(clause__document=document)
    versions = published.select_related("clause").order_by("clause__order")
    faults = [fault for version in versions for fault in lint.itself(version)]
    return list(dict.fromkeys(faults + lint.years([policy_year], complete=True)))


def covers(version: Version, day: dt.date) -> bool:
    """Whether a day lies in the validity of a version."""
    return version.valid_from <= day and (version.valid_to is None or day <= version.valid_to)


class DocumentLint:
    """What all questions about one document share; read once."""

    def __init__(self, document: Document, *, compiled: bool = True) -> None:
        """`compiled`: see `lint_policy`."""
        self.document = document
        self.compiled = compiled
        self.text = source_text(document)

    @cached_property
    def _units(self) -> set[str]:
        return {*known_unit_names(), *UnitGroup.objects.values_list("printed", flat=True)}

    @cached_property
    def day_of(self) -> Callable[[int], dt.date]:
        """The governing day of a policy year."""
        return governing_days(self.document)

    def years_of(self, version: Version) -> list[int]:
        """The policy years that a version governs, within the validity of its document."""
        ends = [day for day in (version.valid_to, self.document.valid_to) if day]
        last = max(version.valid_from, min(ends, default=version.valid_from.replace(month=12, day=31)))
        touched = range(version.valid_from.year, min(last.year, version.valid_from.year + 200) + 1)
        return [year for year in touched if version.valid_from <= self.day_of(year) <= last] or list(touched)

    def in_force(self, year: int) -> tuple[list[str], bool]:
        """The clauses that pay money and govern a year, in printed order, and whether rules do."""
        day = self.day_of(year)
        clauses = ClauseVersion.objects.in_force_on(day).filter(
            clause__document=self.document, clause__is_monetary=True
        )
        rules = PolicyRules.objects.filter(document=self.document, state=VersionState.PUBLISHED, valid_from__lte=day)
        found = list(clauses.order_by("clause__order").values_list("clause__clause_id", flat=True))
        return found, rules.exclude(valid_to__lt=day).exists()

    def years(self, years: Iterable[int], *, complete: bool, draft: Version | None = None) -> list[LintFault]:
        """Faults of the policy in these years; years with the same definitions are judged once."""
        faults: list[LintFault] = []
        seen: set[str] = set()
        for year in years:
            raw, governs = self._composed(year, draft)
            content = canonical_json([raw, governs])
            if content not in seen:
                seen.add(content)
                faults += self._judged(raw, governs, complete=complete)
        return faults

    def _judged(self, raw: dict[str, Any], governs: dict[str, list[int]], *, complete: bool) -> list[LintFault]:
        return lint_policy(raw, self.text, complete=complete, compiled=self.compiled, years=governs)

    def _composed(self, year: int, draft: Version | None) -> tuple[dict[str, Any], dict[str, list[int]]]:
        """The definition that governs a year, with the draft in its place, and the years that each clause governs."""
        day = self.day_of(year)
        if draft is not None and not covers(draft, day):
            day = draft.valid_from
        published = ClauseVersion.objects.in_force_on(day).filter(
            clause__document=self.document, clause__is_monetary=True
        )
        versions = {one.clause.clause_id: one for one in published.select_related("clause")}
        rules: Any = (
            PolicyRules.objects.filter(document=self.document, state=VersionState.PUBLISHED, valid_from__lte=day)
            .exclude(valid_to__lt=day)
            .values_list("definition", flat=True)
            .first()
        )
        if isinstance(draft, ClauseVersion):
            versions[draft.clause.clause_id] = draft
        elif draft is not None:
            rules = draft.definition
        common = rules if isinstance(rules, dict) else {"year_facts": []}
        in_order = sorted(versions.items(), key=lambda item: item[1].clause.order)
        raw = composed(self.document, year, common, {key: one.definition for key, one in in_order})
        return raw, {key: self.years_of(one) for key, one in in_order}

    def itself(self, version: Version) -> list[LintFault]:
        """Faults of what a clause's version prints, or of fields that the rules of a document do not have."""
        if isinstance(version, ClauseVersion):
            return self._printed(version)
        definition: dict[str, Any] = version.definition if isinstance(version.definition, dict) else {}
        return [
            LintFault(
                name,
                "通用规则中有系统不认识的内容。",
                "请清空；通用规则只有年度数据、累计奖补上限和同类型条款组。",
            )
            for name in sorted(set(definition) - _RULES)
        ]

    def _printed(self, version: ClauseVersion) -> list[LintFault]:
        definition: dict[str, Any] = version.definition if isinstance(version.definition, dict) else {}
        quota = None if version.clause.is_monetary else definition.get("quota")
        faults = lint_printed(version.quote, version.bracket, self.text, self._units, quota)
        if version.source_sha256 != self.document.source_sha256:
            faults.append(
                LintFault(
                    "source_sha256",
                    "本版本依据的原文校验值与文件现行原文不同，引文可能已经失效。",
                    "请对照现行原文重新核对引文，另存为新的草稿。",
                )
            )
        same = (("id", version.clause.clause_id, "条款编号"), ("sentence", version.quote, "条款的原文句子"))
        faults += [
            LintFault(name, f"定义中的{what}与条款版本所记的「{wanted}」不同。", "请改为一致。")
            for name, wanted, what in same
            if definition.get(name) != wanted
        ]
        return [fault.below(f'clauses["{version.clause.clause_id}"]') for fault in faults]
