"""公示: the 经办 of a lead drafts a round of its settled awards, its 审核 publishes it; after the period it goes on.

Locks: the awards by pk, then the round, then its items. Whoever needs application, account or envelopes as well takes
the first two before and the envelopes after the awards, as everywhere in this app; nothing locks an item without
holding its award. So an objection and the closing meet at the award, and one of them is first.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Unit, User
from accounts.notifications import notify
from awards.actions.locks import lock_awards
from awards.actions.publicity_closing import CLOSE
from awards.actions.publicity_parts import tell_enterprise
from awards.enums import AwardState, RoundState
from awards.letters_publicity import request_publicity_letter
from awards.models import Award, PublicityItem, PublicityRound
from awards.permissions import CONFIRMERS, DRAFTERS, holds, require_lead
from awards.queries.outdated import outdated_sums
from awards.queries.publicity import OPEN_ITEMS, draft_rows, in_order, last_day_of, line_of, periods_after
from awards.workflow import AWARDS, ROUNDS
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped, yuan
from common.outbox.actions import enqueue
from common.queries import working_calendar
from common.templatetags.ui import zhdate
from common.workdays import end_of_day, local_day
from reviews.queries.assignment import people_of

#: What one 公示 lists at most: more rows than its letter holds.
MAX_ITEMS = 500
MAX_TITLE, MAX_CONTACT = 120, 200


def _line(text: str, *, field: str, name: str, limit: int) -> str:
    """One line of text that is needed; Invalid says what is wrong with it."""
    plain = " ".join(text.split())
    if not plain:
        raise Invalid(f"请填写{name}。", field=field)
    if len(plain) > limit:
        raise Invalid(f"{name}最多 {limit} 字，您填写了 {len(plain)} 字。", field=field)
    return plain


def _words(title: str, contact: str) -> dict[str, str]:
    """Title and contact as they may be stored; Invalid with both faults."""
    errors: dict[str, list[str]] = {}
    found = {}
    for field, text, name, limit in (
        ("title", title, "公示标题", MAX_TITLE),
        ("contact", contact, "异议受理联系方式", MAX_CONTACT),
    ):
        try:
            found[field] = _line(text, field=field, name=name, limit=limit)
        except Invalid as refused:
            errors |= refused.errors
    if errors:
        raise Invalid("公示没有保存，请按提示更正。", errors=errors)
    return found


def _checked(
    awards: Sequence[Award], unit: Unit, policy_year: int, *, within: PublicityRound | None, at: datetime
) -> list[Award]:
    """The awards, locked, if all of them may stand in a round of this lead and year; else Invalid or Conflict."""
    if not awards:
        raise Invalid("请至少选择一笔已核定的奖补。", field="awards")
    if len(awards) > MAX_ITEMS:
        raise Invalid(f"一次公示最多 {MAX_ITEMS} 项，您选择了 {len(awards)} 项，请分批公示。", field="awards")
    locked = list(lock_awards({award.pk for award in awards}).values())
    faults, moved = [], []
    for award in locked:
        number = award.application.number
        if award.unit_id != unit.pk:
            faults.append(f"{number} 由{award.unit.name}主办，不能列入{unit.name}的公示。")
        elif award.application.policy_year != policy_year:
            faults.append(f"{number} 属于{award.application.policy_year}年度，不能列入{policy_year}年度的公示。")
        elif award.state != AwardState.SETTLED:
            moved.append(f"{number} 现为“{award.get_state_display()}”，不能公示。")
    if faults:
        raise Invalid(faults[0], errors={"awards": faults})
    if moved:
        raise Conflict(moved[0], what="奖补状态已变化", errors={"awards": moved})
    others = PublicityItem.objects.filter(award__in=locked, state__in=OPEN_ITEMS)
    if within is not None:
        others = others.exclude(round=within)
    held = [
        f"{item.award.application.number} 已列入《{item.round.title}》。"
        for item in others.select_related("award__application", "round")
    ]
    if held:
        raise Conflict(held[0], what="已列入另一批公示", errors={"awards": held})
    outdated = outdated_sums(locked, at=at)
    stale = [
        f"{award.application.number} 核定之后有新录入的内容，按最新内容为 {grouped(outdated[award.pk])} 元，"
        f"与核定的 {grouped(award.settled_fen)} 元不同，请先重新核算。"
        for award in locked
        if award.pk in outdated
    ]
    if stale:
        raise Conflict(stale[0], what="核算所依据的内容已变化", errors={"awards": stale})
    return locked


def _write_items(publicity: PublicityRound, awards: Iterable[Award]) -> list[PublicityItem]:
    """The list of a draft anew, in its order; rows of a draft bind nobody and are replaced as a whole."""
    publicity.items.all().delete()
    return PublicityItem.objects.bulk_create(
        PublicityItem(
            round=publicity,
            award=line.award,
            order=order,
            name=line.name,
            clause=line.clause,
            amount_fen=line.amount_fen,
        )
        for order, line in enumerate(in_order(map(line_of, awards)), start=1)
    )


def _told(publicity: PublicityRound, items: Iterable[PublicityItem]) -> dict[str, object]:
    rows = list(items)
    return {
        "title": publicity.title,
        "awards": [item.award_id for item in rows],
        "count": len(rows),
        "total": yuan(sum(item.amount_fen for item in rows)),
    }


def _lock_round(publicity: PublicityRound, expected_version: int, *, state: str = RoundState.DRAFT) -> PublicityRound:
    current = (
        PublicityRound.objects.select_for_update(of=("self",)).select_related("unit", "drafted_by").get(pk=publicity.pk)
    )
    if current.state != state:
        label = current.get_state_display()
        raise Conflict(f"这批公示现为“{label}”，不能再改动，请刷新后查看。", what=label)
    if current.version != expected_version:
        raise Conflict(
            "这批公示在您操作期间已被修改，请核对最新内容后再操作。",
            changed_by=str(current.drafted_by),
            what="名单或文字已更新",
        )
    return current


def _require_role(unit: Unit, by: User, roles: Sequence[UnitRole], doing: str) -> None:
    if not holds(by, unit, roles):
        wanted = "、".join(role.label for role in roles)
        raise NotAllowed(f"{doing}由{unit.name}的{wanted}人员办理，您没有这一角色。")


def draft_round(
    *, unit: Unit, title: str, policy_year: int, awards: Sequence[Award], contact: str, by: User, at: datetime
) -> PublicityRound:
    """Put settled awards of a lead and policy year together for 公示 (经办).

    Raises Invalid with every fault, Conflict where an award is not 已核定 any more or stands in another open round,
    NotAllowed.
    """
    with transaction.atomic():
        _require_role(unit, by, DRAFTERS, "拟定公示")
        words = _words(title, contact)
        chosen = _checked(awards, unit, policy_year, within=None, at=at)
        require_lead(chosen, by, DRAFTERS)
        publicity = PublicityRound.objects.create(
            unit=unit, policy_year=policy_year, drafted_by=by, drafted_at=at, **words
        )
        items = _write_items(publicity, chosen)
        record("publicity.drafted", subject=publicity, by=by, at=at, data=_told(publicity, items))
        _ask_to_publish(publicity, len(items), by=by, at=at)
        return publicity


def _ask_to_publish(publicity: PublicityRound, count: int, *, by: User, at: datetime) -> None:
    notify(
        [user for user in people_of(publicity.unit, CONFIRMERS) if user != by],
        title=f"待发布：{publicity.title}",
        body=f"经办人 {by} 拟定公示，共 {count} 项，请核对后发布。",
        url=f"/awards/publicity/{publicity.pk}/",
        topic=NoticeTopic.TASK,
        at=at,
    )


def change_round(
    *,
    publicity: PublicityRound,
    expected_version: int,
    title: str,
    contact: str,
    awards: Sequence[Award],
    by: User,
    at: datetime,
) -> PublicityRound:
    """Write a draft anew (经办): its words, and exactly these awards with the amounts settled today.

    Whoever changed a draft last counts as its author, and so cannot publish it. Raises Invalid, Conflict, NotAllowed.
    """
    with transaction.atomic():
        _require_role(publicity.unit, by, DRAFTERS, "修改公示")
        words = _words(title, contact)
        # Awards before the round, those that are taken out included: nobody waits for one of them with the round held.
        kept = {*publicity.items.values_list("award", flat=True), *(award.pk for award in awards)}
        lock_awards(kept)
        current = _lock_round(publicity, expected_version)
        chosen = _checked(awards, current.unit, current.policy_year, within=current, at=at)
        require_lead(chosen, by, DRAFTERS)
        before = set(current.items.values_list("award", flat=True))
        PublicityRound.objects.filter(pk=current.pk).update(
            version=F("version") + 1, drafted_by=by, drafted_at=at, **words
        )
        current.refresh_from_db()
        items = _write_items(current, chosen)
        after = {item.award_id for item in items}
        told = _told(current, items) | {"added": sorted(after - before), "removed": sorted(before - after)}
        record("publicity.changed", subject=current, by=by, at=at, data=told)
        return current


def cancel_round(*, publicity: PublicityRound, expected_version: int, by: User, at: datetime) -> PublicityRound:
    """Give up a draft (经办 or 审核); its awards are free for another round. Raises Conflict, NotAllowed."""
    with transaction.atomic():
        _require_role(publicity.unit, by, (*DRAFTERS, *CONFIRMERS), "取消公示")
        lock_awards(publicity.items.values_list("award", flat=True))
        current = _lock_round(publicity, expected_version)
        told = _told(current, current.items.all())
        current.items.all().delete()
        ROUNDS.apply(current, "cancel")
        record("publicity.cancelled", subject=current, by=by, at=at, data=told)
        if current.drafted_by != by:
            notify(
                [current.drafted_by],
                title=f"公示已取消：{current.title}",
                body=f"{by} 取消了这批公示，所列奖补可以重新列入。",
                url=f"/awards/publicity/{current.pk}/",
                topic=NoticeTopic.TASK,
                at=at,
            )
        return current


def publish_round(*, publicity: PublicityRound, expected_version: int, by: User, at: datetime) -> PublicityRound:
    """Publish a draft (审核, another person than drafted it): what is shown is fixed from now on, the period runs.

    The first day is the day of `at` in Shanghai and does not count. Orders the numbered 公示 and owes the closing at
    the end of the last day. Raises Conflict with every row that was settled otherwise since it was drafted, NotAllowed.
    """
    with transaction.atomic():
        _require_role(publicity.unit, by, CONFIRMERS, "发布公示")
        awards = lock_awards(publicity.items.values_list("award", flat=True))
        current = _lock_round(publicity, expected_version)
        if current.drafted_by_id == by.pk:
            raise NotAllowed("经办和审核须为不同的人，请由本单位另一名审核人员发布。")
        require_lead(awards.values(), by, CONFIRMERS)
        faults = [f"{row.fault}。" for row in draft_rows(current, at=at) if row.fault]
        if faults:
            raise Conflict(
                f"{faults[0]}请经办按最新核定更新名单后再发布。", what="名单与现行核定不一致", errors={"": faults}
            )
        if not awards:
            raise Conflict("名单中没有奖补，不能发布。", what="名单为空")
        first = local_day(at)
        last = last_day_of(awards.values(), first=first)
        ROUNDS.apply(
            current,
            "publish",
            changes={"published_by": by, "published_at": at, "first_day": first, "last_day": last},
        )
        calendar, periods = working_calendar(), periods_after(awards.values(), on=first)
        for award in awards.values():
            days = periods[award.application.clause.document_id].approval
            AWARDS.apply(award, "publish", changes={"due_on": calendar.add_working_days(last, days)})
        items = list(current.items.select_related("award__application__clause__document"))
        request_publicity_letter(publicity=current, items=items, by=by, at=at)
        enqueue(CLOSE, {"round": current.pk}, key=f"publicity.close:{current.pk}", at=at, due_at=end_of_day(last))
        told = _told(current, items) | {"first_day": first.isoformat(), "last_day": last.isoformat()}
        record("publicity.published", subject=current, by=by, at=at, data=told)
        for award in awards.values():
            tell_enterprise(
                award,
                title=f"公示开始：{award.application.number}",
                body=f"核定金额 {grouped(award.settled_fen)} 元已公示，公示至{zhdate(last)}；期满无异议即批复。",
                at=at,
            )
        return current
