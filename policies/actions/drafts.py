"""Drafts of clauses and rules: begun, saved, put aside, taken up again. Every save is kept whole (DraftEdit).

A save names the number of the edit that was on the screen; where somebody saved in between it is refused, and says who.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from accounts.unit_names import known_unit_names
from common.audit.actions import record
from common.canonical import digest
from common.errors import Conflict, Invalid
from common.templatetags.ui import zhdate, zhdatetime
from policies.actions.versions import DRAFTED, Version, locked_version
from policies.drafts import ClauseContent, Content, RulesContent, content_of, wrong_days
from policies.enums import PublicationState, VersionState
from policies.errors import VersionStateError
from policies.lint.brackets import BracketError, parse_bracket
from policies.models import (
    Clause,
    ClauseUnit,
    ClauseVersion,
    Document,
    DraftEdit,
    Node,
    PolicyRules,
    UnitGroup,
    VersionCase,
)
from policies.permissions import require_editor
from policies.queries.versions import groups_of

#: Audit events of a draft; whoever is the actor of one of them wrote in it and does not publish it.
EDITED, RESTORED = "policies.version_edited", "policies.version_restored"
DISCARDED, RESUMED = "policies.version_discarded", "policies.version_resumed"


def create_clause(
    document: Document,
    *,
    clause_id: str,
    title: str,
    node: Node,
    quote: str,
    bracket: str,
    is_monetary: bool,
    by: User,
    at: datetime,
    predecessor: Clause | None = None,
) -> ClauseVersion:
    """A new clause of a document and its first draft, over the document's own validity.

    Raises NotAllowed, Invalid (fields `clause_id`, `quote`) for a number that is taken and a sentence that does not
    stand in its place of the text, Conflict where the document has no validity yet.
    """
    require_editor(by)
    if document.valid_from is None:
        raise Conflict("请先填写文件的施行日期。", what="文件没有施行日期")
    if document.clauses.filter(clause_id=clause_id).exists():
        raise Invalid(f"该文件已有条款 {clause_id}，请换一个编号。", field="clause_id")
    if quote not in node.plain:
        raise Invalid("这句话不在所选条文中，请从条文中逐字选取。", field="quote")
    with transaction.atomic():
        last = document.clauses.aggregate(last=Max("order"))["last"]
        clause = Clause.objects.create(
            document=document,
            clause_id=clause_id,
            title=title,
            order=0 if last is None else last + 1,
            node=node,
            is_monetary=is_monetary,
            predecessor=predecessor,
        )
        content = ClauseContent(
            quote=quote,
            bracket=bracket,
            definition={"id": clause_id, "title": title, "sentence": quote},
            evidence=[],
            valid_from=document.valid_from,
            valid_to=document.valid_to,
        )
        return begin_clause(clause, content, based_on=None, by=by, at=at)


def create_rules(document: Document, *, by: User, at: datetime) -> PolicyRules:
    """The first draft of a document's rules across clauses: no figures, no cap, no groups. Raises what begins one."""
    require_editor(by)
    if document.valid_from is None:
        raise Conflict("请先填写文件的施行日期。", what="文件没有施行日期")
    content = RulesContent({"year_facts": [], "total_cap": None, "groups": []}, document.valid_from, document.valid_to)
    with transaction.atomic():
        return begin_rules(document, content, based_on=None, by=by, at=at)


def draft_from(version: Version, *, valid_from: date, by: User, at: datetime) -> Version:
    """A new draft that says what `version` says, from a day on; its worked cases come along.

    Raises NotAllowed, Invalid (field `valid_from`) for a day after the version's end or before the document's first.
    """
    require_editor(by)
    if version.valid_to is not None and valid_from > version.valid_to:
        raise Invalid(f"生效日期不能晚于有效期的最后一天（{zhdate(version.valid_to)}）。", field="valid_from")
    document = version.clause.document if isinstance(version, ClauseVersion) else version.document
    if document.valid_from is not None and valid_from < document.valid_from:
        raise Invalid(f"生效日期不能早于文件的施行日期（{zhdate(document.valid_from)}）。", field="valid_from")
    with transaction.atomic():
        if isinstance(version, ClauseVersion):
            content = replace(ClauseContent.of(version), valid_from=valid_from)
            draft = begin_clause(version.clause, content, based_on=version, by=by, at=at)
            take_cases_along(version, draft, by=by, at=at)
            return draft
        rules = replace(RulesContent.of(version), valid_from=valid_from)
        if "groups" not in rules.definition:  # the corpus keeps them apart; from here on they are dated with the rules
            present = set(version.document.clauses.values_list("clause_id", flat=True))
            groups = groups_of(version.document, rules.definition, present)
            rules = replace(rules, definition={**rules.definition, "groups": groups})
        return begin_rules(version.document, rules, based_on=version, by=by, at=at)


def take_cases_along(version: ClauseVersion, draft: ClauseVersion, *, by: User, at: datetime) -> None:
    """Give a draft the worked cases of the version that it was made from; inside the transaction that begins it."""
    VersionCase.objects.bulk_create(
        VersionCase(
            version=draft,
            number=case.number,
            title=case.title,
            document=case.document,
            expected=case.expected,
            entered_by=by,
            entered_at=at,
        )
        for case in version.cases.all()
    )


def save_draft(
    version: Version, *, content: Content, expected_edit: int, by: User, at: datetime, note: str = ""
) -> Version:
    """Save a draft whole; saving what stands there already changes nothing.

    Raises NotAllowed, VersionStateError where it is no draft or waits for publication, Conflict where somebody saved
    since `expected_edit`, Invalid (field `valid_to`) for days in the wrong order.
    """
    return _save(version, content, expected_edit, event=EDITED, note=note, by=by, at=at)


def restore_edit(edit: DraftEdit, *, expected_edit: int, by: User, at: datetime) -> Version:
    """Save an earlier state of a draft again as its newest; what stood since is kept. Raises as `save_draft` does."""
    owner = edit.clause_version or edit.rules
    if owner is None:
        raise ValueError("an edit belongs to a draft")
    kind = ClauseContent if edit.clause_version_id else RulesContent
    note = f"恢复到第 {edit.edit} 次修改"
    return _save(owner, kind.from_json(edit.content), expected_edit, event=RESTORED, note=note, by=by, at=at)


def discard_draft(version: Version, *, expected_edit: int, reason: str, by: User, at: datetime) -> Version:
    """Put a draft aside with everything in it. Raises NotAllowed, VersionStateError, Conflict, Invalid."""
    return _move(version, VersionState.DRAFT, VersionState.DISCARDED, DISCARDED, expected_edit, reason, by=by, at=at)


def resume_draft(version: Version, *, expected_edit: int, reason: str, by: User, at: datetime) -> Version:
    """Take a draft up again that was put aside. Raises NotAllowed, VersionStateError, Conflict, Invalid."""
    return _move(version, VersionState.DISCARDED, VersionState.DRAFT, RESUMED, expected_edit, reason, by=by, at=at)


def waits_for_publication(version: Version) -> bool:
    """Whether an open publication holds this draft: it stays as it was submitted."""
    return version.publication_items.filter(publication__state=PublicationState.OPEN).exists()


# ------------------------------------------------------------------------------------------------------ parts


def begin_clause(
    clause: Clause, content: ClauseContent, *, based_on: ClauseVersion | None, by: User, at: datetime
) -> ClauseVersion:
    """A draft with this content, whatever the lints say of it; the caller asks who may, inside a transaction."""
    Clause.objects.select_for_update().get(pk=clause.pk)  # numbers are given one after another
    last = clause.versions.aggregate(last=Max("number"))["last"] or 0
    draft = ClauseVersion(
        clause=clause,
        number=last + 1,
        source_sha256=clause.document.source_sha256,
        based_on=based_on,
        drafted_by=by,
        drafted_at=at,
        **_columns(content),
    )
    _require_days(content)
    draft.save(force_insert=True)
    _set_units(draft)
    _keep(draft, DRAFTED, "", by=by, at=at)
    return draft


def begin_rules(
    document: Document, content: RulesContent, *, based_on: PolicyRules | None, by: User, at: datetime
) -> PolicyRules:
    """As `begin_clause`, for the rules across clauses."""
    Document.objects.select_for_update().get(pk=document.pk)
    last = document.rules.aggregate(last=Max("number"))["last"] or 0
    draft = PolicyRules(
        document=document,
        number=last + 1,
        based_on=based_on,
        drafted_by=by,
        drafted_at=at,
        **_columns(content),
    )
    _require_days(content)
    draft.save(force_insert=True)
    _keep(draft, DRAFTED, "", by=by, at=at)
    return draft


def _columns(content: Content) -> dict[str, Any]:
    """The fields of a version that hold a content."""
    shared = {
        "definition": content.definition,
        "definition_sha256": digest(content.definition),
        "valid_from": content.valid_from,
        "valid_to": content.valid_to,
    }
    if isinstance(content, RulesContent):
        return shared
    return {
        **shared,
        "quote": content.quote,
        "bracket": content.bracket,
        "evidence": content.evidence,
        "content_sha256": content.sha256,
    }


def _require_days(content: Content) -> None:
    wrong = wrong_days(content)
    if wrong:
        raise Invalid(wrong, field="valid_to")


def _save(
    version: Version, content: Content, expected_edit: int, *, event: str, note: str, by: User, at: datetime
) -> Version:
    require_editor(by)
    _require_days(content)
    with transaction.atomic():
        locked = _editable(version, expected_edit)
        if content_of(locked) == content:
            return locked
        for name, value in _columns(content).items():
            setattr(locked, name, value)
        if isinstance(locked, ClauseVersion):
            locked.source_sha256 = locked.clause.document.source_sha256
        locked.edit += 1
        locked.save()
        if isinstance(locked, ClauseVersion):
            _set_units(locked)
        _keep(locked, event, note, by=by, at=at)
        return locked


def _editable(version: Version, expected_edit: int) -> Version:
    locked = locked_version(version)
    if locked.state != VersionState.DRAFT:
        raise VersionStateError(f"{locked}{locked.get_state_display()}，不能修改。需要修改的，请另起草稿。")
    if waits_for_publication(locked):
        raise VersionStateError(f"{locked}已提交发布，须先撤回或退回才能修改。")
    _require_newest(locked, expected_edit)
    return locked


def _require_newest(version: Version, expected_edit: int) -> None:
    if version.edit == expected_edit:
        return
    newest = version.edits.select_related("saved_by").first()
    who = f"{newest.saved_by}在{zhdatetime(newest.saved_at)}" if newest else "其他人在此期间"
    raise Conflict(
        f"{who}保存了第 {version.edit} 次修改，您打开的是第 {expected_edit} 次。您填写的内容仍在本页，"
        "请对照最新内容后再保存。",
        what=f"第 {version.edit} 次修改",
    )


def _move(
    version: Version,
    source: VersionState,
    target: VersionState,
    event: str,
    expected_edit: int,
    reason: str,
    *,
    by: User,
    at: datetime,
) -> Version:
    require_editor(by)
    if not reason.strip():
        raise Invalid("请写明原因。", field="reason")
    with transaction.atomic():
        locked = locked_version(version)
        if locked.state != source:
            raise VersionStateError(f"{locked}不是{source.label}，请刷新后查看。")
        if waits_for_publication(locked):
            raise VersionStateError(f"{locked}已提交发布，须先撤回或退回。")
        _require_newest(locked, expected_edit)
        locked.state = target
        locked.save(update_fields=["state"])
        record(event, subject=locked, by=by, at=at, data={"reason": reason.strip(), "edit": locked.edit})
        return locked


def _keep(version: Version, event: str, note: str, *, by: User, at: datetime) -> None:
    """Keep what was saved, and say so in the audit trail."""
    content = content_of(version)
    owner = {"clause_version": version} if isinstance(version, ClauseVersion) else {"rules": version}
    DraftEdit.objects.create(
        **owner,
        edit=version.edit,
        content=content.as_json(),
        content_sha256=content.sha256,
        note=note[:200],
        saved_by=by,
        saved_at=at,
    )
    record(event, subject=version, by=by, at=at, data={"edit": version.edit, "sha256": content.sha256, "note": note})


def _set_units(version: ClauseVersion) -> None:
    """The units that the bracket names, as far as it can be read and they are registered; the lints tell the rest."""
    version.units.all().delete()
    try:
        bracket = parse_bracket(version.bracket)
    except BracketError:
        return
    units = known_unit_names()
    groups = {group.printed: group for group in UnitGroup.objects.all()}
    ClauseUnit.objects.bulk_create(
        ClauseUnit(version=version, role=role, order=position, unit=units.get(name), group=groups.get(name))
        for role in ("lead", "cooperating", "responsible")
        for position, name in enumerate(getattr(bracket, role))
        if name in units or name in groups
    )
