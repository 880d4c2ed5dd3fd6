"""What the editor of a draft reads beside it: what its references may name, what the lints say of it, in sentences.

Everything answers for a content that is not stored: the form as it stands on somebody's screen.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accounts.models import Unit
from policies.blocks.choices import Around
from policies.blocks.read import declared
from policies.blocks.say import Said, fills, say
from policies.blocks.say_rules import say_rules
from policies.blocks.wording import PAGE
from policies.drafts import ClauseContent, RulesContent
from policies.enums import VersionState
from policies.lint import LintFault, lint_clause, lint_printed
from policies.lint.brackets import ROLE_LABELS, BracketError, find_brackets, parse_bracket
from policies.lint.search import governed_years
from policies.models import ClauseVersion, Document, PolicyRules, PolicySetting, ReferenceSeries, UnitGroup
from policies.places import Stand, called_version, form_place, place_of, with_against
from policies.queries.editing import text_around
from policies.queries.lint import source_text
from policies.queries.lint_beside import Standing, lint_beside
from policies.queries.versions import composed, governing_day, groups_of

#: More years than any policy governs at a time: a version without an end is judged for its first ones.
_YEARS = 12


@dataclass(frozen=True)
class Placed:
    """One fault at a field of the form; an empty path: of none."""

    path: str
    message: str
    mend: str = ""
    refuses: bool = True
    #: The field in the words of the form.
    where: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong and what mends it."""
        return self.message + self.mend

    @property
    def told(self) -> str:
        """The sentence behind its place, for a list of faults."""
        return f"{self.where}：{self.sentence}" if self.where else self.sentence


@dataclass
class Judgement:
    """What is to be said of a content: faults at its fields, faults elsewhere in the document, sentences, readings."""

    faults: list[Placed] = field(default_factory=list)
    #: Faults of other clauses or of the rules with this content in its place.
    elsewhere: list[LintFault] = field(default_factory=list)
    said: Said = field(default_factory=Said)
    #: Beside which other versions it was judged, named.
    against: str = ""
    #: What may be filled in: path of the field → text.
    fills: dict[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> list[Placed]:
        """The faults that refuse the content."""
        return [fault for fault in self.faults if fault.refuses]

    @property
    def warnings(self) -> list[Placed]:
        """The faults that are told and refuse nothing."""
        return [fault for fault in self.faults if not fault.refuses]

    def by_path(self) -> dict[str, list[Placed]]:
        """The faults by field."""
        found: dict[str, list[Placed]] = {}
        for fault in self.faults:
            found.setdefault(fault.path, []).append(fault)
        return found


@dataclass(frozen=True)
class UnitRead:
    """A name in the bracket: the unit it is, the group and how that resolves, or nothing that is registered."""

    name: str
    note: str
    known: bool


class Desk:
    """A document as the editor of one of its drafts reads it; everything once."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def text(self) -> str:
        """The normalised text that quotations stand in."""
        return source_text(self.document)

    @cached_property
    def standing(self) -> Standing:
        """What the newest drafts of the document would make of it: a draft is judged beside them."""
        return Standing.newest(self.document)

    def rules_version(self, day: dt.date) -> PolicyRules | None:
        """The rules of a day, drafts before published ones, the nearest where none is in force; None without any."""
        return self.standing.rules_on(day)

    def rules_on(self, day: dt.date) -> dict[str, Any]:
        """The definition of the rules of a day."""
        found = self.rules_version(day)
        definition = found.definition if found is not None else None
        return definition if isinstance(definition, dict) else {"year_facts": []}

    def around(self, rules: Mapping[str, Any]) -> Around:
        """What a definition beside these rules may name."""
        return Around(
            year_facts=declared(rules, "year_facts"),
            evidence={key: str(entry.get("label", key)) for key, entry in self.document.evidence.items()},
            clauses=dict(self._clauses),
            series=dict(ReferenceSeries.objects.values_list("key", "label")),
        )

    @property
    def called_clauses(self) -> dict[str, str]:
        """The clauses that pay money: number → number and name."""
        return dict(self._clauses)

    @cached_property
    def _clauses(self) -> list[tuple[str, str]]:
        clauses = self.document.clauses.filter(is_monetary=True).order_by("order")
        return [(clause_id, f"{clause_id} {title}") for clause_id, title in clauses.values_list("clause_id", "title")]

    @cached_property
    def units(self) -> dict[str, str]:
        """Every name that a bracket may print, and what it means."""
        groups = {group.printed: str(group.get_resolution_display()) for group in UnitGroup.objects.all()}
        return {**dict.fromkeys(Unit.objects.values_list("name", flat=True), ""), **groups}

    def read_units(self, bracket: str) -> tuple[list[tuple[str, list[UnitRead]]], str]:
        """(units by role in printed order, what keeps the bracket from being read)."""
        try:
            read = parse_bracket(bracket)
        except BracketError as error:
            return [], str(error)
        found = []
        for label, role in ROLE_LABELS.items():
            names: Sequence[str] = getattr(read, role)
            if names:
                found.append((label, [UnitRead(n, self.units.get(n, "没有登记"), n in self.units) for n in names]))
        return found, ""

    # ------------------------------------------------------------------------------------------- clauses

    def clause(self, version: ClauseVersion, content: ClauseContent) -> Judgement:
        """What is to be said of a clause's content, field by field; the rest of the document is not judged."""
        clause, definition = version.clause, content.definition
        quota = None if clause.is_monetary else definition.get("quota")
        told = lint_printed(content.quote, content.bracket, self.text, self.units, quota)
        judgement = Judgement()
        if content.quote and content.quote not in clause.node.plain:
            mend = "请在原文中标记，或到“正文”核对条款所在的位置。"
            wrong = f"这句话不在第 {clause.node.ref} 条条文中。"
            judgement.faults.append(Placed("sentence.quote", wrong, mend, where=PAGE["sentence"]))
            told = [fault for fault in told if fault.path != "sentence"]
        if clause.is_monetary:
            for years, head in self._heads(content):
                told += [one for one in lint_clause(definition, head, self.text, years=years) if one not in told]
            common = self.rules_on(content.valid_from)
            labels = {str(fact.get("key")): str(fact.get("label")) for fact in declared(common, "year_facts")}
            judgement.said = say(definition, labels)
        judgement.fills = fills(definition)
        shown = [fault for fault in told if not (fault.path == "sentence" and not content.quote)]
        if not content.quote:
            judgement.faults.append(
                Placed("sentence.quote", "没有条款的原文句子。", "请在原文中标记。", where=PAGE["sentence"])
            )
        rules_of = {place_of(rules): rules} if (rules := self.rules_version(content.valid_from)) else {}
        judgement.faults += _placed(shown, version, definition, rules_of)
        judgement.against = beside_words(self.standing.on(content.valid_from), version)
        return judgement

    def _heads(self, content: ClauseContent) -> Iterable[tuple[list[int], dict[str, Any]]]:
        """What a clause can refer to, for each different state of it in the years that the content governs."""
        ends = [day for day in (content.valid_to, self.document.valid_to) if day]
        last = max(content.valid_from, min(ends, default=content.valid_from.replace(month=12, day=31)))
        day = governing_day(self.document, 2023)
        years = governed_years(content.valid_from, last, f"{day:%m-%d}")[:_YEARS]
        starts = set(PolicySetting.objects.filter(document=self.document).values_list("valid_from__year", flat=True))
        heads: list[tuple[list[int], dict[str, Any], dict[str, Any]]] = []
        for year in years:
            rules = self.rules_on(day.replace(year=year))
            if heads and year not in starts and heads[-1][2] == rules:
                heads[-1][0].append(year)
                continue
            # the groups and other clauses are judged with the whole document
            heads.append(([year], composed(self.document, year, {**rules, "groups": []}, {}), rules))
        return [(years, head) for _, head, _ in heads]

    def whole(self, version: ClauseVersion, content: ClauseContent, *, compiled: bool = True) -> list[LintFault]:
        """What the lints say of the rest of the document with this content in its place, beside the newest drafts.

        compiled: see `lint_policy`.
        """
        version.definition, version.quote, version.bracket = content.definition, content.quote, content.bracket
        version.valid_from, version.valid_to = content.valid_from, content.valid_to
        own = f'clauses["{version.clause.clause_id}"]'
        found = lint_beside(version, self.standing, compiled=compiled)
        return [fault for fault in found if not fault.path.startswith(own)]

    def bracket_after(self, version: ClauseVersion, quote: str) -> str:
        """The first bracket of units that the text prints behind a sentence, of its article where it is not found."""
        start = self.text.find(quote) if quote else -1
        found = find_brackets(self.text[start:]) if start >= 0 else []
        if not found:
            found = find_brackets("\n".join(piece.text for piece in text_around(version.clause.node)))
        return found[0] if found else ""

    def group_of(self, clause_id: str, day: dt.date) -> str:
        """The group of one type that holds a clause by the rules of a day, with its clauses; empty without one."""
        groups = declared(self.with_groups(self.rules_on(day)), "groups")
        found = next((group for group in groups if clause_id in (group.get("clauses") or ())), None)
        return f"{found.get('name')}（{'、'.join(map(str, found['clauses']))}）" if found else ""

    # --------------------------------------------------------------------------------------------- rules

    def with_groups(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """The rules with their groups: those of the shipped corpus keep them in rows of their own."""
        if isinstance(definition.get("groups"), list):
            return dict(definition)
        present = set(self.document.clauses.values_list("clause_id", flat=True))
        return {**definition, "groups": groups_of(self.document, dict(definition), present)}

    def rules_content(self, version: PolicyRules, content: RulesContent, *, compiled: bool = True) -> Judgement:
        """What is to be said of the rules' content, with every clause that it governs, drafts before published ones.

        compiled: see `lint_policy`.
        """
        version.definition = content.definition
        version.valid_from, version.valid_to = content.valid_from, content.valid_to
        judgement = Judgement(fills=fills(content.definition), said=say_rules(content.definition, self.called_clauses))
        own = ("year_facts", "total_cap", "groups")
        faults = lint_beside(version, self.standing, compiled=compiled)
        mine = [fault for fault in faults if fault.path.startswith(own)]
        judgement.faults = _placed(mine, version, content.definition, {})
        judgement.elsewhere = [fault for fault in faults if fault not in mine]
        judgement.against = beside_words(self.standing.on(content.valid_from), version)
        return judgement


def beside_words(stand: Stand, version: ClauseVersion | PolicyRules) -> str:
    """What a draft is judged beside, named: 通用规则第 3 版草稿、条款 3.4.2 第 2 版草稿，其余以已发布的为准."""
    drafts = [one for one in stand.values() if one.state == VersionState.DRAFT and one.pk != version.pk]
    drafts = [one for one in drafts if type(one) is not type(version) or place_of(one) != place_of(version)]
    named = [called_version(one) for one in drafts]
    if not named:
        return "已发布的通用规则和条款"
    more = f"等 {len(named)} 份草稿" if len(named) > 4 else ""
    return f"{'、'.join(named[:4])}{more}；其余为已发布的通用规则和条款"


def _placed(
    faults: Iterable[LintFault], version: ClauseVersion | PolicyRules, definition: Any, stand: Stand
) -> list[Placed]:
    found = []
    for fault in faults:
        path, words = form_place(version, definition, fault.path)
        message = fault.message if fault.where else with_against(fault, stand)
        found.append(Placed(path, message, fault.mend, fault.refuses, words))
    return list(dict.fromkeys(found))
