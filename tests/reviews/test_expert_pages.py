"""Pages of panels and experts: who sees what when, what a refused post keeps, how often they ask the database."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import UnitRole
from accounts.models import UnitMember
from reviews.actions.conclusion import Verdict
from reviews.actions.scoring import recuse_expert
from reviews.enums import PanelState, StageKind
from reviews.models import Case, Decision, Panel, Recusal, Sheet
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.applications import make_company
from tests.factories.panels import (
    PROPOSED,
    conclude,
    convene,
    expert,
    panel_stage,
    scoring,
    seats,
    settle,
    submit,
    submit_all,
)
from tests.factories.reviews import LATER, advance_to, approver, decide, make_case, officer, task_of
from tests.factories.routes import set_policy

E, A, L = StageKind.EXPERT, StageKind.AUDIT, StageKind.LEAD
UNIT = "市科技局"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def case(company) -> Case:
    """A file of the competition at its 专家评审."""
    return advance_to(make_case(company, "3.4.4"), E)


def another(district: str = "经开区") -> Case:
    return advance_to(make_case(make_company(district=district), "3.4.4"), E)


def page(client: Client, user, name: str, *args, status: int = 200) -> str:
    client.force_login(user)
    answer = client.get(reverse(f"reviews:{name}", args=args))
    assert answer.status_code == status, (name, answer.status_code)
    return answer.content.decode()


def post(client: Client, user, name: str, /, *args, **values):
    client.force_login(user)
    return client.post(reverse(f"reviews:{name}", args=args), values)


class TestConveningPages:
    def test_the_task_leads_to_convening_and_offers_no_decision(self, case, client):
        text = page(client, officer(UNIT), "task", task_of(case).pk)
        assert reverse("reviews:convene", args=[task_of(case).pk]) in text
        assert 'name="outcome"' not in text

    def test_without_experts_it_says_how_somebody_is_put_on_the_list(self, case, client):
        text = page(client, officer(UNIT), "convene", task_of(case).pk)
        assert "角色“专家（第三方）”" in text
        assert "<form method" not in text.partition("<main")[2].replace('action="/accounts/logout/"', "")

    def test_criteria_are_proposed_and_the_panel_is_made(self, case, client):
        people = [expert(UNIT) for _ in range(3)]
        text = page(client, officer(UNIT), "convene", task_of(case).pk)
        assert "技术先进性和创新性" in text
        assert "2024年度科技重大专项项目支持专家评审" in text
        answer = post(client, officer(UNIT), "convene", task_of(case).pk, **convening(case, people))
        panel = Panel.objects.get()
        assert answer["Location"] == reverse("reviews:panel", args=[panel.pk])
        assert [(line.name, line.points) for line in panel.criteria.all()] == [("甲", 70), ("乙", 30)]
        assert page(client, officer(UNIT), "panel", panel.pk).count("设为组长") >= 2

    def test_a_refused_post_keeps_what_was_typed(self, case, client):
        people = [expert(UNIT)]
        sent = convening(case, people, title="", chair="", **{"criteria-0-points": "七十"})
        answer = post(client, officer(UNIT), "convene", task_of(case).pk, **sent)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert "满分须为整数" in text
        assert 'value="七十"' in text
        answer = post(client, officer(UNIT), "convene", task_of(case).pk, **convening(case, people, title="", chair=""))
        text = answer.content.decode()
        assert answer.status_code == 422
        assert "请填写评审组名称。" in text
        assert "请从所选成员中确定一名组长。" in text
        assert 'href="#id_title"' in text
        assert 'value="甲"' in text
        assert "checked" in text

    def test_one_more_row_without_javascript(self, case, client):
        sent = convening(case, [expert(UNIT)], add_row="criteria")
        text = post(client, officer(UNIT), "convene", task_of(case).pk, **sent).content.decode()
        assert 'name="criteria-2-name"' in text

    def test_a_stale_page_is_told(self, case, client):
        sent = convening(case, [expert(UNIT)], expected_version="99")
        answer = post(client, officer(UNIT), "convene", task_of(case).pk, **sent)
        assert answer.status_code == 409
        assert 'value="甲"' in answer.content.decode()


def convening(case, people, **values) -> dict[str, object]:
    return {
        "expected_version": str(task_of(case).version),
        "title": "测试评审",
        "members": [str(user.pk) for user in people],
        "chair": str(people[0].pk),
        "criteria-TOTAL_FORMS": "2",
        "criteria-INITIAL_FORMS": "0",
        "criteria-0-name": "甲",
        "criteria-0-points": "70",
        "criteria-1-name": "乙",
        "criteria-1-points": "30",
    } | values


class TestUnitPages:
    def test_members_come_go_and_the_scoring_starts(self, case, client):
        panel = convene(case)
        extra, handler = expert(UNIT, "新专家"), officer(UNIT)
        assert "新专家" in page(client, handler, "panel", panel.pk)
        answer = post(client, handler, "panel_members", panel.pk, expected_version=panel.version, user=extra.pk)
        assert answer.status_code == 302
        panel.refresh_from_db()
        new = panel.members.get(user=extra)
        assert post(client, handler, "panel_chair", panel.pk, new.pk, expected_version=panel.version).status_code == 302
        panel.refresh_from_db()
        assert post(client, handler, "panel_start", panel.pk, expected_version=panel.version).status_code == 302
        panel.refresh_from_db()
        assert (panel.state, panel.members.get(is_chair=True)) == (PanelState.SCORING, new)
        text = page(client, handler, "panel", panel.pk)
        assert "还差 4 份评分表" in text
        answer = post(client, handler, "panel_leave", panel.pk, new.pk, expected_version=panel.version, reason="")
        assert answer.status_code == 422
        assert "须写明原因" in answer.content.decode()

    def test_criteria_can_be_changed_before_the_start(self, case, client):
        panel = convene(case)
        sent = {key: value for key, value in convening(case, [panel.members.first().user]).items() if "criteria" in key}
        answer = post(client, officer(UNIT), "panel_criteria", panel.pk, expected_version=panel.version, **sent)
        assert answer.status_code == 302
        assert [line.name for line in panel.criteria.all()] == ["甲", "乙"]
        answer = post(client, officer(UNIT), "panel_criteria", panel.pk, expected_version="1", **sent)
        assert answer.status_code == 409

    def test_whoever_opens_the_address_of_a_gesture_is_led_to_the_panel(self, case, client):
        panel = convene(case)
        client.force_login(officer(UNIT))
        for name, args in (("panel_start", []), ("panel_leave", [panel.members.first().pk])):
            answer = client.get(reverse(f"reviews:{name}", args=[panel.pk, *args]))
            assert answer["Location"] == reverse("reviews:panel", args=[panel.pk])

    def test_the_ranking_shows_averages_marks_ties_and_what_is_outstanding(self, case, client):
        other = another()
        panel = scoring(case)
        first, second, third = seats(panel)
        for stage in (panel_stage(case), panel_stage(other)):
            submit(first, stage, "50.5", "30")
            submit(second, stage, "55", "35", remarks=SCRIPT)
        text = page(client, officer(UNIT), "panel", panel.pk)
        assert text.count("85.25") >= 2
        assert f"未交：{third.user}" in text
        assert "80.5" in text
        assert "原文为“15项左右”" in text
        assert SCRIPT not in text

    def test_beyond_the_quota_is_said_in_words(self, case, client):
        another()
        set_quota(case, 1)
        panel = scoring(case)
        submit_all(panel, [panel_stage(case)])
        for member in seats(panel):
            submit(member, panel.stages.exclude(case=case).get(), "1", "1")
        assert page(client, officer(UNIT), "panel", panel.pk).count("超出目标数</span>") == 1


def set_quota(case: Case, target: int) -> None:
    """A version of the clause under which the files of the test stand aims at fewer awards."""
    from applications.models import Application
    from policies.models import ClauseVersion

    version = case.application.clause_version
    definition = version.definition | {
        "quota": {"soft": True, "target": version.definition["quota"]["target"] | {"value": target}}
    }
    copy = ClauseVersion.objects.create(
        clause=version.clause,
        number=version.number + 50,
        definition=definition,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        definition_sha256="0" * 64,
        content_sha256="1" * 64,
        quote=version.quote,
        bracket=version.bracket,
        evidence=version.evidence,
        source_sha256=version.source_sha256,
    )
    Application.objects.filter(clause=version.clause).update(clause_version=copy)


class TestDesk:
    def test_lists_own_files_with_the_state_of_the_own_sheet(self, case, client):
        panel = scoring(case)
        first, second, _ = seats(panel)
        submit(first, panel_stage(case))
        number = case.application.number
        text = page(client, first.user, "expert_desk")
        assert number in text
        assert "您的评分表已全部提交" in text
        assert "汇总并结束评审" in text
        text = page(client, second.user, "expert_desk")
        assert "还有 1 件待您提交" in text
        assert "汇总并结束评审" not in text

    def test_is_empty_for_an_expert_without_panel_and_closed_to_officers(self, case, client):
        assert "没有待您评审的申报" in page(client, expert(UNIT), "expert_desk")
        page(client, officer(UNIT), "expert_desk", status=403)

    def test_a_file_shows_figures_evidence_bounds_and_neither_opinions_nor_other_sheets(self, case, client):
        panel = scoring(case)
        first, second, _ = seats(panel)
        submit(second, panel_stage(case), "33.5", "1", remarks="别人的意见")
        text = page(client, first.user, "expert_file", panel.pk, panel_stage(case).pk)
        assert "硅衬底专项" in text
        assert "建议金额应在 100 万元至 200 万元之间" in text
        assert "expert" not in case.application.number
        assert "/attachments/" in text
        for hidden in ("别人的意见", "33.5", "各单位意见", "材料齐全。"):
            assert hidden not in text

    def test_before_the_start_only_stepping_back_is_possible(self, case, client):
        panel = convene(case)
        member = seats(panel)[1]
        text = page(client, member.user, "expert_file", panel.pk, panel_stage(case).pk)
        assert "硅衬底专项" not in text
        assert "登记回避" in text
        answer = post(client, member.user, "expert_recuse", panel.pk, panel_stage(case).pk, reason="亲属")
        assert answer.status_code == 302
        assert Recusal.objects.filter(case=case, user=member.user).exists()
        page(client, member.user, "expert_file", panel.pk, panel_stage(case).pk, status=404)

    def test_recusal_without_a_reason_is_refused_at_the_field(self, case, client):
        panel = scoring(case)
        answer = post(client, seats(panel)[1].user, "expert_recuse", panel.pk, panel_stage(case).pk, reason=" ")
        assert answer.status_code == 422
        assert "请写明回避理由。" in answer.content.decode()

    def test_draft_then_submission(self, case, client):
        panel, stage = scoring(case), panel_stage(case)
        member = seats(panel)[0]
        one, two = panel.criteria.order_by("order")
        fields = {f"criterion_{one.pk}": "55.5", f"criterion_{two.pk}": "", "remarks": "先记一笔", "seen": ""}
        answer = post(client, member.user, "expert_file", panel.pk, stage.pk, save="1", **fields)
        assert answer.status_code == 302
        sheet = Sheet.objects.get()
        text = page(client, member.user, "expert_file", panel.pk, stage.pk)
        assert 'value="55.5"' in text
        assert "先记一笔" in text
        fields = fields | {f"criterion_{two.pk}": "40", "seen": sheet.saved_at.isoformat()}
        answer = post(client, member.user, "expert_file", panel.pk, stage.pk, submit="1", **fields)
        assert answer["Location"] == reverse("reviews:expert_desk")
        text = page(client, member.user, "expert_file", panel.pk, stage.pk)
        assert "95.5" in text
        assert 'name="submit"' not in text

    def test_faults_stand_at_their_fields_and_nothing_is_lost(self, case, client):
        panel, stage = scoring(case), panel_stage(case)
        member = seats(panel)[0]
        one, two = panel.criteria.order_by("order")
        fields = {f"criterion_{one.pk}": "61", f"criterion_{two.pk}": "", "remarks": SCRIPT, "seen": ""}
        answer = post(client, member.user, "expert_file", panel.pk, stage.pk, submit="1", **fields)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert f'href="#id_criterion_{one.pk}"' in text
        assert "本项满分 60 分" in text
        assert "请填写“产业化前景”的分数。" in text
        assert 'value="61"' in text
        assert SCRIPT not in text
        assert "&lt;script&gt;" in text
        assert not Sheet.objects.exists()

    def test_another_window_is_told_and_keeps_its_text(self, case, client):
        panel, stage = scoring(case), panel_stage(case)
        member = seats(panel)[0]
        post(client, member.user, "expert_file", panel.pk, stage.pk, save="1", remarks="甲窗口", seen="")
        for spoilt in ("", "2026-99-99", "x"):
            answer = post(
                client, member.user, "expert_file", panel.pk, stage.pk, save="1", remarks="乙窗口", seen=spoilt
            )
            assert answer.status_code == 409
            assert "乙窗口" in answer.content.decode()
        assert Sheet.objects.get().remarks == "甲窗口"

    def test_an_auditor_states_the_verified_amount(self, company, client):
        set_policy("audit_sampling", {"per_mille": 1000, "clauses": []})
        case = advance_to(make_case(company, "3.4.5"), A)
        panel, stage = scoring(case, size=1), panel_stage(case)
        (member,) = seats(panel)
        text = page(client, member.user, "expert_file", panel.pk, stage.pk)
        assert "9,000,000.00" in text
        answer = post(client, member.user, "expert_file", panel.pk, stage.pk, submit="1", verified="八百万", remarks="")
        assert answer.status_code == 422
        answer = post(
            client, member.user, "expert_file", panel.pk, stage.pk, submit="1", verified="8,000,000", remarks="剔除。"
        )
        assert answer.status_code == 302
        assert Sheet.objects.get().verified_fen == 8_000_000_00
        page(client, member.user, "expert_conclude", panel.pk)
        sent = {
            "expected_version": str(Panel.objects.get().version),
            f"stage_{stage.pk}-favourable": "no",
            f"stage_{stage.pk}-amount": "8000000",
            f"stage_{stage.pk}-reasons": "剔除不合规发票。",
            "remarks": "详见审计报告。",
        }
        assert post(client, member.user, "expert_conclude", panel.pk, **sent).status_code == 302
        text = page(client, officer("市工信局"), "task", task_of(case).pk)
        assert "审定金额与测算金额不一致" in text
        assert "8,000,000.00 元" in text
        assert "剔除不合规发票。" in text


class TestConclusionPages:
    def sent(self, panel, **values) -> dict[str, str]:
        fields = {"expected_version": str(Panel.objects.get(pk=panel.pk).version), "remarks": "综合意见。"}
        for stage in panel.stages.all():
            fields |= {
                f"stage_{stage.pk}-favourable": "yes",
                f"stage_{stage.pk}-amount": "150",
                f"stage_{stage.pk}-reasons": "",
            }
        return fields | values

    def test_no_mark_is_shown_before_all_are_final(self, case, client):
        panel = scoring(case)
        chair, second, _ = seats(panel)
        submit(second, panel_stage(case), "33.5", "1")
        text = page(client, chair.user, "expert_conclude", panel.pk)
        assert "评分表还没有交齐" in text
        assert "33.5" not in text
        answer = post(client, chair.user, "expert_conclude", panel.pk, **self.sent(panel))
        assert answer.status_code == 409
        assert 'value="150"' in answer.content.decode()

    def test_the_chair_concludes_and_the_lead_reads_it(self, case, client):
        panel = scoring(case)
        submit_all(panel)
        chair = seats(panel)[0].user
        text = page(client, chair, "expert_conclude", panel.pk)
        assert "第 1 名 · 100.00 分" in text
        assert "100 万元至 200 万元" in text
        assert post(client, chair, "expert_conclude", panel.pk, **self.sent(panel)).status_code == 302
        assert Decision.objects.get(task__stage__kind=E).amount_fen == PROPOSED
        assert "综合意见。" in page(client, chair, "panel", panel.pk)
        for person in (officer(UNIT), approver(UNIT)):
            text = page(client, person, "task", task_of(case).pk)
            for word in ("评审结果", "100.00", "第 1 名（共 1 件）", "建议支持", "1,500,000.00 元", "综合意见。"):
                assert word in text, word

    def test_faults_stand_at_their_fields(self, case, client):
        panel, stage = scoring(case), panel_stage(case)
        submit_all(panel)
        chair = seats(panel)[0].user
        sent = self.sent(panel, **{f"stage_{stage.pk}-amount": "99", "remarks": ""})
        answer = post(client, chair, "expert_conclude", panel.pk, **sent)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert f'href="#id_stage_{stage.pk}-amount"' in text
        assert "建议金额不得低于 1,000,000.00 元" in text
        assert "请填写评审组的综合意见。" in text
        assert 'value="99"' in text

    def test_only_the_chair_comes_here(self, case, client):
        panel = scoring(case)
        page(client, seats(panel)[1].user, "expert_conclude", panel.pk, status=404)
        page(client, expert(UNIT), "expert_conclude", panel.pk, status=404)

    def test_other_units_on_the_case_do_not_read_the_result(self, case, client):
        settle(case)
        assert "评审结果" not in page(client, officer("高新区"), "case", case.pk)
        assert "评审结果" in page(client, AuditorFactory(), "case", case.pk)

    def test_the_lead_is_told_that_the_quota_is_used_up(self, case, client):
        settle(case)
        decide(task_of(case), amount_fen=PROPOSED)
        late = another()
        set_quota(late, 1)
        settle(late)
        text = page(client, officer(UNIT), "task", task_of(late).pk)
        assert "本年度已同意 1 项，原文为“15项左右”，超出不受限制但请说明。" in text


MISSING = 987654321
READ = ("panels", "panel")
GESTURES = ("panel_criteria", "panel_members", "panel_leave", "panel_chair", "panel_start")
EXPERT = ("expert_desk", "expert_file", "expert_recuse", "expert_attachment", "expert_conclude")


class TestWhoComesWhere:
    """Every address of panels × every role × own, other and missing × GET and POST."""

    @pytest.fixture
    def world(self, case):
        """An own panel that is scoring, and one of 市工信局 that audits another file."""
        own = scoring(case)
        set_policy("audit_sampling", {"per_mille": 1000, "clauses": []})
        company = make_company(district="经开区")
        audited = advance_to(make_case(company, "3.4.5"), A)
        other = scoring(audited, size=1)
        chair, member, recused = seats(own)
        recuse_expert(member=recused, stage=panel_stage(case), reason="亲属", by=recused.user, at=LATER)
        removed = expert(UNIT)
        UnitMember.objects.filter(user=removed).update(is_active=False)
        people = {
            "anonymous": None,
            "nobody": UserFactory(),
            "legal": company.legal,
            "administrator": AdministratorFactory(),
            "auditor": AuditorFactory(),
            "handler": officer(UNIT),
            "approver": approver(UNIT),
            "leader": officer(UNIT, UnitRole.LEADER),
            "foreign": officer("高新区"),
            "chair": chair.user,
            "member": member.user,
            "recused": recused.user,
            "stranger": expert(UNIT),
            "removed": removed,
        }
        return SimpleNamespace(own=own, other=other, cases={own.pk: case, other.pk: audited}, people=people)

    def addresses(self, world) -> dict[tuple[str, str], str]:
        found = {("panels", "none"): reverse("reviews:panels"), ("expert_desk", "none"): reverse("reviews:expert_desk")}
        for whose, panel in (("own", world.own), ("other", world.other)):
            case = world.cases[panel.pk]
            stage, seat = panel.stages.get(), panel.members.first()
            attachment = case.application.revisions.get().evidence[0]["attachment"]
            for name in ("panel", "panel_criteria", "panel_members", "panel_start", "expert_conclude"):
                found[name, whose] = reverse(f"reviews:{name}", args=[panel.pk])
            for name in ("panel_leave", "panel_chair"):
                found[name, whose] = reverse(f"reviews:{name}", args=[panel.pk, seat.pk])
            for name in ("expert_file", "expert_recuse"):
                found[name, whose] = reverse(f"reviews:{name}", args=[panel.pk, stage.pk])
            found["expert_attachment", whose] = reverse(
                "reviews:expert_attachment", args=[panel.pk, stage.pk, attachment]
            )
        stage = world.own.stages.get()
        found["panel", "missing"] = reverse("reviews:panel", args=[MISSING])
        found["expert_file", "missing"] = reverse("reviews:expert_file", args=[world.own.pk, MISSING])
        foreign = world.other.stages.get()
        found["expert_file", "crossed"] = reverse("reviews:expert_file", args=[world.own.pk, foreign.pk])
        found["expert_attachment", "crossed"] = reverse(
            "reviews:expert_attachment",
            args=[
                world.own.pk,
                stage.pk,
                world.cases[world.other.pk].application.revisions.get().evidence[0]["attachment"],
            ],
        )
        return found

    def expected(self, role: str, name: str, whose: str) -> set[int]:
        """Of a GET."""
        if role == "anonymous":
            return {302}
        experts, officers = {"chair", "member", "recused", "stranger"}, {"handler", "approver", "leader", "foreign"}
        if name in EXPERT:
            if role not in experts:
                return {403}
            if name == "expert_desk":
                return {200}
            if name == "expert_conclude":
                return {200} if role == "chair" and whose == "own" else {404}
            if role in {"chair", "member"} and whose == "own":
                return {302} if name == "expert_recuse" else {200}
            return {404}
        if name in GESTURES:
            return {302} if role in {"handler", "approver", "foreign"} else {403}
        if name == "panels":
            return {200} if role in officers | {"auditor"} else {403}
        if role == "auditor":
            return {404} if whose == "missing" else {200}
        if role in officers:
            return {200} if whose == "own" and role != "foreign" else {404}
        return {404} if role in experts else {403}

    def test_get(self, world):
        wrong = []
        for role, user in world.people.items():
            client = Client()
            if user is not None:
                client.force_login(user)
            for (name, whose), address in self.addresses(world).items():
                answer = client.get(address)
                if answer.status_code not in self.expected(role, name, whose):
                    wrong.append((role, name, whose, answer.status_code))
        assert wrong == []

    def test_post_changes_nothing_for_those_who_may_not(self, world):
        wrong = []
        before = list(Panel.objects.order_by("pk").values_list("state", "version"))
        for role, user in world.people.items():
            client = Client()
            if user is not None:
                client.force_login(user)
            for (name, whose), address in self.addresses(world).items():
                allowed = {401} if role == "anonymous" else {403, 404, 405, 409, 422}
                if name == "expert_file" and whose == "own" and role in {"chair", "member"}:
                    allowed = {302}  # an empty draft of one's own
                answer = client.post(address)
                if answer.status_code not in allowed:
                    wrong.append((role, name, whose, answer.status_code))
        assert wrong == []
        assert list(Panel.objects.order_by("pk").values_list("state", "version")) == before
        assert Recusal.objects.count() == 1

    def test_members_read_the_ranking_once_the_panel_has_ended(self, case, client):
        panel = settle(case)
        for member in panel.members.all():
            assert "100.00" in page(client, member.user, "panel", panel.pk)

    def test_a_member_who_left_sees_nothing_any_more(self, case, client):
        panel = scoring(case)
        member = seats(panel)[1]
        member.left_at = LATER
        member.save()
        page(client, member.user, "expert_file", panel.pk, panel_stage(case).pk, status=404)
        assert case.application.number not in page(client, member.user, "expert_desk")

    def test_the_case_itself_stays_closed_to_experts(self, case, client):
        panel = scoring(case)
        page(client, seats(panel)[0].user, "case", case.pk, status=403)
        page(client, seats(panel)[0].user, "task", task_of(case).pk, status=403)


class TestQueries:
    def count(self, client, user, name, *args) -> int:
        client.force_login(user)
        address = reverse(f"reviews:{name}", args=args)
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    def test_as_many_for_one_file_and_three_members_as_for_more(self, case, client):
        panel = scoring(case)
        member, handler = seats(panel)[0].user, officer(UNIT)
        submit_all(panel)
        few = [
            self.count(client, handler, "panel", panel.pk),
            self.count(client, member, "expert_desk"),
            self.count(client, member, "expert_conclude", panel.pk),
        ]
        for district in ("经开区", "红谷滩区", "高新区", "青山湖区"):
            another(district)
        from reviews.actions.panel_members import add_member

        for _ in range(3):
            panel.refresh_from_db()
            add_member(panel=panel, expected_version=panel.version, user=expert(UNIT), by=handler, at=LATER)
        for stage in panel.stages.all():
            for seat in seats(panel):
                if not Sheet.objects.filter(member=seat, stage=stage).exists():
                    submit(seat, stage)
        many = [
            self.count(client, handler, "panel", panel.pk),
            self.count(client, member, "expert_desk"),
            self.count(client, member, "expert_conclude", panel.pk),
        ]
        assert many == few
        assert max(many) <= 30
        conclude(panel, said={panel_stage(case).pk: Verdict(favourable=False, reasons="不成熟。")})
        assert self.count(client, handler, "panel", panel.pk) <= max(many)
