"""Stored values as people read them, and the order in which a file's history is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from applications.forms.words import display
from applications.presenters import timeline
from policies.rules.schema import Column


@pytest.mark.parametrize(("value", "words"), [(2024, "2024"), (168, "168"), (12_345, "12,345")])
def test_counts_and_years(value, words):
    assert display(Column(key="list_year", label="榜单年份", type="count"), value) == words


class History:
    """A file with events and stages of a review, some of them older than the events."""

    def __init__(self, monkeypatch, events, stages):
        class Event:
            def __init__(self, name, at):
                self.event, self.at, self.data, self.actor_name = name, at, {}, "演示"

        monkeypatch.setattr("applications.presenters.history", lambda application: [Event(*item) for item in events])
        monkeypatch.setattr("applications.presenters.stages", lambda application: stages)
        self.ended_at = timezone.now()


def test_history_is_told_in_the_order_of_time_and_what_is_to_come_last(monkeypatch):
    now = timezone.now()
    day = timedelta(days=1)
    application = History(
        monkeypatch,
        [("applications.filed", now - 5 * day), ("applications.approved", now - 2 * day)],
        [
            {"label": "初审", "state": "done", "at": now - 4 * day},
            {"label": "牵头审核", "state": "done", "at": now - 2 * day},
            {"label": "市级配套确认", "state": "todo", "at": None},
        ],
    )

    told = [step["label"] for step in timeline(application)]

    assert told == ["提交申报", "初审", "牵头审核", "审核通过", "市级配套确认"]
