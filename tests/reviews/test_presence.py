"""Who has a task open: told to colleagues for two minutes, of no weight for anything."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UnitRole
from reviews.actions.presence import be_present, leave
from reviews.models import Presence
from reviews.queries.presence import others_at
from tests.factories.lists import page_of, waiting
from tests.factories.reviews import decide, officer
from tests.factories.units import fresh, join


@pytest.fixture
def task(policies_loaded):
    officer("高新区")
    return waiting()


def test_opening_the_page_tells_the_others_there_and_in_the_list(task, client):
    client.force_login(join("高新区", name="张某"))
    assert "正在查看" not in client.get(reverse("reviews:task", args=[task.pk])).content.decode()
    me = officer("高新区")
    assert "张某正在查看（刚刚）" in page_of(me)
    client.force_login(me)
    assert "张某正在查看（刚刚）" in client.get(reverse("reviews:task", args=[task.pk])).content.decode()


def test_it_counts_for_two_minutes_and_is_then_forgotten(task):
    me, other, now = officer("高新区"), join("高新区", name="张某"), timezone.now()
    be_present(task=task, by=other, at=now - timedelta(seconds=90))
    assert others_at([task.pk], me, at=now) == {task.pk: "张某正在查看（1 分钟前）"}
    assert others_at([task.pk], other, at=now) == {}
    assert others_at([task.pk], me, at=now + timedelta(seconds=31)) == {}
    be_present(task=task, by=me, at=now + timedelta(seconds=31))
    assert list(Presence.objects.values_list("user", flat=True)) == [me.pk]


def test_a_heartbeat_renews_and_leaving_ends_it(task, client):
    me, other = officer("高新区"), join("高新区", name="张某")
    be_present(task=task, by=me, at=timezone.now() - timedelta(seconds=100))
    address = reverse("reviews:presence", args=[task.pk])
    client.force_login(other)
    assert client.post(address).content.decode() == f"{me.name}正在查看（1 分钟前）"
    client.force_login(me)
    assert client.post(address).content.decode() == "张某正在查看（刚刚）"
    assert Presence.objects.filter(task=task).count() == 2
    assert client.post(address, {"leave": "1"}).status_code == 204
    assert Presence.objects.get().user == other
    leave(task=task, by=me)  # once more does nothing


def test_readers_finished_tasks_and_strangers_leave_no_trace(task, client):
    be_present(task=task, by=join("高新区", UnitRole.LEADER), at=timezone.now())
    assert not Presence.objects.exists()
    client.force_login(officer("市财政局"))
    assert client.post(reverse("reviews:presence", args=[task.pk])).status_code == 404
    assert client.get(reverse("reviews:presence", args=[task.pk])).status_code == 405
    decide(task)
    be_present(task=fresh(task), by=officer("高新区"), at=timezone.now())
    assert not Presence.objects.exists()


def test_it_hinders_nobody(task, client):
    be_present(task=task, by=join("高新区", name="张某"), at=timezone.now())
    client.force_login(officer("高新区"))
    values = {"expected_version": fresh(task).version, "outcome": "accept", "reasons": "齐全"}
    assert client.post(reverse("reviews:decide", args=[task.pk]), values).status_code == 302
    assert fresh(task).state == "done"
