"""Importing a whole document: it arrives in preparation, every version a draft, nothing confirmed."""

import datetime as dt
from typing import Any

from django.db import transaction

from accounts.models import Unit, User
from common.audit.actions import record
from common.errors import Invalid
from policies.actions.documents import new_document
from policies.actions.drafts import begin_clause, begin_rules
from policies.actions.nodes import store_nodes
from policies.actions.texts import check_pieces
from policies.amounts import fen_of_yi
from policies.cutting import Piece
from policies.drafts import ClauseContent, RulesContent
from policies.heads import DocumentHead, suggested_slug
from policies.lint.text import printed_text, sha256
from policies.models import (
    Clause,
    ClauseGroup,
    ClauseGroupMember,
    Document,
    PolicySetting,
    PolicyTarget,
    VersionCase,
)
from policies.permissions import require_editor
from policies.transfer import TransferFile

IMPORTED = "policies.document_imported"


def import_document(file: TransferFile, *, by: User, at: dt.datetime, number: str = "", slug: str = "") -> Document:
    """A document in preparation from a file. number, slug: other ones than the file's, empty for those.

    Numbers of versions begin at 1 in the order of the file, states become drafts, nothing is confirmed; everything else
    is as in the file. Raises NotAllowed, Invalid (fields `number`, `slug`, `file`): nothing is stored then.
    """
    require_editor(by)
    head = _head(file, number, slug).checked()
    pieces = [Piece(node.ref, node.parent, node.kind, node.text) for node in file.text]
    if sha256(printed_text((piece.kind, piece.text) for piece in pieces)) != file.document.source_sha256:
        raise Invalid(
            "文件中的正文（text）与 document.source_sha256 不符，可能被改动过。请恢复正文，或导入后在“正文”页修改。",
            field="file",
        )
    _require_text(pieces)
    units = {unit.code: unit for unit in Unit.objects.all()}
    with transaction.atomic():
        document = new_document(head, copied_from=None, by=by, at=at)
        document.emendations = file.document.emendations
        document.original_sha256 = file.document.original_sha256
        document.source_sha256 = file.document.source_sha256
        document.evidence = {
            item.key: {"label": item.label, "help": item.help, "scope": item.scope} for item in file.evidence
        }
        document.common_evidence = [item.key for item in file.evidence if item.common]
        document.save()
        store_nodes(document, pieces)
        _settings(document, file)
        for rules in file.rules:
            content = RulesContent(rules.definition, _day(rules.valid_from), _day_or_none(rules.valid_to))
            begin_rules(document, content, based_on=None, by=by, at=at)
        _clauses(document, file, by=by, at=at)
        _groups(document, file)
        _targets(document, file, units)
        data = {"number": document.number, "from": file.document.number, "clauses": len(file.clauses)}
        record(IMPORTED, subject=document, by=by, at=at, data=data)
    return document


def _head(file: TransferFile, number: str, slug: str) -> DocumentHead:
    part = file.document
    wanted = number or part.number
    return DocumentHead(
        number=wanted,
        title=part.title,
        kind=part.kind,
        issuer=part.issuer,
        slug=slug or (part.slug if wanted == part.number else suggested_slug(wanted)),
        issued_on=_day_or_none(part.issued_on),
        valid_from=_day_or_none(part.valid_from),
        valid_to=_day_or_none(part.valid_to),
        replaces=part.replaces,
        source_note=part.source_note,
    )


def _require_text(pieces: list[Piece]) -> None:
    """A text is one, or there is none yet but the place where clauses of a copy stand."""
    if not any(piece.text for piece in pieces):
        return
    try:
        check_pieces(pieces)
    except Invalid as error:
        raise Invalid(error.message, field="file") from error


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _day_or_none(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _settings(document: Document, file: TransferFile) -> None:
    counts: dict[str, int] = {}
    order: dict[str, int] = {}
    rows = []
    for row in file.settings:
        counts[row.key] = counts.get(row.key, 0) + 1
        order.setdefault(row.key, len(order))
        rows.append(
            PolicySetting(
                document=document,
                key=row.key,
                number=counts[row.key],
                valid_from=_day(row.valid_from),
                label=row.label,
                value=row.value,
                default=row.default,
                reason=row.reason,
                order=order[row.key],
            )
        )
    PolicySetting.objects.bulk_create(rows)


def _clauses(document: Document, file: TransferFile, *, by: User, at: dt.datetime) -> None:
    nodes = {node.ref: node for node in document.nodes.all()}
    for order, part in enumerate(file.clauses):
        before = None
        if part.predecessor is not None:
            named = part.predecessor
            before = Clause.objects.filter(document__number=named.document, clause_id=named.clause).first()
            if before is None:
                raise Invalid(
                    f"条款 {part.clause_id} 承接的 {named.document} {named.clause} 在本系统中不存在。"
                    "请先导入该文件，或把这一条的 predecessor 改为 null。",
                    field="file",
                )
        clause = Clause.objects.create(
            document=document,
            clause_id=part.clause_id,
            title=part.title,
            order=order,
            node=nodes[part.node],
            is_monetary=part.is_monetary,
            predecessor=before,
        )
        for version in part.versions:
            content = ClauseContent(
                quote=version.quote,
                bracket=version.bracket,
                definition=version.definition,
                evidence=[item.model_dump() for item in version.evidence],
                valid_from=_day(version.valid_from),
                valid_to=_day_or_none(version.valid_to),
            )
            draft = begin_clause(clause, content, based_on=None, by=by, at=at)
            VersionCase.objects.bulk_create(
                VersionCase(
                    version=draft,
                    number=number,
                    title=case.title,
                    document=case.document,
                    expected=case.expected,
                    entered_by=by,
                    entered_at=at,
                )
                for number, case in enumerate(version.cases, start=1)
            )


def _groups(document: Document, file: TransferFile) -> None:
    clauses = {clause.clause_id: clause for clause in document.clauses.all()}
    for order, part in enumerate(file.groups):
        group = ClauseGroup.objects.create(
            document=document, name=part.name, quote=part.quote, reason=part.reason, order=order
        )
        ClauseGroupMember.objects.bulk_create(
            ClauseGroupMember(group=group, clause=clauses[clause_id], order=position)
            for position, clause_id in enumerate(part.clauses)
        )


def _targets(document: Document, file: TransferFile, units: dict[str, Unit]) -> None:
    rows: list[Any] = []
    for table in file.targets:
        for order, row in enumerate(table.rows):
            if row.unit is not None and row.unit not in units:
                raise Invalid(
                    f"{table.year} 年目标中的单位代码“{row.unit[:30]}”在本系统中不存在。请先登记单位，或改正代码。",
                    field="file",
                )
            rows.append(
                PolicyTarget(
                    document=document,
                    year=table.year,
                    unit=units[row.unit] if row.unit else None,
                    printed=row.printed,
                    focus=row.focus,
                    target_fen=fen_of_yi(row.target),
                    order=order,
                )
            )
    PolicyTarget.objects.bulk_create(rows)
