"""Exports from the question to the file: asked for, written by a job, fetched for some days, thrown away."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify
from common.audit.actions import record
from common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from common.outbox.actions import enqueue
from common.workdays import local_day
from reviews.enums import ExportKind, ExportState, ListPage
from reviews.exports import case_pdf, list_sheet, store
from reviews.exports.progress import Progress
from reviews.models import Case, Export
from reviews.queries.exports import fetchable, may_read_cases, reading_rights

logger = logging.getLogger(__name__)

#: A job that fails for a reason nobody foresaw is tried so often before the export gives up.
ATTEMPTS = 3
#: So many exports of one person may wait at a time.
MOST_WAITING = 5
LONGEST_QUERY = 1000
#: So many rows can be chosen one by one.
MOST_SELECTED = 500
WAITING = (ExportState.QUEUED, ExportState.RUNNING)


def ask_for_list(*, page: ListPage, query: str, selected: Sequence[int] = (), by: User, at: datetime) -> Export:
    """Owe an .xlsx of what a list shows at this address (`query`), or of its `selected` rows only.

    Filters, order and columns are those of the moment of asking; the rows are those of the moment of writing. Raises
    Invalid for what is no address of a list, NotAllowed for somebody who reads no cases, Conflict where too many wait.
    """
    if len(query) > LONGEST_QUERY:
        raise Invalid("筛选条件过长，请减少条件后再导出。")
    if len(selected) > MOST_SELECTED:
        raise Invalid(f"一次最多勾选 {MOST_SELECTED} 件；请改用筛选后导出全部。")
    listing = list_sheet.listing_of({"page": page, "query": query}, by, today=local_day(at))
    content = {
        "page": page.value,
        "query": listing.query,
        "columns": [column.key for column in listing.columns],
        "selected": list(selected),
    }
    name = f"{page.label} {local_day(at):%Y%m%d}.xlsx"
    return _ask(ExportKind.LIST, content, name, by=by, at=at)


def ask_for_case(*, case: Case, by: User, at: datetime) -> Export:
    """Owe the whole file of a case as one PDF. Raises NotFound where the person may not read the case."""
    if not Case.objects.visible_to(by).filter(pk=case.pk).exists():
        raise NotFound
    return _ask(ExportKind.CASE, {"case": case.pk}, f"案卷 {case.application.number}.pdf", by=by, at=at)


def _ask(kind: ExportKind, content: dict[str, Any], name: str, *, by: User, at: datetime) -> Export:
    if not may_read_cases(by):
        raise NotAllowed("导出案卷由单位经办、审核、财务、负责人或审计人员进行。")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # so that two requests at once do not both count too few
        if Export.objects.filter(owner=by, state__in=WAITING).count() >= MOST_WAITING:
            raise Conflict(f"您已有 {MOST_WAITING} 项导出正在生成，请等其中一项完成后再试。")
        export = Export.objects.create(owner=by, kind=kind, query=content, name=name[:120], asked_at=at)
        record("export.asked", subject=export, by=by, at=at, data={"kind": kind, "query": content})
        enqueue("reviews.export", {"export": export.pk}, key=f"reviews.export:{export.pk}", at=at)
        return export


def write_export(*, export_id: int, attempts: int = 0, at: datetime) -> None:
    """Write the file of an export with the rights its owner has now; repeated, it changes nothing.

    `attempts` is how often it failed before. Raises what went wrong while another attempt may help.
    """
    export = Export.objects.select_related("owner").filter(pk=export_id).first()
    if export is None or export.state not in WAITING:
        return
    owner = export.owner
    try:
        if not may_read_cases(owner):
            raise NotAllowed("您现在没有查看案卷的角色，不能导出。")
        # Asked before the rows are read: a right that is lost while they are written also counts as lost.
        rights = reading_rights(owner)
        # The savepoint keeps a fault of the database from the transaction in which the failure is written down.
        with store.working_folder() as folder, Progress(export) as progress, transaction.atomic():
            writer = case_pdf.write if export.kind == ExportKind.CASE else list_sheet.write
            written, count = writer(export, folder, progress, at)
            sha256 = store.keep(export, written)
    except DomainError as error:
        _fail(export, str(error), at)
        return
    except Exception:
        if attempts + 1 < ATTEMPTS:
            raise
        logger.exception("export %s failed %s times", export_id, ATTEMPTS)
        _fail(export, f"生成出错，已尝试 {ATTEMPTS} 次。请重新导出；仍不成功时请联系运行维护人员。", at)
        return
    with transaction.atomic():
        finished = Export.objects.filter(pk=export.pk, state__in=WAITING).update(
            state=ExportState.DONE,
            done=count,
            total=count,
            sha256=sha256,
            query={**export.query, "rights": rights},
            finished_at=at,
        )
        if not finished:  # taken back by its owner meanwhile
            store.forget(export)
            return
        record("export.written", subject=export, by=None, at=at, data={"sha256": sha256, "count": count})
        _owe_forgetting(export, at)
        _tell(export, "导出已完成", f"请在 {settings.EXPORT_KEEP_DAYS} 天内下载。", at)


def _fail(export: Export, sentence: str, at: datetime) -> None:
    with transaction.atomic():
        failed = Export.objects.filter(pk=export.pk, state__in=WAITING).update(
            state=ExportState.FAILED, error=sentence, finished_at=at
        )
        if failed:
            record("export.failed", subject=export, by=None, at=at, data={"error": sentence})
            _owe_forgetting(export, at)
            _tell(export, "导出没有完成", sentence, at)


def _owe_forgetting(export: Export, at: datetime) -> None:
    enqueue(
        "reviews.export_forget",
        {"export": export.pk},
        key=f"reviews.export_forget:{export.pk}",
        at=at,
        due_at=at + timedelta(days=settings.EXPORT_KEEP_DAYS),
    )


def _tell(export: Export, title: str, body: str, at: datetime) -> None:
    notify(
        [export.owner],
        title=f"{title}：{export.name}",
        body=body,
        url="/reviews/exports/",
        topic=NoticeTopic.SYSTEM,
        at=at,
    )


def fetch_export(*, export: Export, by: User, at: datetime) -> None:
    """Record that the owner fetches the file. Raises NotFound unless the rights under which it was written still hold
    and the bytes are those that were written."""
    if export.pk not in fetchable([export], by):
        raise NotFound
    path = store.path_of(export)
    if not path.exists() or store.digest_of(path) != export.sha256:
        raise NotFound("文件已不在或已损坏，请重新导出。")
    with transaction.atomic():
        record("export.fetched", subject=export, by=by, at=at, data={"name": export.name, "sha256": export.sha256})


def forget_export(*, export_id: int, at: datetime) -> None:
    """Throw a file away when its days are over; what was asked for and fetched stays on the record."""
    export = Export.objects.filter(pk=export_id).first()
    if export is not None:
        _delete(export, "export.forgotten", by=None, at=at)


def remove_export(*, export: Export, by: User, at: datetime) -> None:
    """The owner takes an export back, written or not. Raises NotFound for anybody else."""
    if export.owner_id != by.pk:
        raise NotFound
    _delete(export, "export.removed", by=by, at=at)


def _delete(export: Export, event: str, *, by: User | None, at: datetime) -> None:
    gone = Export(pk=export.pk, kind=export.kind)
    with transaction.atomic():
        record(event, subject=export, by=by, at=at)
        export.delete()
        transaction.on_commit(lambda: store.forget(gone))
