"""Open groups (市各有关单位): the keeping unit names who is consulted, once, and the file waits until it has."""

import threading

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import UnitRole
from accounts.models import Notification, Unit, UnitMember
from applications.actions import withdraw_application
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from reviews.actions import close_withdrawn_case
from reviews.actions.open_groups import pick_units
from reviews.enums import StageKind, StageState, TaskState
from reviews.history import case_history
from reviews.models import Stage, Task
from tests.factories.accounts import UserFactory
from tests.factories.applications import make_company
from tests.factories.reviews import LATER, advance_to, approver, decide, make_case, officer, running, task_of
from tests.factories.routes import republish
from tests.reviews.threads import WAIT, in_threads

C, L = StageKind.CONSULTATION, StageKind.LEAD
OPEN = "市各有关单位"


def units(*names: str) -> list[Unit]:
    return [Unit.objects.get(name=name) for name in names]


@pytest.fixture
def case(company):
    """A case at a consultation of 市财政局 and whomever 市商务局, which keeps it beside 市工信局, names."""
    republish("3.4.5", lead=["市商务局", "市工信局"], cooperating=["市财政局", OPEN], responsible=[])
    return make_case(company)


def pick(case, *names: str, reason: str = "", by=None, at=LATER) -> Stage:
    stage = case.stages.get(kind=C)
    return pick_units(stage=stage, units=units(*names), reason=reason, by=by or officer("市商务局"), at=at)


def owed(case) -> list[Stage]:
    """The running stages whose members the keeping unit still has to name."""
    return [stage for stage in case.stages.filter(state=StageState.OPEN) if stage.group_is_owed]


class TestPicking:
    def test_the_units_get_their_tasks_with_the_days_of_the_stage(self, case):
        assert running(case).due_on.isoformat() == "2026-03-09"
        officer("市金融办")
        stage = pick(case, "市金融办", "高新区", at=LATER)
        assert stage.due_on.isoformat() == "2026-03-10"  # five working days from Tuesday 3 March
        tasks = {task.unit.name: task.state for task in stage.tasks.select_related("unit")}
        assert tasks == dict.fromkeys(["市财政局", "市金融办", "高新区"], TaskState.OPEN)
        assert (stage.group_filled_at, stage.group_filled_by) == (LATER, officer("市商务局"))
        assert Notification.objects.filter(user=officer("市金融办"), title__startswith="新待办").exists()
        assert owed(case) == []

    def test_it_stands_on_record_who_was_asked_and_by_whom(self, case):
        pick(case, "市金融办", reason="涉及上市融资。")
        event = history(case).get(event="case.units_picked")
        assert event.data["units"] == ["市金融办"]
        assert event.data["reason"] == "涉及上市融资。"
        assert event.actor_id == officer("市商务局").pk
        (line,) = [line for line in case_history(case, officer("市财政局")) if line.event == "case.units_picked"]
        assert line.text.endswith("确定会审单位：市金融办，理由：涉及上市融资。")

    def test_the_stage_waits_for_the_names_and_for_their_opinions(self, case):
        decide(task_of(case, "市财政局"))
        assert running(case).kind == C
        pick(case, "市金融办")
        assert running(case).kind == C
        decide(task_of(case, "市金融办"))
        assert running(case).kind == L

    def test_the_database_ends_no_stage_before_its_group_is_named(self, case):
        stage = running(case)
        with pytest.raises(IntegrityError, match="stage_group_filled_before_done"), transaction.atomic():
            Stage.objects.filter(pk=stage.pk).update(state=StageState.DONE)

    def test_nobody_else_is_asked_for_a_reason_and_the_file_goes_on(self, case):
        decide(task_of(case, "市财政局"))
        pick(case, reason="不涉及其他部门职责。")
        assert running(case).kind == L
        assert history(case).get(event="case.units_picked").data["reason"] == "不涉及其他部门职责。"

    def test_where_the_clause_names_only_the_group_it_can_stay_empty(self, company):
        republish("3.4.5", cooperating=[OPEN], responsible=[])
        case = make_case(company)
        pick(case, reason="不涉及其他部门职责。", by=officer("市工信局"))
        assert running(case).kind == L

    def test_the_keeping_unit_is_told_when_it_has_to_name_them(self, company):
        republish("3.4.5", cooperating=[OPEN], responsible=[])
        person = officer("市工信局")
        case = make_case(company)
        notice = Notification.objects.get(user=person)
        assert notice.title.startswith("请确定会审单位")
        assert notice.url == reverse("reviews:pick_units", args=[case.pk])


class TestRefused:
    def test_twice(self, case):
        pick(case, "市金融办")
        with pytest.raises(Conflict, match="不能再次指定") as caught:
            pick(case, "市人社局", by=approver("市商务局"))
        assert caught.value.changed_by == str(officer("市商务局"))

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("市财政局", "市财政局已在本环节办理"),
            ("市商务局", "市商务局是本件的主办单位"),
            ("市工信局", "市工信局是本件的牵头单位"),
        ],
    )
    def test_units_that_act_already(self, case, name, sentence):
        with pytest.raises(Invalid) as caught:
            pick(case, name)
        assert sentence in str(caught.value.errors["units"])

    def test_every_fault_at_once_and_nothing_half_done(self, case):
        Unit.objects.filter(name="市金融办").update(is_active=False)
        with pytest.raises(Invalid) as caught:
            pick(case, "市财政局", "市金融办", "市人社局")
        assert len(caught.value.errors["units"]) == 2
        assert "市金融办已停用" in str(caught.value.errors)
        assert running(case).tasks.count() == 1
        assert owed(case) != []

    def test_nobody_without_a_reason(self, case):
        with pytest.raises(Invalid, match="没有确定") as caught:
            pick(case, reason="  ")
        assert list(caught.value.errors) == ["reason"]

    @pytest.mark.parametrize("unit", ["市工信局", "市财政局", "市金融办"])
    def test_people_of_other_units(self, case, unit):
        with pytest.raises(NotAllowed, match="市商务局的经办、审核人员"):
            pick(case, "市人社局", by=officer(unit))

    def test_the_head_who_only_reads_and_somebody_barred(self, case, company):
        with pytest.raises(NotAllowed):
            pick(case, "市人社局", by=officer("市商务局", UnitRole.LEADER))
        UnitMember.objects.create(unit=units("市商务局")[0], user=company.agent, role=UnitRole.HANDLER)
        with pytest.raises(NotAllowed, match="填报人"):
            pick(case, "市人社局", by=company.agent)

    def test_a_stage_that_is_over_or_not_reached(self, case, company, stranger):
        republish("3.4.5", cooperating=[OPEN])
        waiting = make_case(stranger)
        with pytest.raises(Conflict, match="“未到”"):
            pick(waiting, "市金融办", by=officer("市工信局"))
        withdraw_application(application=case.application, reason="不再申报", by=company.legal, at=LATER)
        close_withdrawn_case(application=case.application, at=LATER)
        with pytest.raises(Conflict, match="“不再办理”"):
            pick(case, "市金融办")

    def test_a_stage_whose_units_the_clause_names(self, stranger):
        case = advance_to(make_case(stranger, "3.3.2"), C)
        with pytest.raises(Conflict, match="由条款写明"):
            pick(case, "市金融办", by=officer("市工信局"))


class TestPage:
    def post(self, client, case, user, **data):
        client.force_login(user)
        return client.post(reverse("reviews:pick_units", args=[case.pk]), data)

    def test_it_offers_every_other_active_unit_by_kind(self, case, client):
        Unit.objects.filter(name="市科技局").update(is_active=False)
        client.force_login(officer("市商务局"))
        page = client.get(reverse("reviews:pick_units", args=[case.pk])).content.decode()
        assert "市直单位" in page
        assert "县区（开发区）" in page
        offered = {unit.name: f'value="{unit.pk}"' in page for unit in Unit.objects.all()}
        assert {name for name, shown in offered.items() if not shown} == {
            "市财政局",
            "市商务局",
            "市工信局",
            "市科技局",
        }

    def test_what_was_ticked_becomes_tasks(self, case, client):
        chosen = units("市金融办", "高新区")
        answer = self.post(client, case, officer("市商务局"), units=[unit.pk for unit in chosen])
        assert answer.status_code == 302
        assert set(running(case).tasks.values_list("unit__name", flat=True)) == {"市财政局", "市金融办", "高新区"}

    def test_an_invalid_post_keeps_ticks_and_words(self, case, client):
        taken, other = units("市财政局", "市金融办")
        answer = self.post(client, case, approver("市商务局"), units=[taken.pk, other.pk], reason="请尽快")
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "市财政局已在本环节办理" in page
        assert f'id="id_units_{other.pk}" checked' in page
        assert "请尽快" in page
        assert self.post(client, case, approver("市商务局"), units=["x"]).status_code == 422
        empty = self.post(client, case, approver("市商务局"))
        assert (empty.status_code, "请写明不再征求" in empty.content.decode()) == (422, True)

    def test_the_second_of_two_is_told_who_was_first_and_loses_nothing(self, case, client):
        pick(case, "市金融办")
        chosen = units("市金融办", "市人社局")
        answer = self.post(client, case, approver("市商务局"), units=[unit.pk for unit in chosen], reason="补充征求")
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "不能再次指定" in page
        assert str(officer("市商务局")) in page
        assert "市金融办、市人社局" in page
        assert "补充征求" in page

    def test_afterwards_the_page_says_who_decided_what(self, case, client):
        pick(case, "市金融办")
        client.force_login(approver("市商务局"))
        page = client.get(reverse("reviews:pick_units", args=[case.pk])).content.decode()
        assert "会审单位已由" in page
        assert "市财政局、市金融办" in page

    def test_for_others_it_is_a_sentence_or_does_not_exist(self, case, client, stranger):
        address = reverse("reviews:pick_units", args=[case.pk])
        client.force_login(officer("市财政局"))
        assert client.get(address).status_code == 403
        client.force_login(officer("市金融办"))
        assert client.get(address).status_code == 404
        named = advance_to(make_case(stranger, "3.3.2"), C)
        client.force_login(officer("市财政局"))
        assert client.get(reverse("reviews:pick_units", args=[named.pk])).status_code == 404


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    @pytest.fixture
    def at_consultation(self, policies_loaded):
        republish("3.4.5", cooperating=[OPEN], responsible=[])
        case = make_case(make_company())
        second = UserFactory()
        UnitMember.objects.create(unit=units("市工信局")[0], user=second, role=UnitRole.HANDLER)
        return case, [officer("市工信局"), second]

    def jobs(self, case, people):
        return [
            lambda by=by, name=name: pick(case, name, by=by)
            for by, name in zip(people, ["市金融办", "市人社局"], strict=True)
        ]

    def test_one_choice_stands_and_the_other_is_told(self, at_consultation):
        case, people = at_consultation
        answers, faults = in_threads(self.jobs(case, people))
        assert len(answers) == 1
        assert [type(fault) for fault in faults] == [Conflict]
        assert running(case).tasks.count() == 1

    def test_control_without_the_lock_both_would_ask(self, at_consultation, monkeypatch):
        case, people = at_consultation
        together = threading.Barrier(2)

        def unlocked(task_id):
            return Task.objects.select_related("stage__case__application__enterprise", "unit").get(pk=task_id)

        def both_looked(stage):
            assert stage.group_filled_at is None
            together.wait(timeout=WAIT)

        monkeypatch.setattr("reviews.actions.open_groups.lock_task", unlocked)
        monkeypatch.setattr("reviews.actions.open_groups._require_to_fill", both_looked)
        answers, _ = in_threads(self.jobs(case, people))
        assert len(answers) == 2
        assert running(case).tasks.count() == 2
