"""Starting an application, saving its draft, asking for confirmation and giving it back."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.enums import EnterpriseRole, EnterpriseStatus, NoticeTopic
from accounts.models import Enterprise, User
from accounts.notifications import notify
from applications.actions.locking import address_of, lock, text_of
from applications.actions.reasons import read_reason
from applications.drafts import RAW_KEY, rows_of
from applications.enums import EDITABLE, ENDED_WITHOUT_DECISION, State
from applications.errors import AlreadyStarted, DraftConflict
from applications.models import Application
from applications.permissions import require_member, require_step
from applications.queries.definitions import definition_of
from applications.queries.windows import ban_closed, window_closed
from applications.workflow import TABLE
from common.audit.actions import record
from common.audit.queries import history
from common.errors import Conflict, Invalid, LateError, NotAllowed, TooLarge
from common.workdays import local_day
from policies.models import Clause
from policies.queries import Window, clause_version_for, window_for

DRAFT_LIMIT = 500_000
"""Characters of a draft's JSON; 200 rows of long texts stay below it."""


def require_open_window(window: Window | None, moment: datetime) -> Window:
    """The window, if it (to 24:00 of its last day in Shanghai) includes the moment; LateError otherwise."""
    closed = window_closed(window, moment)
    if window is None or closed:
        raise LateError(closed)
    return window


def require_no_ban(enterprise: Enterprise, moment: datetime) -> None:
    """Raise NotAllowed with the reason and the last day while the enterprise may not apply (accounts.Ban)."""
    if banned := ban_closed(enterprise, moment):
        raise NotAllowed(banned)


@transaction.atomic
def start_application(
    *, enterprise: Enterprise, clause: Clause, policy_year: int, by: User, at: datetime
) -> Application:
    """Begin an application for one clause and year.

    Raises NotFound for strangers, Invalid for an enterprise that is not verified or a clause without money,
    PolicyYearError for a year without a version in force, LateError outside the window, AlreadyStarted where
    there is one.
    """
    require_member(by, enterprise.pk)
    enterprise = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    if enterprise.status != EnterpriseStatus.VERIFIED:
        raise Invalid("企业信息尚未通过所在县区核实，核实后才能申报。")
    require_no_ban(enterprise, at)
    if not clause.is_monetary:
        raise Invalid("该条款不是资金条款，不需要在线申报。")
    version = clause_version_for(clause, policy_year)
    found = window_for(clause, policy_year, enterprise=enterprise, on=local_day(at))
    call = require_open_window(found, at).call
    living = Application.objects.filter(enterprise=enterprise, clause=clause, policy_year=policy_year).exclude(
        state__in=ENDED_WITHOUT_DECISION
    )
    if existing := living.first():
        raise AlreadyStarted(existing.pk)
    try:
        with transaction.atomic():
            application = Application.objects.create(
                enterprise=enterprise,
                clause=clause,
                policy_year=policy_year,
                call=call,
                clause_version=version,
                created_at=at,
                created_by=by,
            )
    except IntegrityError as error:
        raise AlreadyStarted(living.values_list("pk", flat=True).get()) from error
    record(
        "applications.started",
        subject=application,
        by=by,
        at=at,
        data={"clause": clause.clause_id, "policy_year": policy_year, "version": version.number},
    )
    return application


def require_editable(application: Application) -> None:
    """Raise Conflict unless the enterprise may edit in the present state."""
    if application.state not in EDITABLE:
        raise Conflict(
            f"申报当前为“{application.get_state_display()}”，不能修改。", what=application.get_state_display()
        )


def last_editor(application: Application) -> str | None:
    """Who saved the draft last, by the record."""
    event = history(application).filter(event="applications.draft_saved").last()
    return event.actor_name.split("（")[0] if event else None


def _check_shape(application: Application, facts: Mapping[str, Any]) -> None:
    known = {fact.key for fact in definition_of(application).facts} | {RAW_KEY}
    if unknown := sorted(set(facts) - known):
        raise Invalid(f"填报内容中有本条款没有的项目：{'、'.join(unknown)[:100]}。")
    if len(json.dumps(facts, ensure_ascii=False)) > DRAFT_LIMIT:
        raise TooLarge("填写的内容过多，请精简文字或减少条数。")
    for fact in definition_of(application).facts:
        if fact.type == "table" and (rows := len(rows_of(facts, fact.key))) > fact.max_rows:
            raise Invalid(f"{fact.label}：最多 {fact.max_rows} 行，现有 {rows} 行，没有保存。", field=fact.key)


@transaction.atomic
def save_draft(
    *, application: Application, facts: Mapping[str, Any], expected_version: int, by: User, at: datetime
) -> Application:
    """Replace the draft's facts; half-filled and wrong values are kept as typed (under `_raw`).

    Equal content changes nothing. Raises NotFound, Conflict in a state that is not editable, DraftConflict with what
    was saved meanwhile when `expected_version` is not the present draft_version, Invalid for more rows than a table
    takes, TooLarge.
    """
    application = lock(application)
    require_member(by, application.enterprise_id)
    require_editable(application)
    _check_shape(application, facts)
    if application.draft == facts:
        return application
    if application.draft_version != expected_version:
        raise DraftConflict(
            saved=application.draft, saved_version=application.draft_version, changed_by=last_editor(application)
        )
    changed = sorted(
        key for key in {*application.draft, *facts} if application.draft.get(key) != facts.get(key) and key != RAW_KEY
    )
    application.draft = dict(facts)
    application.draft_version += 1
    application.save(update_fields=["draft", "draft_version"])
    record(
        "applications.draft_saved",
        subject=application,
        by=by,
        at=at,
        data={"draft_version": application.draft_version, "changed": changed},
    )
    return application


def _legal_members(application: Application) -> list[User]:
    return list(
        User.objects.filter(
            enterprise_memberships__enterprise_id=application.enterprise_id,
            enterprise_memberships__role=EnterpriseRole.LEGAL,
            enterprise_memberships__is_active=True,
            is_active=True,
        ).order_by("pk")
    )


@transaction.atomic
def send_to_confirm(*, application: Application, by: User, at: datetime) -> Application:
    """Ask the legal representative to confirm and file; a correction stays editable and only the message goes out.

    What is still missing is not refused here: the legal representative sees it on the check page. Raises NotFound,
    Conflict, and Invalid where nobody can confirm.
    """
    application = lock(application)
    require_member(by, application.enterprise_id)
    legal = _legal_members(application)
    if not legal:
        raise Invalid("本企业还没有法定代表人（授权人）账号，请先在“人员管理”中添加。")
    if application.state == State.CORRECTION:
        application.prepared_by = by
        application.save(update_fields=["prepared_by"])
    else:
        require_step("send_to_confirm", application, by)
        TABLE.apply(application, "send_to_confirm", changes={"prepared_by": by})
    notify(
        legal,
        title=f"请确认并提交：{text_of(application)}",
        body=f"{by.name}已填好申报，请核对后提交。",
        url=f"{address_of(application)}check/",
        topic=NoticeTopic.TASK,
        at=at,
    )
    record("applications.sent_to_confirm", subject=application, by=by, at=at, data={"state": application.state})
    return application


@transaction.atomic
def return_to_draft(*, application: Application, reason: str, by: User, at: datetime) -> Application:
    """Give the application back for changes, with a reason for whoever prepared it.

    Raises NotFound, Conflict, Invalid.
    """
    application = lock(application)
    require_step("return_to_draft", application, by)
    reason = read_reason(reason)
    if not reason:
        raise Invalid("请写明退回修改的原因。", field="reason")
    TABLE.apply(application, "return_to_draft")
    if application.prepared_by is not None and application.prepared_by != by:
        notify(
            [application.prepared_by],
            title=f"申报被退回修改：{text_of(application)}",
            body=reason,
            url=address_of(application),
            topic=NoticeTopic.TASK,
            at=at,
        )
    record("applications.returned_to_draft", subject=application, by=by, at=at, data={"reason": reason})
    return application
