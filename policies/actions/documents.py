"""Documents in preparation: begun from nothing or from another document, and their head.

Every save of the document itself adds one to `Document.edit`; whoever saves names the number that was on the screen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from accounts.models import User
from common.audit.actions import record
from common.audit.queries import history
from common.errors import Conflict, Invalid
from common.templatetags.ui import zhdatetime
from policies.actions.drafts import begin_clause, begin_rules, take_cases_along
from policies.default_settings import engine_defaults
from policies.drafts import ClauseContent, RulesContent
from policies.enums import UNPUBLISHED, DocumentKind, NodeKind, PublicationState
from policies.heads import DocumentHead
from policies.lint.text import printed_text, sha256
from policies.models import Clause, ClauseVersion, Document, Node, PolicyRules, PolicySetting
from policies.permissions import require_editor
from policies.queries.documents import newest_rules, newest_version, settings_template
from policies.queries.versions import groups_of

#: Audit events of a document.
CREATED, HEAD_EDITED = "policies.document_created", "policies.document_head_edited"
EVIDENCE_EDITED, TARGETS_EDITED = "policies.document_evidence_edited", "policies.document_targets_edited"
TEXT_REPLACED, NODE_EDITED = "policies.document_text_replaced", "policies.document_node_edited"
_EDITS = (
    CREATED,
    "policies.document_imported",
    HEAD_EDITED,
    EVIDENCE_EDITED,
    TARGETS_EDITED,
    TEXT_REPLACED,
    NODE_EDITED,
)


def create_document(*, head: DocumentHead, by: User, at: datetime) -> Document:
    """A new document in preparation, with every point that the engine and the procedure need as a default to confirm.

    Raises NotAllowed, Invalid with every fault of the head by field.
    """
    require_editor(by)
    head = head.checked()
    with transaction.atomic():
        document = new_document(head, copied_from=None, by=by, at=at)
        _default_settings(document)
        record(CREATED, subject=document, by=by, at=at, data={"number": document.number})
    return document


def copy_document(
    source: Document, *, head: DocumentHead, clauses: Sequence[Clause], by: User, at: datetime
) -> Document:
    """A new document that begins where `source` stands: settings (to be confirmed anew), evidence, rules and the chosen
    clauses as drafts with their worked cases. Its text is not copied: clauses keep their sentences, and the lints tell
    which of them do not stand in the new text.

    Raises NotAllowed, Invalid (fields of the head; `clauses` for one of another document or without a version).
    """
    require_editor(by)
    head = head.checked()
    if head.valid_from is None:
        raise Invalid("请填写施行日期：条款自这一天起有效。", field="valid_from")
    wrong = [clause for clause in clauses if clause.document_id != source.pk]
    if wrong:
        raise Invalid(f"{wrong[0]}不是{source.number}的条款，请重新选择。", field="clauses")
    with transaction.atomic():
        document = new_document(head, copied_from=source, by=by, at=at)
        document.evidence, document.common_evidence = source.evidence, source.common_evidence
        document.save(update_fields=["evidence", "common_evidence"])
        _copied_settings(document, source)
        # Clauses stand somewhere in the text; until there is one, here.
        place = Node.objects.create(document=document, ref="0", kind=NodeKind.TITLE, order=0)
        chosen = sorted(clauses, key=lambda clause: clause.order)
        _copied_rules(document, source, {clause.clause_id for clause in chosen}, head.valid_from, by=by, at=at)
        for order, clause in enumerate(chosen):
            _copied_clause(document, clause, order, place, head.valid_from, by=by, at=at)
        data = {
            "number": document.number,
            "copied_from": source.number,
            "clauses": [clause.clause_id for clause in chosen],
        }
        record(CREATED, subject=document, by=by, at=at, data=data)
    return document


def edit_head(document: Document, *, head: DocumentHead, expected_edit: int, by: User, at: datetime) -> Document:
    """Change the head of a document in preparation; open points that began with it begin on its new first day.

    Raises NotAllowed, Conflict for a public document or where somebody saved since, Invalid with faults by field.
    """
    require_editor(by)
    head = head.checked()
    with transaction.atomic():
        locked = locked_document(document, expected_edit)
        require_preparation(locked)
        _free(head, locked)
        if head.valid_from is None and locked.clauses.exists():
            raise Invalid("文件已有条款，须有施行日期。", field="valid_from")
        before = _head_of(locked)
        if before == head:
            return locked
        if locked.valid_from and head.valid_from and locked.valid_from != head.valid_from:
            PolicySetting.objects.filter(document=locked, valid_from=locked.valid_from).update(
                valid_from=head.valid_from
            )
        _set_head(locked, head)
        if locked.valid_from and not locked.settings.exists():
            _default_settings(locked)
        saved(locked)
        changed = {name: [_plain(old), _plain(getattr(head, name))] for name, old in asdict(before).items()}
        data = {"edit": locked.edit, "changed": {name: pair for name, pair in changed.items() if pair[0] != pair[1]}}
        record(HEAD_EDITED, subject=locked, by=by, at=at, data=data)
    return locked


# ------------------------------------------------------------------------------------------------------ shared


def locked_document(document: Document, expected_edit: int) -> Document:
    """The document, locked; raises Conflict where somebody saved since `expected_edit`, and says who."""
    locked = Document.objects.select_for_update().get(pk=document.pk)
    if locked.edit == expected_edit:
        return locked
    last = history(locked).filter(event__in=_EDITS).order_by("-pk").first()
    who = f"{last.actor_name}在{zhdatetime(last.at)}" if last else "其他人在此期间"
    raise Conflict(
        f"{who}保存了第 {locked.edit} 次修改，您打开的是第 {expected_edit} 次。您填写的内容仍在本页，"
        "请对照最新内容后再保存。",
        what=f"第 {locked.edit} 次修改",
    )


def require_preparation(document: Document) -> None:
    """Raise Conflict for a document that is public or has a version that was ever in force, or that waits for
    publication: what people read and what another administrator is judging stays as it is."""
    published = Q(document=document) & ~Q(state__in=UNPUBLISHED)
    if (
        document.is_public
        or PolicyRules.objects.filter(published).exists()
        or ClauseVersion.objects.filter(clause__document=document).exclude(state__in=UNPUBLISHED).exists()
    ):
        raise Conflict(
            f"{document.number}已公开，文件信息和正文不能修改。印发后的更正须另行发文，请新建文件。", what="文件已公开"
        )
    if document.publications.filter(state=PublicationState.OPEN).exists():
        raise Conflict("本文件有草稿已提交发布，须先撤回或退回才能修改。", what="待发布")


def new_document(head: DocumentHead, *, copied_from: Document | None, by: User, at: datetime) -> Document:
    """The row of a new document without text, for the actions that fill it. Raises Invalid where number or address is
    taken."""
    _free(head, None)
    last = Document.objects.aggregate(last=Max("order"))["last"]
    empty = sha256(printed_text(()))
    document = Document(
        order=0 if last is None else last + 1,
        original_sha256=empty,
        source_sha256=empty,
        drafted_by=by,
        drafted_at=at,
        copied_from=copied_from,
    )
    _set_head(document, head)
    document.save(force_insert=True)
    return document


def _free(head: DocumentHead, own: Document | None) -> None:
    """Raise Invalid where another document has the number or the address."""
    others = Document.objects.exclude(pk=own.pk) if own else Document.objects.all()
    faults = {}
    if others.filter(number=head.number).exists():
        faults["number"] = [f"已有文件{head.number}，请核对发文字号。"]
    if others.filter(slug=head.slug).exists():
        faults["slug"] = [f"地址“{head.slug}”已被其他文件使用，请换一个，例如 {head.slug[:57]}-2。"]
    if faults:
        raise Invalid("文件信息有误。", errors=faults)


def _head_of(document: Document) -> DocumentHead:
    return DocumentHead(**{name: getattr(document, name) for name in DocumentHead.__dataclass_fields__})


def _set_head(document: Document, head: DocumentHead) -> None:
    for name in DocumentHead.__dataclass_fields__:
        setattr(document, name, getattr(head, name))


def saved(document: Document) -> None:
    """Save a locked document as its next edit."""
    document.edit += 1
    document.save()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _default_settings(document: Document) -> None:
    """Every point that is left open, at its default: the engine's, and those that the procedure needs."""
    if document.kind != DocumentKind.POLICY or document.valid_from is None:
        return
    entries = {entry["key"]: entry for entry in engine_defaults()}
    for row in settings_template():
        reason = f"默认值，待确认。说明取自{row.document.number}：{row.reason}"
        entries[row.key] = {
            "key": row.key,
            "label": row.label,
            "value": row.default,
            "default": row.default,
            "reason": reason,
        }
    _write_settings(document, list(entries.values()))


def _copied_settings(document: Document, source: Document) -> None:
    """The newest value of every point of the other document, to be confirmed anew for this one."""
    newest: dict[str, PolicySetting] = {}
    for row in source.settings.order_by("order", "key", "number"):
        newest[row.key] = row
    entries: dict[str, Mapping[str, Any]] = {entry["key"]: entry for entry in engine_defaults()}
    for row in newest.values():
        reason = f"取自{source.number}第{row.number}版，待确认：{row.reason}"
        entries[row.key] = {
            "key": row.key,
            "label": row.label,
            "value": row.value,
            "default": row.default,
            "reason": reason,
        }
    _write_settings(document, list(entries.values()))


def _write_settings(document: Document, entries: Sequence[Mapping[str, Any]]) -> None:
    if document.valid_from is None:  # what is dated needs a first day
        return
    PolicySetting.objects.bulk_create(
        PolicySetting(document=document, valid_from=document.valid_from, order=order, **entry)
        for order, entry in enumerate(entries)
    )


def _copied_rules(
    document: Document, source: Document, present: set[str], valid_from: date, *, by: User, at: datetime
) -> None:
    rules = newest_rules(source)
    if rules is None:
        return
    definition = {**rules.definition, "groups": groups_of(source, rules.definition, present)}
    content = RulesContent(definition, valid_from, document.valid_to)
    begin_rules(document, content, based_on=None, by=by, at=at)


def _copied_clause(
    document: Document, clause: Clause, order: int, place: Node, valid_from: date, *, by: User, at: datetime
) -> ClauseVersion:
    version = newest_version(clause)
    if version is None:
        raise Invalid(f"{clause}没有可以复制的版本，请不要选择它。", field="clauses")
    copy = Clause.objects.create(
        document=document,
        clause_id=clause.clause_id,
        title=clause.title,
        order=order,
        node=place,
        is_monetary=clause.is_monetary,
        predecessor=clause,
    )
    assert document.valid_from is not None
    content = ClauseContent(
        quote=version.quote,
        bracket=version.bracket,
        definition=version.definition,
        evidence=version.evidence,
        valid_from=valid_from,
        valid_to=document.valid_to,
    )
    draft = begin_clause(copy, content, based_on=None, by=by, at=at)
    take_cases_along(version, draft, by=by, at=at)
    return draft
