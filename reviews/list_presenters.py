"""From the rows of a list to what its page draws: cells, heads to sort by, tabs, views, what is filtered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from django.urls import reverse
from django.utils.http import urlencode

from common.money import grouped
from common.sheets import Fen, Value
from common.templatetags.ui import zhdate
from reviews.columns import Column, Row
from reviews.enums import CaseState, ListPage, TaskState
from reviews.models import SavedView
from reviews.presenters import CASE_TONES, TASK_TONES
from reviews.queries.filters import LABELS
from reviews.queries.queue import MOST_COUNTED, TABS, Listing, clean_query

_ADDRESSES = {ListPage.QUEUE: "reviews:queue", ListPage.CASES: "reviews:cases"}
_AMOUNTS = {"amount_from", "amount_to"}


def told(count: int) -> str:
    """A count as it is read; beyond what is counted it says only that there are more."""
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


def shown(value: Value) -> str:
    """A value of a part as text; amounts in 元."""
    if value is None:
        return ""
    if isinstance(value, Fen):
        return grouped(value)
    if isinstance(value, datetime | date):
        return zhdate(value)
    return str(value)


def address(page: ListPage, query: str) -> str:
    """The address of a list."""
    return f"{reverse(_ADDRESSES[page])}?{query}" if query else reverse(_ADDRESSES[page])


def task_address(pk: int, query: str) -> str:
    """The address of a task's page, opened from the list with this query: there 下一件 comes from."""
    way = f"?{urlencode({'list': query})}" if query else ""
    return f"{reverse('reviews:task', args=[pk])}{way}"


def changed(listing: Listing, **changes: str) -> str:
    """The list's address with changes; an empty value leaves a parameter out, the page starts anew."""
    return f"?{clean_query(listing.page, dict(parse_qsl(listing.query)) | changes)}"


def cell(column: Column, row: Row) -> dict[str, Any]:
    """What a column draws of a row: the first part large, the others below it."""
    values = [shown(part.value(row)) for part in column.parts]
    drawn: dict[str, Any] = {"kind": column.cell, "label": column.label, "main": values[0]}
    if column.cell in {"lines", "state"}:
        drawn["more"] = " · ".join(value for value in values[1:] if value)
    elif column.cell == "file":
        drawn["more"] = values[1]
    elif column.cell == "due":
        drawn |= {"days_left": row.days_left, "due": row.stage.due_on if row.stage else None, "paused": row.paused}
    if column.cell == "state":
        drawn["tone"] = TASK_TONES[TaskState(row.task.state)] if row.task else CASE_TONES[CaseState(row.case.state)]
        drawn["state"] = row.task.state if row.task else row.case.state
    return drawn


def table_row(listing: Listing, row: Row, present: str) -> dict[str, Any]:
    """One row: where it leads, how its checkbox is called, its cells."""
    if row.task is None:
        url, pk, version = reverse("reviews:case", args=[row.case.pk]), row.case.pk, row.case.version
    else:
        url, pk, version = task_address(row.task.pk, listing.query), row.task.pk, row.task.version
    first, *others = [cell(column, row) for column in listing.columns]
    name = f"{row.application.number} {row.application.enterprise.name}"
    return {"url": url, "pk": pk, "version": version, "name": name, "first": first, "cells": others, "present": present}


def heads(listing: Listing) -> list[dict[str, Any]]:
    """The heads of the columns; each part that can be sorted by is a link, which turns the order when it is in use."""
    drawn = []
    for column in listing.columns:
        links = []
        for part in column.parts:
            now = {part.key: "ascending", f"-{part.key}": "descending"}.get(listing.sort, "")
            turned = f"-{part.key}" if now == "ascending" else part.key
            url = changed(listing, sort=turned) if part.sortable else ""
            links.append({"label": part.label, "url": url, "now": now})
        sort = next((link["now"] for link in links if link["now"]), "")
        drawn.append({"links": links, "sort": sort, "is_number": column.is_number})
    return drawn


def tabs(listing: Listing, counts: Sequence[int]) -> list[dict[str, Any]]:
    """The tabs of the queue; the filters stay when one goes to another."""
    return [
        {"label": label, "url": changed(listing, tab=key, sort=""), "active": key == listing.tab, "count": told(count)}
        for (key, label), count in zip(TABS.items(), counts, strict=True)
    ]


def views(listing: Listing, saved: Sequence[SavedView], counts: Sequence[int]) -> list[dict[str, Any]]:
    """The saved views with their counts; `shared_by`: whose it is, where a unit shares it."""
    return [
        {
            "view": view,
            "url": address(listing.page, view.query),
            "active": view.query == listing.query,
            "count": told(count),
            "shared_by": view.owner.name if view.owner_id != listing.desk.user.pk else "",
        }
        for view, count in zip(saved, counts, strict=True)
    ]


def chips(listing: Listing) -> list[dict[str, str]]:
    """What is filtered, each with the address that leaves it out."""
    drawn = []
    for name, label in LABELS.items():
        value = getattr(listing.filters, name)
        if value is None or value == "":
            continue
        if name in _AMOUNTS:
            text = f"{label} {grouped(value)}"
        elif isinstance(value, date):
            text = f"{label} {zhdate(value)}"
        elif name == "q":
            text = f"搜索：{value}"
        else:
            text = f"{label}：{listing.offer.label(name, str(value))}"
        drawn.append({"label": text, "remove_url": changed(listing, **{name: ""})})
    return drawn
