"""Safe steps on many tasks: shown before they are done, each by itself, told one by one, harmless when sent twice."""

import pytest
from django.urls import reverse

from accounts.models import Notification
from common.audit.models import AuditEvent
from common.errors import Invalid
from common.outbox.models import OutboxMessage
from reviews.actions.bulk import MOST_ROWS, Gesture, Seen, preview_bulk, run_bulk
from reviews.models import Recusal, Task
from tests.factories.lists import number_of, waiting
from tests.factories.reviews import LATER, approver, officer
from tests.factories.units import claim, fresh, join

CLAIM, ASSIGN, RELEASE = Gesture.CLAIM, Gesture.ASSIGN, Gesture.RELEASE


@pytest.fixture
def tasks(policies_loaded) -> list[Task]:
    officer("高新区")
    return [waiting() for _ in range(3)]


def seen(*tasks: Task) -> list[Seen]:
    return [Seen(task.pk, fresh(task).version) for task in tasks]


def sent(gesture: str, *tasks: Task, **values: str) -> dict[str, object]:
    return {
        "gesture": gesture,
        "selected": [str(task.pk) for task in tasks],
        "seen": [f"{row.pk}:{row.version}" for row in seen(*tasks)],
        **values,
    }


def traces() -> tuple[int, int, int]:
    return AuditEvent.objects.count(), Notification.objects.count(), OutboxMessage.objects.count()


def test_a_preview_says_what_would_happen_and_leaves_no_trace(tasks):
    me, other = officer("高新区"), join("高新区", name="另一名经办")
    claim(tasks[1], other)
    Recusal.objects.create(case=tasks[2].stage.case, user=me, reason="近亲属", at=LATER)
    before = traces()
    lines = preview_bulk(gesture=CLAIM, rows=seen(*tasks), by=me, at=LATER)
    assert [line.done for line in lines] == [True, False, False]
    assert lines[0].sentence == "由您承办"
    assert "另一名经办" in lines[1].sentence
    assert "回避" in lines[2].sentence
    assert traces() == before
    assert fresh(tasks[0]).handler is None


def test_each_row_is_done_or_left_alone(tasks):
    me = officer("高新区")
    rows = seen(*tasks)
    Task.objects.filter(pk=tasks[1].pk).update(version=99)
    lines = run_bulk(gesture=CLAIM, rows=rows, by=me, at=LATER)
    assert [line.done for line in lines] == [True, False, True]
    assert "已有变化" in lines[1].sentence
    assert [fresh(task).handler for task in tasks] == [me, None, me]
    again = run_bulk(gesture=CLAIM, rows=rows, by=me, at=LATER)
    assert [line.done for line in again] == [False, False, False]
    assert AuditEvent.objects.filter(event="task.claimed").count() == 2


def test_the_approver_gives_many_and_everybody_is_told_once(tasks):
    boss, one, two = approver("高新区"), join("高新区", name="甲"), join("高新区", name="乙")
    claim(tasks[0], two)
    claim(tasks[1], two)
    Notification.objects.all().delete()
    lines = run_bulk(gesture=ASSIGN, rows=seen(*tasks), to=one, by=boss, at=LATER)
    assert [line.sentence for line in lines] == ["交办给甲"] * 3
    assert {fresh(task).handler for task in tasks} == {one}
    told = {(note.user.name, note.title) for note in Notification.objects.select_related("user")}
    assert told == {("甲", "新交办 3 件"), ("乙", "2 件待办已改由他人承办")}


def test_who_may_not_give_is_told_so_for_each(tasks):
    lines = run_bulk(gesture=ASSIGN, rows=seen(*tasks), to=join("高新区"), by=officer("高新区"), at=LATER)
    assert not any(line.done for line in lines)
    assert all("您没有这一角色" in line.sentence for line in lines)


def test_handing_back_frees_what_is_mine(tasks):
    me = officer("高新区")
    claim(tasks[0], me)
    lines = run_bulk(gesture=RELEASE, rows=seen(*tasks[:2]), by=me, at=LATER)
    assert [line.done for line in lines] == [True, False]
    assert fresh(tasks[0]).handler is None


def test_foreign_and_missing_ones_are_told_alike(tasks):
    stranger = officer("市财政局")
    lines = run_bulk(gesture=CLAIM, rows=[*seen(tasks[0]), Seen(10**9, 1)], by=stranger, at=LATER)
    assert {line.sentence for line in lines} == {"没有这一件，或您无权查看。"}
    assert {line.task for line in lines} == {None}


def test_none_and_too_many_are_refused(tasks):
    me = officer("高新区")
    with pytest.raises(Invalid, match="没有勾选"):
        run_bulk(gesture=CLAIM, rows=[], by=me, at=LATER)
    with pytest.raises(Invalid, match=str(MOST_ROWS)):
        preview_bulk(gesture=CLAIM, rows=[Seen(at, 1) for at in range(MOST_ROWS + 1)], by=me, at=LATER)
    with pytest.raises(Invalid, match="请选择交办给谁"):
        run_bulk(gesture=ASSIGN, rows=seen(tasks[0]), by=me, at=LATER)


class TestPages:
    def test_from_the_list_by_way_of_the_preview(self, tasks, client):
        me = officer("高新区")
        client.force_login(me)
        page = client.get(reverse("reviews:queue")).content.decode()
        assert f'name="seen" value="{tasks[0].pk}:{fresh(tasks[0]).version}"' in page
        preview = client.post(reverse("reviews:bulk"), sent("claim", *tasks[:2], query="clause=3.4.5"))
        html = preview.content.decode()
        assert preview.status_code == 200
        assert "还没有作任何改动" in html
        assert number_of(tasks[0]) in html
        assert fresh(tasks[0]).handler is None
        values = sent("claim", *tasks[:2], confirmed="1", query="clause=3.4.5")
        result = client.post(reverse("reviews:bulk"), values)
        assert "已领取 2 件" in result.content.decode()
        assert reverse("reviews:queue") + "?clause=3.4.5" in result.content.decode()
        assert fresh(tasks[0]).handler == fresh(tasks[1]).handler == me
        twice = client.post(reverse("reviews:bulk"), values)
        assert "已领取 0 件" in twice.content.decode()

    @pytest.mark.parametrize(
        "values",
        [
            {"gesture": "claim"},
            {"gesture": "approve", "selected": ["1"], "seen": ["1:1"]},
            {"gesture": "claim", "selected": ["x", "1"], "seen": ["x:1", "1", "1:x", "1:" + "9" * 30]},
            {"gesture": "assign", "selected": ["1"], "seen": ["1:1"], "to": "1"},
            {"gesture": "assign", "selected": ["1"], "seen": ["1:1"], "to": "9" * 40},
        ],
    )
    def test_spoilt_input_leads_back_to_the_list(self, tasks, client, values):
        client.force_login(officer("高新区"))
        answer = client.post(reverse("reviews:bulk"), values)
        assert answer["Location"] == reverse("reviews:queue")

    def test_its_address_alone_leads_back(self, tasks, client):
        client.force_login(officer("高新区"))
        assert client.get(reverse("reviews:bulk"))["Location"] == reverse("reviews:queue")

    def test_nobody_of_another_unit_can_be_named(self, tasks, client):
        client.force_login(approver("高新区"))
        outside = officer("市财政局")
        answer = client.post(reverse("reviews:bulk"), sent("assign", tasks[0], to=str(outside.pk), confirmed="1"))
        assert answer.status_code == 302
        assert fresh(tasks[0]).handler is None
