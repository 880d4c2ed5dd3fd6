"""Filing: from a complete draft to a numbered, immutable revision and its receipt."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import enterprise_users, notify
from applications.actions.drafting import require_no_ban, require_open_window
from applications.actions.locking import address_of, lock, lock_enterprise, lock_figures, text_of
from applications.actions.receipt import request_receipt
from applications.drafts import Fault
from applications.enums import CorrectionState, State
from applications.errors import IncompleteError
from applications.models import Application, ApplicationCounter, Correction, Revision
from applications.permissions import require_step
from applications.queries.clock import database_now
from applications.queries.completeness import evidence_status, missing
from applications.queries.definitions import definition_of, rules_of, version_of
from applications.queries.documents import applicant, complete_facts
from applications.queries.estimates import estimate
from applications.queries.revisions import STATEMENT, revision_digest, seen_digest
from applications.queries.windows import clause_closed, correction_closed, window_of
from applications.workflow import TABLE
from common.audit.actions import record
from common.errors import Conflict, Invalid, LateError
from common.outbox.actions import enqueue
from policies.models import Call
from policies.queries import rules_for

ESTIMATE_KEYS = ("clause", "status", "amount", "unmet", "trace", "floor", "ceiling")
PROMISE = Fault("id_promise", "promise", "请阅读并勾选真实性承诺。")


def next_number(policy_year: int) -> str:
    """The next application number of a policy year, DZ2024-0001; its counter row is locked last and briefly."""
    ApplicationCounter.objects.get_or_create(policy_year=policy_year)
    counter = ApplicationCounter.objects.select_for_update().get(policy_year=policy_year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"DZ{policy_year}-{counter.last:04d}"


def _require_in_time(application: Application, correction: Correction | None, moment: datetime) -> Call:
    """The call under which the application is filed, if the enterprise's own window, or the days of the correction,
    include the moment; LateError otherwise."""
    if correction is None:
        if ended := clause_closed(application):
            raise LateError(ended)
        return require_open_window(window_of(application, moment), moment).call
    if closed := correction_closed(correction, moment):
        raise LateError(closed)
    return application.call


def submit_application(
    *,
    application: Application,
    idempotency_key: str,
    promise: bool,
    by: User,
    at: datetime,
    seen: str | None = None,
    clock: Callable[[], datetime] = database_now,
) -> Revision:
    """File the application, or re-file it in answer to the open correction.

    idempotency_key: made when the check page is shown; the same key again answers with the same revision. seen: the
    hash of what the check page showed (queries.revisions.seen_digest), where a page was shown. clock decides lateness
    and is the database's own; filed_at is its answer.
    Raises NotFound, NotAllowed (not the legal representative), LateError, Conflict (state, or content changed since it
    was checked), IncompleteError with every fault at once.
    """
    key = idempotency_key.strip()
    if not 8 <= len(key) <= 64:
        raise Invalid("提交凭证无效，请重新打开核对页面再提交。")
    try:
        with transaction.atomic():
            return _submit(lock(application), key, promise, by, at, seen, clock)
    except IntegrityError as error:
        if "idempotency_key" in str(error):
            raise Conflict("提交凭证已被使用，请重新打开核对页面再提交。") from error
        raise


def _submit(
    application: Application,
    key: str,
    promise: bool,
    by: User,
    at: datetime,
    seen: str | None,
    clock: Callable[[], datetime],
) -> Revision:
    refiling = application.state == State.CORRECTION
    step = "refile" if refiling else "file"
    require_step(step, application, by, lock=True)
    repeated = Revision.objects.filter(application=application, idempotency_key=key).first()
    if repeated is not None:
        return repeated
    if application.state not in TABLE[step].sources and application.number:
        raise Conflict(
            f"申报已提交（编号 {application.number}），当前为“{application.get_state_display()}”，不能再次提交。",
            what=application.get_state_display(),
        )
    TABLE.target(step, application.state)
    correction = application.corrections.filter(state=CorrectionState.OPEN).first() if refiling else None
    moment = clock()
    application.enterprise = lock_enterprise(application)
    call = _require_in_time(application, correction, moment)
    if not refiling:
        # Under the enterprise's lock, which a decision to ban takes too.
        require_no_ban(application.enterprise, moment)
    lock_figures(application)
    faults = missing(application) + ([] if promise else [PROMISE])
    if faults:
        raise IncompleteError(faults)
    if seen is not None and seen != seen_digest(application):
        raise Conflict("内容在您核对之后有变化，尚未提交。请重新核对后再提交。", what="填报内容已更新")
    revision = _write_revision(application, key, correction, by, moment)
    changes: dict[str, Any] = {"clause_version": revision.clause_version}
    if not application.number:
        rules = rules_of(application) or rules_for(application.clause.document, application.policy_year)
        changes |= {"number": next_number(application.policy_year), "filed_at": moment, "call": call, "rules": rules}
    TABLE.apply(application, step, changes=changes)
    if correction is not None:
        correction.state, correction.closed_at = CorrectionState.ANSWERED, moment
        correction.save(update_fields=["state", "closed_at"])
    revision.application = application
    _tell(application, revision, by, at)
    return revision


def _write_revision(
    application: Application, key: str, correction: Correction | None, by: User, moment: datetime
) -> Revision:
    last = application.revisions.order_by("-number").first()
    answer = estimate(application)
    revision = Revision(
        application=application,
        number=last.number + 1 if last else 1,
        clause_version=version_of(application),
        facts=complete_facts(definition_of(application), application.draft),
        figures=applicant(application.enterprise, application.policy_year),
        evidence=[
            {
                "attachment": attachment.pk,
                "key": status.evidence.key,
                "label": status.evidence.label,
                "name": attachment.name,
                "kind": attachment.kind,
                "size": attachment.size,
                "sha256": attachment.sha256,
            }
            for status in evidence_status(application)
            for attachment in status.files
        ],
        estimate={name: answer[name] for name in ESTIMATE_KEYS if name in answer},
        statement=STATEMENT,
        idempotency_key=key,
        correction=correction,
        prepared_by=application.prepared_by or by,
        filed_by=by,
        filed_at=moment,
    )
    revision.sha256 = revision_digest(revision)
    revision.save(force_insert=True)
    return revision


def _tell(application: Application, revision: Revision, by: User, at: datetime) -> None:
    """The record, what the officers' side has to do, the receipt and the messages."""
    record(
        "applications.filed" if revision.number == 1 else "applications.refiled",
        subject=application,
        by=by,
        at=at,
        data={"number": application.number, "revision": revision.number, "sha256": revision.sha256},
    )
    enqueue(
        "applications.filed",
        {"application": application.pk, "revision": revision.pk},
        key=f"applications.filed:{revision.pk}",
        at=at,
        inline=True,
    )
    request_receipt(revision=revision, by=by, at=at)
    notify(
        [user for user in enterprise_users(application.enterprise) if user != by],
        title=f"已提交：{application.number} {text_of(application)}",
        body="受理回执生成后可在申报页面下载。",
        url=address_of(application),
        topic=NoticeTopic.SYSTEM,
        at=at,
    )
