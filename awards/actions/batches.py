"""批量核算: a lead settles a whole call at once. Its 经办 starts the batch, the worker previews it in parts, its 审核
confirms what was previewed, and the worker settles one enterprise per transaction.

Each enterprise is a message of the outbox: delivered again, by whichever worker, it finds its item done and does
nothing. What stands against an enterprise leaves it out with a sentence; the others go on. Order of locks:
applications, year account, awards, item, envelopes, batch.
"""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Unit, User
from accounts.notifications import notify
from awards.actions.settle import lock_for_settlement, settle_account
from awards.batch_preview import hindrance, preview_of
from awards.enums import BatchItemState, BatchState
from awards.models import SettlementBatch, SettlementBatchItem
from awards.permissions import CONFIRMERS, DRAFTERS, holds
from awards.queries.batches import accounts_to_settle
from awards.queries.preview import prepare_settlement
from awards.workflow import BATCHES
from common.audit.actions import record
from common.errors import Conflict, DomainError, Invalid, NotAllowed
from common.outbox.actions import enqueue
from policies.models import Call

logger = logging.getLogger(__name__)

#: Enterprises of one part of the preview; a part is one message and one transaction.
PART = 20
#: An enterprise that fails for a reason nobody foresaw is tried so often before it is left out.
ATTEMPTS = 3
MESSAGE_LENGTH = 500
OPEN_BATCHES = (BatchState.PREVIEWING, BatchState.READY, BatchState.RUNNING)


def start_batch(*, call: Call, unit: Unit, by: User, at: datetime) -> SettlementBatch:
    """Owe the preview of every account with open awards of this call that the unit keeps (经办 of the unit).

    Raises NotAllowed, Conflict where one is under way, Invalid where nothing waits.
    """
    if not holds(by, unit, DRAFTERS):
        raise NotAllowed(f"批量核算由{unit.name}的经办人员发起，您没有这一角色。")
    with transaction.atomic():
        accounts = list(accounts_to_settle(call, unit).values_list("pk", flat=True))
        if not accounts:
            raise Invalid(f"“{call}”没有由{unit.name}主办、尚待核算的申报，无需批量核算。", field="call")
        try:
            with transaction.atomic():
                batch = SettlementBatch.objects.create(call=call, unit=unit, proposed_by=by, proposed_at=at)
        except IntegrityError as error:
            if "batch_one_open" not in str(error):
                raise
            raise Conflict(f"{unit.name}对“{call}”已有一批核算正在进行，请先完成或撤回。", what="已有批次") from error
        items = SettlementBatchItem.objects.bulk_create(
            [SettlementBatchItem(batch=batch, account_id=pk) for pk in accounts]
        )
        keys = sorted(item.pk for item in items)
        record("batch.started", subject=batch, by=by, at=at, data={"call": call.pk, "accounts": len(keys)})
        for start in range(0, len(keys), PART):
            part = keys[start : start + PART]
            enqueue(
                "awards.batch_preview",
                {"batch": batch.pk, "first": part[0], "last": part[-1]},
                key=f"awards.batch:{batch.pk}:preview:{part[0]}",
                at=at,
            )
        return batch


def preview_part(*, batch_id: int, first: int, last: int, attempts: int = 0, at: datetime) -> None:
    """Preview the items of one part; the last part makes the batch ready. Repeated, it changes nothing."""
    batch = SettlementBatch.objects.select_related("unit", "proposed_by").get(pk=batch_id)
    if batch.state != BatchState.PREVIEWING:
        return
    items = batch.items.filter(pk__gte=first, pk__lte=last, state=BatchItemState.WAITING)
    for item in items.select_related("account__enterprise").order_by("pk"):
        try:
            with transaction.atomic():
                _preview(item, batch, at)
        except DomainError as error:
            _leave_out(item, _told(error))
        except Exception:
            if attempts + 1 < ATTEMPTS:
                raise
            logger.exception("preview of item %s failed %s times", item.pk, ATTEMPTS)
            _leave_out(item, f"试算出错，已尝试 {ATTEMPTS} 次，请单独核算；仍不成功时请联系运行维护人员。")
    with transaction.atomic():
        locked = _locked(batch_id, BatchState.PREVIEWING)
        if locked is None or locked.items.filter(state=BatchItemState.WAITING).exists():
            return
        counts = counts_of(locked)
        BATCHES.apply(locked, "previewed")
        record("batch.previewed", subject=locked, by=None, at=at, data=counts)
        approvers = locked.unit.members.filter(role=UnitRole.APPROVER, is_active=True).select_related("user")
        people = {member.user for member in approvers} | {locked.proposed_by}
        notify(
            people,
            title=f"批量核算待确认：{locked.call}",
            body=f"{locked.unit.name}试算完成：{counts['previewed']} 家可以核定，{counts['left_out']} 家未列入。",
            url=f"/awards/batches/{locked.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )


def confirm_batch(
    *,
    batch: SettlementBatch,
    expected_version: int,
    chosen: Collection[int] | None = None,
    by: User,
    at: datetime,
) -> SettlementBatch:
    """Confirm what was previewed (审核 of the unit, another person): all of it, or the items whose keys are `chosen`.

    Raises Conflict where the batch moved on, Invalid where nothing is chosen, NotAllowed.
    """
    with transaction.atomic():
        current = _current(batch, expected_version)
        if not holds(by, current.unit, CONFIRMERS):
            raise NotAllowed(f"批量核算由{current.unit.name}的审核人员确认，您没有这一角色。")
        if current.proposed_by_id == by.pk:
            raise NotAllowed("经办和审核须为不同的人，请由本单位另一名审核人员确认。")
        # The table refuses first: what is not ready cannot be chosen from.
        BATCHES.target("confirm", current.state)
        ready = set(current.items.filter(state=BatchItemState.PREVIEWED).values_list("pk", flat=True))
        picked = ready if chosen is None else ready & set(chosen)
        if not picked:
            raise Invalid("没有选中可以核定的企业；不需要核定的，请撤回这一批。", field="items")
        current.items.filter(pk__in=ready - picked).update(
            state=BatchItemState.LEFT_OUT, message=f"审核人 {by} 未选入本批。"[:MESSAGE_LENGTH]
        )
        BATCHES.apply(current, "confirm", changes={"confirmed_by": by, "confirmed_at": at})
        record(
            "batch.confirmed",
            subject=current,
            by=by,
            at=at,
            data={"chosen": len(picked), "not_chosen": len(ready - picked)},
        )
        for pk in sorted(picked):
            enqueue("awards.batch_settle", {"item": pk}, key=f"awards.batch:{current.pk}:settle:{pk}", at=at)
        return current


def settle_item(*, item_id: int, attempts: int = 0, at: datetime) -> None:
    """Settle one enterprise of a confirmed batch, or leave it out with the sentence that says why; the last one
    finishes the batch. One transaction; repeated, it changes nothing. Raises what nobody foresaw while another attempt
    may help.
    """
    with transaction.atomic():
        account_id = SettlementBatchItem.objects.values_list("account", flat=True).get(pk=item_id)
        lock_for_settlement(account_id)
        item = (
            SettlementBatchItem.objects.select_for_update(of=("self",))
            .select_related("batch__unit", "batch__proposed_by", "batch__confirmed_by", "account__enterprise")
            .get(pk=item_id)
        )
        if item.state != BatchItemState.PREVIEWED or item.batch.state != BatchState.RUNNING:
            return
        try:
            with transaction.atomic():
                _settle(item, at)
        except DomainError as error:
            _leave_out(item, _told(error))
        except Exception:
            if attempts + 1 < ATTEMPTS:
                raise
            logger.exception("item %s of a batch failed %s times", item_id, ATTEMPTS)
            _leave_out(item, f"核定出错，已尝试 {ATTEMPTS} 次，请单独核算；仍不成功时请联系运行维护人员。")
        _finish_if_complete(item.batch_id, at)


def withdraw_batch(*, batch: SettlementBatch, expected_version: int, by: User, at: datetime) -> SettlementBatch:
    """Put a batch aside before it is confirmed (its author, or a 审核 of the unit). Raises Conflict, NotAllowed."""
    with transaction.atomic():
        current = _current(batch, expected_version)
        if current.proposed_by_id != by.pk and not holds(by, current.unit, CONFIRMERS):
            raise NotAllowed(f"撤回由发起人或{current.unit.name}的审核人员办理，您没有这一角色。")
        BATCHES.apply(current, "withdraw", changes={"finished_at": at})
        record("batch.withdrawn", subject=current, by=by, at=at)
        if current.proposed_by_id != by.pk:
            notify(
                [current.proposed_by],
                title=f"批量核算已撤回：{current.call}",
                body=f"{by} 撤回了您发起的批量核算，没有核定任何企业。",
                url=f"/awards/batches/{current.pk}/",
                topic=NoticeTopic.TASK,
                at=at,
            )
        return current


def counts_of(batch: SettlementBatch) -> dict[str, int]:
    """How many items are in each state."""
    found = dict(batch.items.order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in BatchItemState.values}


def _current(batch: SettlementBatch, expected_version: int) -> SettlementBatch:
    current = (
        SettlementBatch.objects.select_for_update(of=("self",))
        .select_related("unit", "call", "proposed_by", "confirmed_by")
        .get(pk=batch.pk)
    )
    if current.version != expected_version:
        by = current.confirmed_by
        raise Conflict(
            f"这一批核算现在是“{current.get_state_display()}”，请刷新后查看。",
            changed_by=str(by) if by else None,
            what=current.get_state_display(),
        )
    return current


def _locked(batch_id: int, state: BatchState) -> SettlementBatch | None:
    """The batch, locked, if it is in this state."""
    batches = SettlementBatch.objects.select_for_update(of=("self",)).select_related("unit", "call", "proposed_by")
    return batches.filter(pk=batch_id, state=state).first()


def _preview(item: SettlementBatchItem, batch: SettlementBatch, at: datetime) -> None:
    prepared = prepare_settlement(item.account, at=at)
    item.preview, item.digest = preview_of(prepared), prepared.digest
    if because := hindrance(prepared, batch):
        item.save(update_fields=["preview", "digest"])
        _leave_out(item, because)
        return
    item.state = BatchItemState.PREVIEWED
    item.save(update_fields=["preview", "digest", "state"])


def _settle(item: SettlementBatchItem, at: datetime) -> None:
    """Settle the locked account of an item as it was previewed."""
    batch = item.batch
    if batch.confirmed_by is None:
        raise ValueError("a batch runs only once it is confirmed")
    prepared = prepare_settlement(item.account, at=at)
    if because := hindrance(prepared, batch):
        raise Conflict(because)
    if prepared.digest != item.digest:
        raise Conflict("试算之后，核算所依据的内容有变化，请重新发起或单独核算。", what="依据已变化")
    settle_account(
        prepared, unit=batch.unit, proposed_by=batch.proposed_by, by=batch.confirmed_by, at=at, batch_item=item
    )
    item.state = BatchItemState.SETTLED
    item.save(update_fields=["state"])


def _leave_out(item: SettlementBatchItem, message: str) -> None:
    item.state, item.message = BatchItemState.LEFT_OUT, message[:MESSAGE_LENGTH]
    item.save(update_fields=["state", "message"])


def _told(error: DomainError) -> str:
    """Every sentence of a refusal."""
    return "".join(dict.fromkeys(text for texts in error.errors.values() for text in texts)) or error.message


def _finish_if_complete(batch_id: int, at: datetime) -> None:
    """When no item is left, the batch is done. Under its row's lock, so that one of the last two workers does it."""
    batch = _locked(batch_id, BatchState.RUNNING)
    if batch is None or batch.items.filter(state=BatchItemState.PREVIEWED).exists():
        return
    counts = counts_of(batch)
    BATCHES.apply(batch, "finish", changes={"finished_at": at})
    record("batch.finished", subject=batch, by=None, at=at, data=counts)
    people = [person for person in (batch.proposed_by, batch.confirmed_by) if person is not None]
    notify(
        people,
        title=f"批量核算已完成：{batch.call}",
        body=f"已核定 {counts['settled']} 家，未核定 {counts['left_out']} 家；未核定的原因见批次页面。",
        url=f"/awards/batches/{batch.pk}/",
        topic=NoticeTopic.TASK,
        at=at,
    )
