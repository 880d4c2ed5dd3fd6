"""The lints over what is not published yet: a draft beside the newest drafts of its document, or beside those drafts
that are to be published with it. :mod:`.lint` judges one version beside what is published, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

from policies.enums import VersionState
from policies.lint import LintFault
from policies.models import ClauseVersion, Document, PolicyRules
from policies.places import CLAUSE_PATH, RULES, Stand, located, place_of
from policies.queries.lint import DocumentLint, Version, covers, document_of
from policies.queries.versions import composed, governing_days


class Standing:
    """What stands in a document on a day: of these drafts the newest whose time it is, else what is published."""

    def __init__(self, document: Document, drafts: Collection[Version], *, nearest: bool = False) -> None:
        """`nearest`: on a day without rules the nearest ones are taken, so that what is written first can be judged."""
        self.document = document
        self.drafts = sorted(drafts, key=lambda draft: draft.number)
        self.nearest = nearest

    @classmethod
    def newest(cls, document: Document) -> Standing:
        """What the drafts of a document would make of it."""
        clauses = ClauseVersion.objects.filter(clause__document=document, state=VersionState.DRAFT)
        rules = PolicyRules.objects.filter(document=document, state=VersionState.DRAFT)
        return cls(document, [*rules, *clauses.select_related("clause__document")], nearest=True)

    @cached_property
    def _published(self) -> list[Version]:
        clauses = ClauseVersion.objects.filter(clause__document=self.document, state=VersionState.PUBLISHED)
        rules = PolicyRules.objects.filter(document=self.document, state=VersionState.PUBLISHED)
        return [*rules.order_by("number"), *clauses.select_related("clause__document").order_by("number")]

    def all(self) -> list[Version]:
        """Every published version, then every draft: rules before clauses, each by number."""
        return [*self._published, *self.drafts]

    def rules_on(self, day: dt.date) -> PolicyRules | None:
        """The rules of a day; None where there are none."""
        rules = [one for one in self.all() if isinstance(one, PolicyRules)]
        found = [one for one in rules if covers(one, day)] or (rules if self.nearest else [])
        return found[-1] if found else None

    def on(self, day: dt.date) -> Stand:
        """The rules and the clauses that pay money, in printed order."""
        found: dict[str, Version] = {}
        for one in self.all():
            if isinstance(one, ClauseVersion) and one.clause.is_monetary and covers(one, day):
                found[place_of(one)] = one
        clauses = sorted(found.items(), key=lambda item: item[1].clause.order)  # type: ignore[union-attr]
        rules = self.rules_on(day)
        return {**({RULES: rules} if rules else {}), **dict(clauses)}


def lint_beside(version: Version, standing: Standing, *, compiled: bool = True) -> list[LintFault]:
    """Every fault of the policy with this version in its place, each with its place in words and its address.

    The years are those that the version governs, as in `lint_version`. compiled: see `lint_policy`.
    """
    lint = _Beside(document_of(version), standing, compiled=compiled)
    faults = lint.itself(version)
    if isinstance(version, PolicyRules) or version.clause.is_monetary:
        faults += lint.years(lint.years_of(version), complete=False, draft=version)
        faults += lint.members_without_clause(version)
    return list(dict.fromkeys(located(fault, lint.document, lint.stand_of(fault)) for fault in faults))


def located_together(faults: Iterable[LintFault], document: Document, chosen: Collection[Version]) -> list[LintFault]:
    """Faults of a publication with their places; `chosen`: what is published together. Those that have one keep it.

    A clause is told beside the rules that will be in force in the first year that it governs.
    """
    standing, day_of = Standing(document, chosen), governing_days(document)
    everything: dict[str, Version] = {place_of(version): version for version in standing.all()}

    def stand_of(path: str) -> Stand:
        found = CLAUSE_PATH.fullmatch(path)
        version = everything.get(found[1]) if found else None
        if version is None:
            return everything
        day = max(version.valid_from, day_of(version.valid_from.year))
        rules = standing.rules_on(day if covers(version, day) else version.valid_from)
        return {**everything, RULES: rules} if rules else {k: one for k, one in everything.items() if k != RULES}

    return [fault if fault.where or fault.link else located(fault, document, stand_of(fault.path)) for fault in faults]


class _Beside(DocumentLint):
    def __init__(self, document: Document, standing: Standing, *, compiled: bool) -> None:
        super().__init__(document, compiled=compiled)
        self.standing = standing
        self._stands: dict[LintFault, Stand] = {}
        self._last: Stand = {}
        self._present: set[str] = set()

    def _judged(self, raw: dict[str, Any], governs: dict[str, list[int]], *, complete: bool) -> list[LintFault]:
        faults = super()._judged(raw, governs, complete=complete)
        for fault in faults:
            self._stands.setdefault(fault, self._last)
        return faults

    def stand_of(self, fault: LintFault) -> Stand:
        """What stood in the document when a fault was found."""
        return self._stands.get(fault, self._last)

    def _composed(self, year: int, draft: Version | None) -> tuple[dict[str, Any], dict[str, list[int]]]:
        day = self.day_of(year)
        if draft is not None and not covers(draft, day):
            day = draft.valid_from
        stand = dict(self.standing.on(day))
        if draft is not None:
            stand[place_of(draft)] = draft
        rules = stand.get(RULES)
        clauses = {key: one for key, one in stand.items() if isinstance(one, ClauseVersion)}
        in_order = dict(sorted(clauses.items(), key=lambda item: item[1].clause.order))
        self._last = stand
        self._present |= set(in_order)
        common = rules.definition if rules and isinstance(rules.definition, dict) else {"year_facts": []}
        raw = composed(self.document, year, common, {key: one.definition for key, one in in_order.items()})
        return raw, {key: self.years_of(one) for key, one in in_order.items()}

    def members_without_clause(self, version: Version) -> list[LintFault]:
        """Members of the groups of these rules that stand in no year: such a group is computed without them."""
        groups = version.definition.get("groups") if isinstance(version, PolicyRules) else None
        found = []
        for group in groups if isinstance(groups, list) else []:
            members = group.get("clauses") if isinstance(group, dict) else None
            lacking = [str(one) for one in members if one not in self._present] if isinstance(members, list) else []
            if lacking:
                found.append(
                    LintFault(
                        f'groups["{group.get("name")}"].clauses',
                        f"条款组列有条款 {'、'.join(lacking)}，在本规则的年度里没有它的有效版本，暂不起作用。",
                        "请起草这一条款并与通用规则一并发布，或从组中去掉。",
                        "warning",
                        "clauses",
                    )
                )
        return found
