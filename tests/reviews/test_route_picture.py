"""The route as a picture: where things stand in it, what it says without colour, and that words say the same."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UnitRole
from reviews.enums import Outcome, PauseKind, StageKind, StageState
from reviews.models import Pause, Stage
from reviews.queries.progress import enterprise_steps, route_stages, stage_steps
from reviews.route_picture import PAD, TOP, WIDTH, Unit, draw, lines
from reviews.route_picture import Stage as Drawn
from reviews.route_presenters import route_context
from tests.factories.accounts import AuditorFactory
from tests.factories.reviews import LATER, advance_to, approver, decide, make_case, officer, running, task_of
from tests.factories.routes import republish

P, C, L = StageKind.PRELIMINARY, StageKind.CONSULTATION, StageKind.LEAD


def stage(label: str = "初审", *units: str, state: str = "todo", **values) -> Drawn:
    drawn = tuple(Unit(name, "waiting", "circle", "未到") for name in units)
    return Drawn(label=label, state=state, icon="circle", word="待办理", units=drawn, **values)


class TestDrawing:
    @pytest.mark.parametrize("number", range(1, 7))
    def test_boxes_stand_in_a_row_within_the_page_and_never_touch(self, number):
        picture = draw([stage("牵头审核", "市工信局")] * number)
        assert picture.width <= WIDTH
        assert len(picture.arrows) == number - 1
        for before, after in zip(picture.boxes, picture.boxes[1:], strict=False):
            assert before.x + before.width < after.x
        for arrow, before, after in zip(picture.arrows, picture.boxes, picture.boxes[1:], strict=False):
            assert before.x + before.width < arrow.x1 < arrow.x2 < after.x

    def test_units_are_stacked_and_the_box_grows_with_them(self):
        one, three = draw([stage("会审", "市财政局"), stage("会审", "市财政局", "市税务局", "市工信局")]).boxes
        assert three.height > one.height
        heights = [text.y for text in three.texts if text.kind == "unit"]
        assert heights == sorted(set(heights))
        assert all(text.y < three.y + three.height for text in three.texts)
        assert len(three.icons) == 4  # the stage's own and one for each unit

    def test_text_stays_inside_its_box(self):
        (box,) = draw(
            [stage("市级配套确认", "一个名称特别特别长而且还没有完的市直单位ABC", detail="恢复后" * 12)]
        ).boxes
        for text in box.texts:
            size = {"label": 16, "unit": 14}.get(text.kind, 13)
            assert (
                text.x + sum(size if ord(letter) > 0x2E80 else size * 0.56 for letter in text.value) <= box.width - PAD
            )
        assert "".join(text.value for text in box.texts if text.kind == "unit").endswith("ABC")

    def test_lines_lose_nothing(self):
        assert lines("", 100, 10) == []
        assert lines("南昌县（小蓝经开区）", 50, 10) == ["南昌县（小", "蓝经开区）"]
        assert lines("大", 5, 10) == ["大"]

    def test_without_units_there_is_no_line_under_the_head(self):
        assert draw([stage()]).boxes[0].rule is None
        assert draw([stage("初审", "高新区")]).boxes[0].rule is not None

    def test_nothing_to_draw(self):
        assert draw([]).boxes == ()
        assert draw([]).height == TOP + 2

    def test_the_present_stage_is_marked(self):
        boxes = draw([stage(state="done"), stage(state="current", is_current=True)]).boxes
        assert [box.is_current for box in boxes] == [False, True]


def page_of(client, case, user) -> str:
    client.force_login(user)
    return client.get(reverse("reviews:case", args=[case.pk])).content.decode()


def drawing(page: str) -> str:
    return re.search(r'<svg class="route-drawing".*?</svg>\s*<ol', page, re.DOTALL)[0]


def as_list(page: str) -> str:
    return re.search(r'<ol class="timeline route-list">.*?</ol>', page, re.DOTALL)[0]


class TestOnThePage:
    def test_it_shows_stages_units_states_and_where_the_file_is(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), C)
        decide(task_of(case, "市税务局"))
        page = page_of(client, case, officer("市财政局"))
        picture, words = drawing(page), as_list(page)
        for part in (
            "初审",
            "会审",
            "牵头审核",
            "高新区",
            "市财政局",
            "市税务局",
            "市商务局（主办）",
            "市工信局",
            "已办",
            "待办",
        ):
            assert part in picture
            assert part in words
        assert picture.count('class="route-here"') == 1
        assert words.count('aria-current="step"') == 1
        assert 'aria-hidden="true"' in picture

    def test_it_needs_no_inline_style(self, company, client):
        page = page_of(client, make_case(company), officer("高新区"))
        assert "style=" not in drawing(page) + as_list(page)

    def test_amber_and_red_stand_in_words_and_tones(self, company):
        case = make_case(company)
        due = {"ok": 30, "soon": 0, "over": -5}
        for tone, days in due.items():
            Stage.objects.filter(case=case, state=StageState.OPEN).update(
                due_on=timezone.localdate() + timedelta(days=days)
            )
            context = route_context(
                case, reader=officer("高新区"), today=timezone.localdate(), stages=route_stages(case)
            )
            (text,) = [text for text in context["picture"].boxes[0].texts if text.kind == "detail"]
            assert text.tone == tone
            assert text.value == {"soon": "今日到期"}.get(tone, text.value)
        assert "已逾期" in text.value

    def test_a_refused_file_shows_what_nobody_will_do_any_more(self, company, client):
        case = make_case(company)
        decide(task_of(case), outcome=Outcome.REFUSE, reasons="不在本区。")
        picture = drawing(page_of(client, case, officer("高新区")))
        assert "不再办理" in picture
        assert "route-here" not in picture

    def test_an_open_group_is_shown_and_only_its_keeper_is_asked_to_fill_it(self, company, client):
        republish("3.4.5", cooperating=["市财政局", "市各有关单位"], responsible=[])
        case = make_case(company)
        address = reverse("reviews:pick_units", args=[case.pk])
        for user, asked in (
            (officer("市工信局"), True),
            (approver("市工信局"), True),
            (officer("市工信局", UnitRole.LEADER), False),
            (officer("市财政局"), False),
            (AuditorFactory(), False),
        ):
            page = page_of(client, case, user)
            assert "待主办单位确定" in drawing(page)
            assert (address in page) is asked, user

    def test_as_many_queries_for_seven_units_as_for_one(self, company, stranger, django_assert_num_queries):
        small = make_case(company)
        names = ["市财政局", "市税务局", "市工信局", "市商务局", "市金融办", "市人社局", "市科技局"]
        republish("3.2.3", lead=["市委组织部"], cooperating=names)
        large = make_case(stranger, "3.2.3")
        reader = officer("高新区")
        for case in (small, large):
            with django_assert_num_queries(5):  # stages, tasks, units, pauses, calendar
                route_context(case, reader=reader, today=LATER.date(), stages=route_stages(case))


class TestTold:
    def test_officers_read_how_far_each_unit_is_and_the_enterprise_does_not(self, company):
        case = advance_to(make_case(company, "3.2.3"), C)
        decide(task_of(case, "市税务局"))
        step = stage_steps(case, today=LATER.date())[1]
        assert [(unit["name"], unit["word"]) for unit in step["units"]] == [("市财政局", "待办"), ("市税务局", "已办")]
        told = enterprise_steps(case.application)
        assert {"units", "days"} & {key for row in told for key in row} == set()

    def test_both_sides_read_how_late_a_stage_is(self, company):
        case = make_case(company)
        Stage.objects.filter(case=case, state=StageState.OPEN).update(due_on=timezone.localdate() - timedelta(days=1))
        officers = stage_steps(case, today=timezone.localdate())
        assert officers[0]["days_left"] == enterprise_steps(case.application)[0]["days_left"] < 0

    def test_why_units_are_asked_again_is_not_the_enterprises_to_know(self, company):
        case = advance_to(make_case(company, "3.3.2"), L)
        Pause.objects.create(stage=running(case), kind=PauseKind.CONSULTATION, started_at=LATER)
        Stage.objects.filter(case=case, kind=L).update(state=StageState.PAUSED)
        Stage.objects.filter(case=case, kind=C).update(state=StageState.OPEN, closed_at=None)
        consulted, lead = enterprise_steps(case.application)[1:]
        assert (consulted["state"], consulted["note"]) == ("current", "")
        assert (lead["state"], lead["note"]) == ("paused", "等待会审单位意见，恢复后剩 10 个工作日")
        assert "重新" not in str(enterprise_steps(case.application))
        assert "失效" not in str(enterprise_steps(case.application))

    def test_stages_that_ended_unreached_are_told_to_officers_only(self, company):
        case = make_case(company)
        decide(task_of(case), outcome=Outcome.REFUSE, reasons="不在本区。")
        assert [row["state"] for row in stage_steps(case, today=LATER.date())] == ["done", "cancelled"]
        assert [row["label"] for row in enterprise_steps(case.application)] == ["初审"]
