"""What a person keeps about lists: views with a name, and columns."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import parse_qsl

from django.db import IntegrityError, transaction

from accounts.models import Unit, User
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.workdays import local_day
from reviews.columns import FILE, chosen
from reviews.enums import ListPage
from reviews.models import ListColumns, SavedView
from reviews.queries.desk import desk_of
from reviews.queries.queue import clean_query

#: Views that one person keeps of one list.
MOST_VIEWS = 30
LONGEST_QUERY = 1000


def save_view(*, page: ListPage, name: str, query: str, unit_id: int | None, by: User, at: datetime) -> SavedView:
    """Keep a list's address under a name, for oneself or for one of one's units too.

    Of the address only what a list knows is kept. Raises Invalid for a missing or taken name and an address that is too
    long, NotAllowed for a unit of others, Conflict where the person keeps too many.
    """
    name, query = _named(name), clean_query(page, dict(parse_qsl(query)))
    if len(query) > LONGEST_QUERY:
        raise Invalid("筛选条件过长，请减少条件后再保存。")
    unit = _own_unit(unit_id, by, at)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # so that two requests at once do not both count too few
        if SavedView.objects.filter(owner=by, page=page).count() >= MOST_VIEWS:
            raise Conflict(f"每个列表最多保存 {MOST_VIEWS} 个视图，请先删除不再使用的视图。")
        view = SavedView(owner=by, page=page, name=name, query=query, unit=unit, created_at=at)
        _save(view)
        record("view.saved", subject=view, by=by, at=at, data=_told(view))
        return view


def change_view(*, view: SavedView, name: str, unit_id: int | None, by: User, at: datetime) -> SavedView:
    """Rename an own view, share it or take it back. Raises NotFound for views of others, else as save_view."""
    name, unit = _named(name), _own_unit(unit_id, by, at)
    with transaction.atomic():
        row = _own(view, by)
        if (row.name, row.unit_id) == (name, unit.pk if unit else None):
            return row
        row.name, row.unit = name, unit
        _save(row)
        record("view.changed", subject=row, by=by, at=at, data=_told(row))
        return row


def delete_view(*, view: SavedView, by: User, at: datetime) -> None:
    """Throw an own view away, for the unit too. Raises NotFound for views of others."""
    with transaction.atomic():
        row = _own(view, by)
        record("view.deleted", subject=row, by=by, at=at, data=_told(row))
        row.delete()


def keep_columns(*, page: ListPage, keys: Iterable[str], by: User) -> None:
    """Keep the columns of a list for this person, in order; none given goes back to the usual ones."""
    wanted = list(keys)
    if not wanted:
        ListColumns.objects.filter(user=by, page=page).delete()
        return
    columns = [column.key for column in chosen(page, wanted) if column.key != FILE.key]
    ListColumns.objects.update_or_create(user=by, page=page, defaults={"columns": columns})


def _named(name: str) -> str:
    name = " ".join(name.replace("\0", " ").split())
    if not name:
        raise Invalid("请给视图起一个名称。", field="name")
    if len(name) > 30:
        raise Invalid("视图名称不超过 30 字。", field="name")
    return name


def _own_unit(unit_id: int | None, by: User, at: datetime) -> Unit | None:
    if unit_id is None:
        return None
    if unit_id not in desk_of(by, today=local_day(at)).units:
        raise NotAllowed("视图只能共享给您所在的单位。")
    return Unit.objects.get(pk=unit_id)


def _own(view: SavedView, by: User) -> SavedView:
    row = SavedView.objects.select_for_update().filter(pk=view.pk, owner=by).first()
    if row is None:
        raise NotFound
    return row


def _save(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Invalid("您已有同名视图，请换一个名称，或先删除原来的视图。", field="name") from error


def _told(view: SavedView) -> dict[str, object]:
    return {"page": view.page, "name": view.name, "query": view.query, "unit": view.unit.name if view.unit else None}
