"""One draft on its page: what stands in the form, what is to be said of it, and whether it can be changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.actions.drafts import waits_for_publication
from policies.blocks.evidence import evidence_of, optional_in
from policies.blocks.places import attach
from policies.blocks.read import Posted, Read, read
from policies.blocks.shapes import RulesDefinition
from policies.blocks.tree import Node, tree
from policies.blocks.wording import where
from policies.drafts import ClauseContent, Content, RulesContent, wrong_days
from policies.enums import VersionState
from policies.forms.blocks import BlocksForm, ClauseHeadForm, DraftHeadForm, show
from policies.lint import LintFault
from policies.models import ClauseVersion, PolicyRules
from policies.permissions import may_edit
from policies.places import schema_of
from policies.queries.comparison import Told
from policies.queries.reading import Desk, Judgement, Placed, UnitRead

Version = ClauseVersion | PolicyRules

#: Lists whose entries are folded; everything else stands open.
_FOLDED = ("facts", "year_facts", "columns", "groups")


@dataclass
class Sheet:
    """A draft as its page shows it, from the database or from what somebody typed."""

    version: Version
    desk: Desk
    content: Any
    head: DraftHeadForm
    judgement: Judgement
    tree: Node
    form: BlocksForm
    #: What was typed is not stored yet; and it cannot be, not even with its faults.
    unsaved: bool = False
    unusable: bool = False
    conflict: list[Told] = field(default_factory=list)
    #: Faults of the page as a whole.
    notes: list[str] = field(default_factory=list)
    #: Of a clause: its units as the bracket is read, what keeps it from being read, its group.
    units: list[tuple[str, list[UnitRead]]] = field(default_factory=list)
    unread: str = ""
    group: str = ""

    @property
    def limits(self) -> list[Node]:
        """The parts of a clause that limit what it pays, whether or not they are there."""
        return [node for name in ("cap", "exempt", "quota", "competitive") if (node := self.tree.part(name))]

    @property
    def strange(self) -> list[Node]:
        """What the schema does not know, kept all the same."""
        return [node for node in self.tree.children if node.name == "*"]

    @property
    def errors(self) -> list[dict[str, str]]:
        """Every fault of the form for the summary, in the order of the page."""
        found = [{"field_id": "", "message": note} for note in self.notes]
        found += [{"field_id": "", "message": str(text)} for text in self.head.non_field_errors()]
        for name in self.head.fields:
            found += [{"field_id": f"id_{name}", "message": str(text)} for text in self.head.errors.get(name, [])]
        told = {(one["field_id"], one["message"]) for one in found}
        for fault in self.judgement.errors:
            place = f"id_{fault.path}" if fault.path else ""
            if (place, fault.sentence) not in told:
                found.append({"field_id": place, "message": fault.told})
        return found


def editable(version: Version, user: Any) -> bool:
    """Whether this person may write in this version."""
    return version.state == VersionState.DRAFT and may_edit(user) and not waits_for_publication(version)


# -------------------------------------------------------------------------------------------------- clauses


def clause_stored(version: ClauseVersion) -> Sheet:
    """A clause's version as it is stored."""
    content = ClauseContent.of(version)
    head = ClauseHeadForm(
        initial={
            "sentence.quote": content.quote,
            "bracket": content.bracket,
            "valid_from": content.valid_from,
            "valid_to": content.valid_to,
            "edit": version.edit,
        }
    )
    return _clause(version, content, head, [])


def clause_read(version: ClauseVersion, posted: Posted, data: Any) -> tuple[ClauseContent, ClauseHeadForm, Read]:
    """What somebody typed as the content of a clause's version; days that are none stay as they are stored."""
    head = ClauseHeadForm(data)
    head.is_valid()
    typed = head.cleaned_data
    quote = typed.get("sentence.quote", version.quote)
    fixed = {"id": version.clause.clause_id, "sentence": quote}
    found = read(schema_of(version), posted, fixed)
    document, before = version.clause.document, version.evidence
    if version.clause.is_monetary:
        ticked = "optional_evidence:ticks" in posted
        optional = list(posted.get("optional_evidence", ())) if ticked else optional_in(before)
        evidence = evidence_of(found.definition, optional, document.evidence, document.common_evidence, before)
    else:
        evidence = before
        if found.definition.get("quota") is None:
            found.definition.pop("quota", None)
    content = ClauseContent(
        quote=quote,
        bracket=typed.get("bracket", version.bracket),
        definition=found.definition,
        evidence=evidence,
        valid_from=typed.get("valid_from") or version.valid_from,
        valid_to=typed.get("valid_to", version.valid_to),
    )
    return content, head, found


def clause_typed(
    version: ClauseVersion, content: ClauseContent, head: ClauseHeadForm, read_faults: list[tuple[str, str]]
) -> Sheet:
    """A clause's version as somebody typed it."""
    sheet = _clause(version, content, head, read_faults)
    sheet.unsaved, sheet.unusable = True, bool(head.errors)
    show(head, sheet.judgement.by_path())
    return sheet


def judged(version: ClauseVersion, desk: Desk, content: ClauseContent, read_faults: list[tuple[str, str]]) -> Judgement:
    """What the lints say, and what could not be read in their stead."""
    judgement = desk.clause(version, content)
    judgement.faults = with_read(judgement.faults, read_faults, version, content.definition)
    return judgement


def with_read(
    faults: list[Placed], read_faults: list[tuple[str, str]], version: Version, definition: Any
) -> list[Placed]:
    """What could not be read, told instead of what the lints say of the same field."""
    paths = {path for path, _ in read_faults}
    schema = schema_of(version)
    unread = [Placed(path, said, where=where(schema, definition, path)) for path, said in read_faults]
    return unread + [fault for fault in faults if fault.path not in paths]


def of_days(content: Content) -> list[Placed]:
    """What is wrong with the days as they stand, at the last one; saving refuses it."""
    wrong = wrong_days(content)
    return [Placed("valid_to", wrong)] if wrong else []


def _clause(
    version: ClauseVersion, content: ClauseContent, head: ClauseHeadForm, read_faults: list[tuple[str, str]]
) -> Sheet:
    desk = Desk(version.clause.document)
    around = desk.around(desk.rules_on(content.valid_from))
    drawn = tree(schema_of(version), content.definition, around)
    if version.clause.is_monetary:
        drawn.children.append(_optional(around.evidence, optional_in(content.evidence)))
    sheet = _sheet(version, desk, content, head, drawn, judged(version, desk, content, read_faults))
    sheet.units, sheet.unread = desk.read_units(content.bracket)
    sheet.group = desk.group_of(version.clause.clause_id, content.valid_from)
    _say(drawn.part("conditions"), sheet.judgement)
    return sheet


def _say(entries: Node | None, judgement: Judgement) -> None:
    """Put their sentences beside the entries of a list."""
    for node in entries.children if entries else ():
        if node.kind == "part":
            node.said_here, node.said = True, judgement.said.lines.get(node.path, ())


def _optional(catalogue: Mapping[str, str], chosen: list[str]) -> Node:
    """The documents that are asked for and not insisted on."""
    options = [(key, catalogue.get(key, key)) for key in chosen]
    options += [(key, label) for key, label in catalogue.items() if key not in chosen]
    help_text = "勾选的材料可以不提供；填报项要求的材料勾选后也变为选交。"
    return Node("optional_evidence", "ticks", "选交材料", help=help_text, value=chosen, options=options)


# ---------------------------------------------------------------------------------------------------- rules


def rules_stored(version: PolicyRules) -> Sheet:
    """The rules as they are stored, their groups among them."""
    desk = Desk(version.document)
    stored = RulesContent.of(version)
    content = RulesContent(desk.with_groups(stored.definition), stored.valid_from, stored.valid_to)
    head = DraftHeadForm(initial={"valid_from": content.valid_from, "valid_to": content.valid_to, "edit": version.edit})
    return _rules(version, desk, content, head, [])


def rules_read(version: PolicyRules, posted: Posted, data: Any) -> tuple[RulesContent, DraftHeadForm, Read]:
    """What somebody typed as the content of the rules."""
    head = DraftHeadForm(data)
    head.is_valid()
    typed = head.cleaned_data
    found = read(RulesDefinition, posted)
    content = RulesContent(
        definition=found.definition,
        valid_from=typed.get("valid_from") or version.valid_from,
        valid_to=typed.get("valid_to", version.valid_to),
    )
    return content, head, found


def rules_typed(
    version: PolicyRules, content: RulesContent, head: DraftHeadForm, read_faults: list[tuple[str, str]]
) -> Sheet:
    """The rules as somebody typed them."""
    sheet = _rules(version, Desk(version.document), content, head, read_faults)
    sheet.unsaved, sheet.unusable = True, bool(head.errors)
    return sheet


def _rules(
    version: PolicyRules, desk: Desk, content: RulesContent, head: DraftHeadForm, read_faults: list[tuple[str, str]]
) -> Sheet:
    drawn = tree(RulesDefinition, content.definition, desk.around(content.definition))
    judgement = desk.rules_content(version, content)
    judgement.faults = with_read(judgement.faults, read_faults, version, content.definition)
    sheet = _sheet(version, desk, content, head, drawn, judgement)
    for name in ("year_facts", "groups"):
        _say(drawn.part(name), judgement)
    return sheet


# ---------------------------------------------------------------------------------------------------- parts


def _sheet(version: Version, desk: Desk, content: Any, head: Any, drawn: Node, judgement: Judgement) -> Sheet:
    attach(drawn, judgement.by_path())  # what belongs to no field stands in the list of all faults
    for node in drawn.walk():
        parent = node.path.rsplit(".", 2)
        folded = node.name.isdecimal() and len(parent) > 1 and parent[-2] in _FOLDED
        node.opened = not folded or any(one.faults for one in node.walk())
    return Sheet(version, desk, content, head, judgement, drawn, BlocksForm(drawn))


def elsewhere(sheet: Sheet) -> list[LintFault]:
    """Faults of the rest of the document with this content in its place."""
    if isinstance(sheet.version, PolicyRules):
        return sheet.judgement.elsewhere
    return sheet.desk.whole(sheet.version, sheet.content)
