"""The pages of a unit's inside: what they show to whom, what a refused post keeps, how often they ask the database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import EnterpriseRole, UnitRole
from accounts.models import Absence, EnterpriseMember, Unit, UnitMember
from policies.models import Clause
from reviews.actions import recuse
from reviews.enums import StageKind
from reviews.models import AssignmentRule, Decision
from tests.factories.applications import make_company
from tests.factories.reviews import LATER, advance_to, approver, draft, make_case, officer, task_of
from tests.factories.units import away, claim, fresh, join, leave, make_rule

L = StageKind.LEAD
TODAY = timezone.localdate(LATER)


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def case(company):
    """A case at 高新区."""
    return make_case(company)


@pytest.fixture
def boss(case, client):
    """The 审核 of 高新区, signed in."""
    user = approver("高新区")
    client.force_login(user)
    return user


def sent(task, **values) -> dict[str, str]:
    return {"expected_version": str(fresh(task).version), **{key: str(value) for key, value in values.items()}}


def post(client, name: str, task, **values):
    return client.post(reverse(f"reviews:{name}", args=[task.pk]), sent(task, **values))


def page_of(client, task) -> str:
    answer = client.get(reverse("reviews:task", args=[task.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


class TestTaskPage:
    def test_take_hand_back_and_the_history_says_so(self, case, client):
        person = officer("高新区")
        client.force_login(person)
        page = page_of(client, task_of(case))
        assert "无，待领取" in page
        assert ">领取</button>" in page
        assert post(client, "claim", task_of(case)).status_code == 302
        page = page_of(client, task_of(case))
        assert f"{person}（您）" in page.replace("\n", "").replace("  ", "")
        assert "领取初审任务" in page
        assert post(client, "release", task_of(case)).status_code == 302
        assert task_of(case).handler is None

    def test_a_colleague_is_told_and_may_take_over(self, case, client):
        claim(task_of(case), officer("高新区"))
        second = join("高新区")
        client.force_login(second)
        page = page_of(client, task_of(case))
        assert ">接手</button>" in page
        assert 'name="outcome"' not in page
        answer = post(client, "claim", task_of(case))
        assert answer.status_code == 409
        assert "请使用“接手”" in answer.content.decode()
        assert post(client, "claim", task_of(case), take_over=1).status_code == 302
        assert task_of(case).handler == second
        assert 'name="outcome"' in page_of(client, task_of(case))

    def test_drafting_a_colleagues_task_is_refused_and_keeps_the_text(self, case, client):
        claim(task_of(case), officer("高新区"))
        client.force_login(join("高新区"))
        answer = post(client, "decide", task_of(case), outcome="refuse", reasons="我的理由很长")
        page = answer.content.decode()
        assert answer.status_code == 403
        assert "请先接手再办理" in page
        assert "我的理由很长" in page

    def test_the_approver_gives_it_from_the_page(self, case, boss, client):
        person = officer("高新区")
        assert f'<option value="{person.pk}">' in page_of(client, task_of(case))
        assert post(client, "assign", task_of(case), to=person.pk).status_code == 302
        assert task_of(case).handler == person
        answer = post(client, "assign", task_of(case), to=approver("经开区").pk)
        assert answer.status_code == 422
        assert "已不在可选范围内" in answer.content.decode()

    def test_who_is_barred_reads_why_and_whom_to_ask(self, company, client):
        case = advance_to(make_case(company), L)
        other = officer("市工信局")
        boss = approver("市工信局")
        filer = join("市工信局")
        EnterpriseMember.objects.create(enterprise=company.enterprise, user=filer, role=EnterpriseRole.AGENT)
        elsewhere = join("市工信局", user=officer("高新区"))
        recused = join("市工信局")
        recuse(task=task_of(case), reason="亲属任职", by=recused, at=LATER)
        sentences = {
            filer: "您是本申报的填报人或申报企业的成员，不得参与审核。",
            elsewhere: "您已在本申报的初审环节办理过，同一人不得在两个环节办理。",
            recused: "您已回避本案卷，请由本单位其他人员办理。",
        }
        for person, sentence in sentences.items():
            client.force_login(person)
            page = page_of(client, task_of(case))
            assert sentence in page
            assert f"经办：{other}</span>" in page
            assert f"审核：{boss}</span>" in page
            assert 'name="outcome"' not in page
            assert ">领取</button>" not in page

    def test_a_reader_is_told_who_acts(self, company, client):
        case = advance_to(make_case(company), L)
        officer("市工信局")
        client.force_login(officer("市工信局", UnitRole.LEADER))
        assert "本件由本单位的经办人员办理" in page_of(client, task_of(case))


class TestRoleTakenAway:
    """Between opening the page and sending it."""

    def test_who_reads_on_is_told_and_keeps_the_text(self, case, client):
        person = officer("高新区")
        client.force_login(person)
        seen = sent(task_of(case), outcome="refuse", reasons="已核对全部发票，金额不符。")
        UnitMember.objects.filter(user=person).update(role=UnitRole.LEADER)
        answer = client.post(reverse("reviews:decide", args=[task_of(case).pk]), seen)
        page = answer.content.decode()
        assert answer.status_code == 403
        assert "您没有这一角色" in page
        assert "已核对全部发票，金额不符。" in page
        assert not Decision.objects.exists()

    def test_that_comes_before_what_the_form_lacks(self, case, client):
        person = officer("高新区")
        client.force_login(person)
        UnitMember.objects.filter(user=person).update(role=UnitRole.FINANCE)
        answer = client.post(reverse("reviews:decide", args=[task_of(case).pk]), sent(task_of(case), reasons="半句"))
        assert answer.status_code == 403
        assert "您没有这一角色" in answer.content.decode()
        assert "半句" in answer.content.decode()

    def test_who_works_elsewhere_now_is_told_and_not_sent_away_as_a_stranger(self, case, client):
        person = officer("高新区")
        join("经开区", user=person)
        client.force_login(person)
        leave("高新区", person)
        address = reverse("reviews:decide", args=[task_of(case).pk])
        answer = client.post(address, sent(task_of(case), outcome="accept"))
        assert answer.status_code == 403
        assert "您在高新区的角色已停用，刚才的操作没有执行" in answer.content.decode()
        assert client.get(reverse("reviews:task", args=[task_of(case).pk])).status_code == 404
        client.force_login(officer("经开区", UnitRole.APPROVER))
        assert client.post(address, sent(task_of(case), outcome="accept")).status_code == 404

    def test_who_holds_no_role_at_all_is_told_too(self, case, client):
        person = officer("高新区")
        client.force_login(person)
        leave("高新区", person)
        answer = client.post(reverse("reviews:decide", args=[task_of(case).pk]), sent(task_of(case), outcome="accept"))
        assert answer.status_code == 403
        assert "也可能在您打开页面之后被停用" in answer.content.decode()
        assert not Decision.objects.exists()


class TestUnitPage:
    def test_loads_and_what_nobody_holds(self, case, boss, client):
        person = officer("高新区")
        free = make_case(make_company())
        claim(task_of(case), person)
        stage = task_of(case).stage
        stage.due_on = TODAY - timedelta(days=1)
        stage.save(update_fields=["due_on"])
        page = client.get(reverse("reviews:unit")).content.decode()
        assert "待领取（1 件）" in page
        assert free.application.number in page
        assert case.application.number not in page
        assert f"{person}（1 件）" in page

    def test_giving_from_the_list(self, case, boss, client):
        person = officer("高新区")
        answer = post(client, "give", task_of(case), to=person.pk)
        assert answer["Location"] == reverse("reviews:unit") + f"?unit={task_of(case).unit.code}"
        assert task_of(case).handler == person

    def test_a_refusal_stands_on_the_list_with_the_choice_kept(self, case, boss, client):
        person = officer("高新区")
        recuse(task=task_of(case), reason="亲属任职", by=person, at=LATER)
        answer = post(client, "give", task_of(case), to=person.pk)
        page = answer.content.decode()
        assert answer.status_code == 403
        assert f"{case.application.number}：{person}已回避本案卷" in page
        assert f'<option value="{person.pk}" selected>' in page
        nobody = post(client, "give", task_of(case), to="")
        assert nobody.status_code == 422
        assert "请选择交办给谁。" in nobody.content.decode()
        stale = client.post(
            reverse("reviews:give", args=[task_of(case).pk]), {"expected_version": "0", "to": join("高新区").pk}
        )
        assert stale.status_code == 409

    def test_who_is_away_is_not_offered(self, case, boss, client):
        person, deputy = officer("高新区"), join("高新区", name="代办")
        away("高新区", person, deputy, TODAY, TODAY)
        page = client.get(reverse("reviews:unit")).content.decode()
        assert f'<option value="{deputy.pk}">' in page
        given = page[page.index('class="give"') :]
        assert f'<option value="{person.pk}">' not in given[: given.index("</form>")]

    def test_handing_over_tells_the_number_and_each_result(self, case, boss, client):
        first, second = officer("高新区"), join("高新区")
        other = make_case(make_company())
        for one in (case, other):
            claim(task_of(one), first)
        EnterpriseMember.objects.create(enterprise=other.application.enterprise, user=second, role=EnterpriseRole.AGENT)
        answer = client.post(reverse("reviews:hand_over"), {"member": first.pk, "to": second.pk})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "已移交 1 件，1 件没有移交" in page
        assert f"{second}是本申报的填报人或申报企业的成员" in page
        assert "继续移交" not in page
        same = client.post(reverse("reviews:hand_over"), {"member": first.pk, "to": first.pk})
        assert same.status_code == 422
        assert "须为不同的人" in same.content.decode()

    def test_as_many_queries_for_one_row_as_for_twenty(self, case, boss, client):
        def queries() -> int:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(reverse("reviews:unit")).status_code == 200
            return len(seen)

        officer("高新区")
        queries()  # warms what is read once per process
        few = queries()
        for _ in range(8):
            make_case(make_company())
            join("高新区")
        assert queries() == few
        assert few <= 20

    def test_another_units_address_does_not_exist(self, boss, client):
        for name in ("unit", "rules", "absences"):
            assert client.get(reverse(f"reviews:{name}") + "?unit=nothing").status_code == 404
            other = Unit.objects.get(name="经开区")
            assert client.get(reverse(f"reviews:{name}") + f"?unit={other.code}").status_code == 404
        theirs = make_case(make_company(district="经开区"))
        assert post(client, "give", task_of(theirs), to=1).status_code == 404
        rule = make_rule("经开区")
        assert client.post(reverse("reviews:change_rule", args=[rule.pk]), {"step": "off"}).status_code == 404

    def test_who_leads_two_units_chooses(self, boss, client):
        join("经开区", UnitRole.LEADER, user=boss)
        page = client.get(reverse("reviews:unit")).content.decode()
        assert "本单位：" in page
        assert f"?unit={Unit.objects.get(name='经开区').code}" in page


class TestRulesPage:
    def test_add_move_and_switch(self, case, boss, client):
        person, address = officer("高新区"), reverse("reviews:rules")
        clause = Clause.objects.get(clause_id="3.4.5")
        typed = {"stage_kind": "preliminary", "clause": clause.pk, "handler": person.pk}
        assert client.post(address, typed).status_code == 302
        assert client.post(address, {"stage_kind": "", "clause": "", "handler": "evenly"}).status_code == 302
        first, second = AssignmentRule.objects.order_by("order")
        assert (first.clause, first.handler, second.evenly) == (clause, person, True)
        for step in ("up", "off"):
            assert client.post(reverse("reviews:change_rule", args=[second.pk]), {"step": step}).status_code == 302
        second.refresh_from_db()
        assert (second.order, second.is_active) == (1, False)
        answer = client.post(reverse("reviews:change_rule", args=[second.pk]), {"step": "up"})
        assert answer.status_code == 409
        assert "已经在最前" in answer.content.decode()
        assert client.post(reverse("reviews:change_rule", args=[second.pk]), {"step": "x"}).status_code == 404

    def test_a_refused_rule_keeps_what_was_chosen(self, case, boss, client):
        answer = client.post(reverse("reviews:rules"), {"stage_kind": "lead", "handler": officer("经开区").pk})
        assert answer.status_code == 422
        assert '<option value="lead" selected>' in answer.content.decode()

    def test_a_rule_whose_person_left_says_so(self, case, boss, client):
        person = officer("高新区")
        make_rule("高新区", person)
        leave("高新区", person)
        assert "规则不起作用" in client.get(reverse("reviews:rules")).content.decode()


class TestAbsencesPage:
    def test_a_handler_enters_the_own_absence_and_ends_it(self, case, client):
        person, deputy = officer("高新区"), join("高新区")
        client.force_login(person)
        address = reverse("reviews:absences")
        typed = {"user": person.pk, "deputy": deputy.pk, "first_day": "2026-03-03", "last_day": "2026-03-05"}
        assert client.post(address, typed).status_code == 302
        absence = Absence.objects.get()
        assert absence.entered_by == person
        again = client.post(address, typed)
        assert again.status_code == 422
        assert "已登记外出" in again.content.decode()
        assert 'value="2026-03-05"' in again.content.decode()
        end = reverse("reviews:end_absence", args=[absence.pk])
        assert client.post(end).status_code == 302
        assert client.post(end).status_code == 409

    def test_a_handler_does_not_enter_a_colleagues(self, case, client):
        person, other = officer("高新区"), join("高新区")
        client.force_login(person)
        typed = {"user": other.pk, "deputy": person.pk, "first_day": "2026-03-03", "last_day": "2026-03-05"}
        assert client.post(reverse("reviews:absences"), typed).status_code == 422
        assert not Absence.objects.exists()

    def test_the_approver_enters_anybodys_and_sees_all(self, case, boss, client):
        person, deputy = officer("高新区"), join("高新区")
        typed = {"user": person.pk, "deputy": deputy.pk, "first_day": "2026-03-03", "last_day": "2026-03-05"}
        assert client.post(reverse("reviews:absences"), typed).status_code == 302
        assert str(person) in client.get(reverse("reviews:absences")).content.decode()
        client.force_login(join("高新区"))
        assert "没有外出登记" in client.get(reverse("reviews:absences")).content.decode()
        assert client.post(reverse("reviews:end_absence", args=[Absence.objects.get().pk])).status_code == 403

    def test_the_deputy_decides_and_the_history_says_for_whom(self, company, client):
        case = advance_to(make_case(company), L)
        person, deputy = officer("市工信局"), join("市工信局")
        claim(task_of(case), person)
        Absence.objects.create(
            unit=task_of(case).unit,
            user=person,
            deputy=deputy,
            first_day=TODAY,
            last_day=TODAY,
            entered_by=person,
            entered_at=LATER,
        )
        client.force_login(deputy)
        page = page_of(client, task_of(case))
        assert f"外出，由{deputy}代办" in page
        assert 'name="outcome"' in page
        draft(task_of(case), by=deputy)
        assert f"代{person}" in page_of(client, task_of(case)).replace(" ", "")
