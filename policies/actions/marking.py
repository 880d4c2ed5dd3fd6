"""Clauses marked out of a document's text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from common.errors import Invalid
from policies.actions.drafts import create_clause
from policies.models import ClauseVersion, Document, Node
from policies.permissions import require_editor

_CLAUSE_ID = re.compile(r"[0-9]+(\.[0-9]+)*[a-z]?")


@dataclass(frozen=True)
class ClauseMark:
    """One clause as it was marked: where, under which number and name, its sentence, its bracket of units (empty:
    none is printed), whether it pays money."""

    node: Node
    clause_id: str
    title: str
    quote: str
    bracket: str
    is_monetary: bool


def mark_clauses(document: Document, *, marks: Sequence[ClauseMark], by: User, at: datetime) -> list[ClauseVersion]:
    """Make a clause with its first draft of every mark, all or none.

    Raises NotAllowed, Invalid (fields `clause_id`, `title`, `quote`), Conflict for a document without a first day.
    """
    require_editor(by)
    if not marks:
        raise Invalid("请至少勾选一个条款。", field="take")
    ids = [mark.clause_id for mark in marks]
    for mark in marks:
        if not _CLAUSE_ID.fullmatch(mark.clause_id) or len(mark.clause_id) > 20:
            raise Invalid(
                f"条款编号“{mark.clause_id}”无效，请写成 3.4.5 或 3.1.3a 的形式：数字和点，最后可以带一个小写字母。",
                field="clause_id",
            )
        if ids.count(mark.clause_id) > 1:
            raise Invalid(f"条款编号 {mark.clause_id} 写了两次，请改为不同的编号。", field="clause_id")
        if not mark.title.strip():
            raise Invalid("请填写条款的名称。", field="title")
    with transaction.atomic():
        Document.objects.select_for_update().get(pk=document.pk)
        return [
            create_clause(
                document,
                clause_id=mark.clause_id,
                title=mark.title.strip(),
                node=mark.node,
                quote=mark.quote.strip(),
                bracket=mark.bracket,
                is_monetary=mark.is_monetary,
                by=by,
                at=at,
            )
            for mark in marks
        ]
