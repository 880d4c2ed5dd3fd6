"""The saved views that a person sees beside a list."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import QuerySet

from reviews.enums import ListPage
from reviews.models import Case, SavedView
from reviews.queries.filters import narrow_cases, narrow_tasks, read_filters
from reviews.queries.queue import TABS, Listing, tasks_for

#: Views that stand beside a list, own ones first.
MOST_SHOWN = 40


def saved_views(listing: Listing) -> list[SavedView]:
    """A person's own views of this list and those that a unit shares, own ones first."""
    user = listing.desk.user
    found = SavedView.objects.visible_to(user).filter(page=listing.page).select_related("owner", "unit")
    ordered = sorted(found, key=lambda view: (view.owner_id != user.pk, view.name, view.pk))
    return ordered[:MOST_SHOWN]


def held_by(listing: Listing, views: Sequence[SavedView]) -> list[QuerySet[Any]]:
    """What each view holds for this person, to be counted."""
    held: list[QuerySet[Any]] = []
    for view in views:
        params = dict(parse_qsl(view.query))
        filters, _ = read_filters(params, listing.offer)
        if listing.page == ListPage.CASES:
            cases = Case.objects.visible_to(listing.desk.user)
            held.append(narrow_cases(cases, filters, listing.desk, listing.calendar))
        else:
            tab = params.get("tab", "mine")
            tasks = tasks_for(listing.desk, tab if tab in TABS else "mine")
            held.append(narrow_tasks(tasks, filters, listing.desk, listing.calendar))
    return held
