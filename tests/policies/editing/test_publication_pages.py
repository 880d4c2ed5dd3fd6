"""The pages of versions, cases and publication: what they show, what they refuse and with which words."""

import datetime as dt

import pytest
from django.urls import reverse

from policies.actions.drafts import discard_draft, save_draft
from policies.actions.publication import submit_publication
from policies.models import Publication, VersionCase
from policies.publication_gates import register_panel
from tests.factories.accounts import AuditorFactory
from tests.factories.policies import AT, clause_of
from tests.policies.editing.conftest import with_title

pytestmark = pytest.mark.django_db

PROJECT = {
    "t-projects-TOTAL_FORMS": "1",
    "t-projects-0-name": "演示一线",
    "t-projects-0-investment": "800",
    "t-projects-0-accepted_on": "2025-06-30",
}
CASE = {
    "title": "一个项目",
    "policy_year": "2025",
    "kind": "enterprise",
    "status": "eligible",
    "amount": "4,000,000",
    "save": "1",
    **PROJECT,
}


@pytest.fixture
def desk(client, writer):
    client.force_login(writer)
    return client


def text(response):
    return response.content.decode()


class TestHistory:
    def test_versions_saves_and_records_are_told(self, desk, draft):
        told = text(desk.get(reverse("editing:clause_history", args=[draft.pk])))
        for words in ("随政策数据载入", "李起草", "改名称", "保存第 2 次修改", "已提交的申报", "“5G+智慧工厂”建设补助"):
            assert words in told
        published = clause_of("3.4.5").versions.get(number=1)
        assert "第 1 版（本页）" in text(desk.get(reverse("editing:clause_history", args=[published.pk])))

    def test_any_two_states_are_compared(self, desk, draft):
        first = draft.edits.get(edit=1)
        address = reverse("editing:clause_history", args=[draft.pk])
        told = text(desk.get(address, {"left": f"e{first.pk}", "right": f"v{draft.pk}"}))
        assert "第 2 版第 1 次修改" in told
        assert "<del>建设</del>" in told
        assert "没有差异" in text(desk.get(address, {"left": f"v{draft.pk}", "right": f"v{draft.pk}"}))
        assert desk.get(address, {"left": "nonsense", "right": "e999"}).status_code == 200

    def test_an_earlier_save_is_restored_and_nothing_is_lost(self, desk, draft):
        first = draft.edits.get(edit=1)
        response = desk.post(reverse("editing:edit_restore", args=[first.pk]), {"edit": 2})
        assert response.status_code == 302
        draft.refresh_from_db()
        assert (draft.edit, draft.definition["title"]) == (3, "“5G+智慧工厂”建设补助")
        assert draft.edits.count() == 3

    def test_restoring_over_somebody_else_is_refused(self, desk, draft, second):
        first = draft.edits.get(edit=1)
        save_draft(draft, content=with_title(draft, "丙"), expected_edit=2, by=second, at=AT)
        response = desk.post(reverse("editing:edit_restore", args=[first.pk]), {"edit": 2})
        assert response.status_code == 409
        assert "王复核在" in text(response)

    def test_a_draft_is_put_aside_and_taken_up_again_with_a_reason(self, desk, draft):
        discard = reverse("editing:clause_discard", args=[draft.pk])
        empty = desk.post(discard, {"edit": 2, "reason": ""})
        assert empty.status_code == 422
        assert "请填写原因" in text(empty)
        assert desk.post(discard, {"edit": 2, "reason": "暂缓"}).status_code == 302
        draft.refresh_from_db()
        assert draft.state == "discarded"
        told = text(desk.get(reverse("editing:clause_history", args=[draft.pk])))
        assert "搁置：暂缓" in told
        assert desk.post(discard, {"edit": 2, "reason": "再次"}).status_code == 409
        assert (
            desk.post(reverse("editing:clause_resume", args=[draft.pk]), {"edit": 2, "reason": "继续"}).status_code
            == 302
        )
        draft.refresh_from_db()
        assert draft.state == "draft"

    def test_rules_have_a_history_too(self, desk, loaded):
        rules = loaded.rules.get()
        assert "通用规则" in text(desk.get(reverse("editing:rules_history", args=[rules.pk])))
        compared = text(desk.get(reverse("editing:rules_compare", args=[rules.pk])))
        assert "一年内累计奖补不超过" in compared


class TestCompare:
    def test_the_draft_stands_beside_what_is_in_force(self, desk, draft):
        told = text(desk.get(reverse("editing:clause_compare", args=[draft.pk])))
        assert "第 1 版（已发布）" in told
        assert "<del>建设</del>" in told
        assert "改动" in told
        assert "逐行计算" in told


class TestCases:
    def test_a_case_is_entered_with_its_facts(self, desk, draft):
        assert "新增算例" in text(desk.get(reverse("editing:cases", args=[draft.pk])))
        form = text(desk.get(reverse("editing:case_new", args=[draft.pk])))
        assert 'data-money="万元"' in form
        assert desk.post(reverse("editing:case_new", args=[draft.pk]), CASE).status_code == 302
        case = VersionCase.objects.get()
        assert case.document["claims"] == [
            {
                "clause": "3.4.5",
                "facts": {"projects": [{"name": "演示一线", "investment": "8000000.00", "accepted_on": "2025-06-30"}]},
            }
        ]
        assert case.expected == {"status": "eligible", "amount": "4000000.00"}
        assert "一致" in text(desk.get(reverse("editing:cases", args=[draft.pk])))
        again = text(desk.get(reverse("editing:case", args=[case.pk])))
        assert 'value="800"' in again
        assert 'value="4000000"' in again

    def test_what_the_draft_gives_is_filled_in_to_be_checked(self, desk, draft):
        response = desk.post(
            reverse("editing:case_new", args=[draft.pk]),
            {**PROJECT, "policy_year": "2025", "kind": "enterprise", "compute": "1"},
        )
        told = text(response)
        assert response.status_code == 200
        assert "由系统算出，请核对" in told
        assert 'value="4000000"' in told
        assert "计算过程" in told
        assert not VersionCase.objects.exists()

    def test_a_row_is_added_without_scripts_and_nothing_typed_is_lost(self, desk, draft):
        response = desk.post(reverse("editing:case_new", args=[draft.pk]), {**CASE, "add_row": "t-projects"})
        told = text(response)
        assert response.status_code == 200
        assert 'name="t-projects-TOTAL_FORMS" value="2"' in told
        assert 'value="演示一线"' in told
        assert "处需要更正" not in told

    def test_faults_of_the_engine_stand_at_their_fields(self, desk, draft):
        two = {**CASE, "t-projects-TOTAL_FORMS": "3", "t-projects-2-name": "缺投入"}
        response = desk.post(reverse("editing:case_new", args=[draft.pk]), two)
        told = text(response)
        assert response.status_code == 422
        assert 'href="#id_t-projects-2-investment"' in told
        assert "缺少“软硬件、设备投入”" in told or "软硬件" in told
        wrong = desk.post(reverse("editing:case_new", args=[draft.pk]), {**CASE, "t-projects-0-investment": "八百"})
        assert wrong.status_code == 422
        assert 'value="八百"' in text(wrong)
        early = desk.post(reverse("editing:case_new", args=[draft.pk]), {**CASE, "policy_year": "1999"})
        assert "1999 年度没有适用的政策" in text(early)
        named = desk.post(reverse("editing:case_new", args=[draft.pk]), {**CASE, "title": "", "amount": ""})
        assert "请填写算例名称" in text(named)

    def test_two_who_correct_one_case(self, desk, ready, second, client):
        case = ready.cases.get()
        shown = desk.get(reverse("editing:case", args=[case.pk])).context["seen"]
        VersionCase.objects.filter(pk=case.pk).update(title="先改的", entered_by=second)
        response = desk.post(reverse("editing:case", args=[case.pk]), {**CASE, "title": "后改的", "seen": shown})
        told = text(response)
        assert response.status_code == 409
        assert "王复核在您打开之后修改了这个算例" in told
        assert 'value="后改的"' in told
        newest = response.context["form"].result["seen"].data
        assert (
            desk.post(reverse("editing:case", args=[case.pk]), {**CASE, "title": "后改的", "seen": newest}).status_code
            == 302
        )

    def test_a_case_is_removed(self, desk, ready):
        case = ready.cases.get()
        seen = desk.get(reverse("editing:case", args=[case.pk])).context["seen"]
        assert desk.post(reverse("editing:case_remove", args=[case.pk]), {"seen": "x"}).status_code == 409
        assert desk.post(reverse("editing:case_remove", args=[case.pk]), {"seen": seen}).status_code == 302
        assert not VersionCase.objects.exists()

    def test_cases_of_a_draft_that_waits_or_of_an_auditor_are_read_only(self, desk, ready, writer):
        submit_publication(ready.clause.document, versions=[ready], reason="演示", by=writer, at=AT)
        case = ready.cases.get()
        told = text(desk.get(reverse("editing:case", args=[case.pk])))
        assert "草稿已提交发布，算例不能修改" in told
        assert "保存算例" not in told
        assert desk.get(reverse("editing:case_new", args=[ready.pk])).status_code == 302
        desk.force_login(AuditorFactory())
        assert desk.get(reverse("editing:case", args=[case.pk])).status_code == 200
        assert desk.post(reverse("editing:case", args=[case.pk]), CASE).status_code == 403


class TestPublication:
    def test_drafts_are_checked_before_they_are_submitted(self, desk, draft):
        address = reverse("editing:publications", args=[draft.clause.document.slug])
        name = f"clause-{draft.pk}"
        told = text(desk.post(address, {"versions": [name], "check": "1"}))
        assert "资金条款至少须有一个算例" in told
        assert "将终止的版本" in told
        assert not Publication.objects.exists()
        refused = desk.post(address, {"versions": [name], "reason": "演示", "submit": "1"})
        assert refused.status_code == 422
        assert "处问题，不能发布" in text(refused)
        assert "演示" in text(refused)
        assert desk.post(address, {"submit": "1"}).status_code == 422
        assert desk.post(address, {"check": "1"}).status_code == 422

    def test_the_way_of_a_publication(self, desk, ready, writer, second):
        address = reverse("editing:publications", args=[ready.clause.document.slug])
        response = desk.post(address, {"versions": [f"clause-{ready.pk}"], "reason": "会议纪要", "submit": "1"})
        publication = Publication.objects.get()
        own = reverse("editing:publication", args=[publication.pk])
        assert response.url == own
        told = text(desk.get(own))
        assert "本次发布由您提交，须由另一位管理员核对后发布" in told
        assert "撤回" in told
        assert "已在待发布的申请中" in text(desk.get(address))
        publish = reverse("editing:publication_publish", args=[publication.pk])
        refused = desk.post(publish, {"seen": 1})
        assert refused.status_code == 403
        assert "由您提交" in text(refused)

        desk.force_login(second)
        register_panel("对往年的影响", "editing:publication")
        told = text(desk.get(own))
        for words in ("会议纪要", "一致", "<del>建设</del>", "李起草", "2024年12月31日", "对往年的影响", "确认发布"):
            assert words in told
        empty = desk.post(reverse("editing:publication_return", args=[publication.pk]), {"seen": 1, "note": ""})
        assert empty.status_code == 422
        assert desk.post(publish, {"seen": 9}).status_code == 409
        assert desk.post(publish, {"seen": 1}).status_code == 302
        assert "发布时的核对" in text(desk.get(own))
        assert desk.post(publish, {"seen": 2}).status_code == 409

    def test_an_auditor_reads_and_does_nothing(self, desk, ready, writer):
        publication = submit_publication(ready.clause.document, versions=[ready], reason="演示", by=writer, at=AT)
        desk.force_login(AuditorFactory())
        told = text(desk.get(reverse("editing:publication", args=[publication.pk])))
        assert "确认发布" not in told
        address = reverse("editing:publications", args=[ready.clause.document.slug])
        assert "提交发布" not in text(desk.get(address))
        assert desk.post(address, {"versions": [f"clause-{ready.pk}"], "reason": "x"}).status_code == 403

    def test_a_discarded_draft_is_not_offered(self, desk, draft, writer):
        discard_draft(draft, expected_edit=2, reason="暂缓", by=writer, at=AT + dt.timedelta(hours=1))
        address = reverse("editing:publications", args=[draft.clause.document.slug])
        assert "没有可以提交的草稿" in text(desk.get(address))
        response = desk.post(address, {"versions": [f"clause-{draft.pk}"], "reason": "演示", "submit": "1"})
        assert response.status_code == 422
        assert "所选草稿已不在列表中" in text(response)
