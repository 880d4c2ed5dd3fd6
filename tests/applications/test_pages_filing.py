"""Checking, filing, giving back, withdrawing and correcting."""

from datetime import date

import pytest

from applications.actions import PointInput, send_to_confirm
from applications.enums import State
from applications.models import Application, Revision
from policies.models import Call
from tests.applications.pages import at, text
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AT,
    FACTS,
    make_correction,
    make_draft,
    make_filed,
    make_filled,
    put_file,
)


class TestCheckAndFile:
    def post(self, client, application, **changes):
        page = text(client.get(at("check", application)))
        data = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("idempotency_key", "seen")} | {
            "promise": "yes"
        }
        return client.post(at("check", application), data | changes), data

    def test_all_answers_on_one_page(self, legal, company, open_now):
        page = text(legal.get(at("check", make_filled(company))))
        for words in ("3,200,000,000.00", "智慧工厂二期", "acceptance.pdf", "9,000,000.00", "真实性承诺", "提交申报"):
            assert words in page

    def test_filing_and_its_page(self, legal, company, open_now):
        application = make_filled(company)
        response, data = self.post(legal, application)
        assert response["Location"] == at("receipt", application)
        application.refresh_from_db()
        page = text(legal.get(response["Location"]))
        assert application.number in page
        assert "受理回执" in page
        again = legal.post(at("check", application), data)
        assert again["Location"] == at("receipt", application)
        other = legal.post(at("check", application), data | {"idempotency_key": "z" * 32})
        assert other.status_code == 409
        assert application.number in text(other)
        assert legal.get(at("check", application)).status_code == 302
        assert Revision.objects.count() == 1

    def test_incomplete_is_422_with_links_to_every_place(self, legal, company, open_now):
        application = make_draft(company)
        response, data = self.post(legal, application, promise="")
        page = text(response)
        assert response.status_code == 422
        assert f'href="{at("figures", application)}?check=1#id_revenue"' in page
        assert f'href="{at("evidence", application)}#evidence-contract"' in page
        assert page.count("请阅读并勾选真实性承诺。") == 2
        assert 'href="#id_promise"' in page
        assert data["idempotency_key"] in page

    def test_late_is_a_sentence_on_the_same_page(self, legal, company, open_now):
        application = make_filled(company)
        _, data = self.post(legal, application, promise="")
        Call.objects.update(closes_on=date(2026, 4, 30))
        response = legal.post(at("check", application), data)
        assert response.status_code == 409
        assert "申报已截止：受理至2026年4月30日 24:00" in text(response)
        assert "智慧工厂二期" in text(response)

    @pytest.mark.parametrize("page", ["detail", "facts", "check"])
    def test_a_closed_window_is_told_before_anything_else_is_asked(self, legal, company, open_now, page):
        application = make_draft(company)
        words = "申报已截止：受理至2026年4月30日 24:00"
        assert words not in text(legal.get(at(page, application)))
        Call.objects.update(closes_on=date(2026, 4, 30))
        content = text(legal.get(at(page, application))).split('id="main"')[1]
        assert words in content
        assert "补齐后才能提交" not in content
        assert ">提交申报<" not in content
        assert "补齐四项内容后" not in content
        if page == "detail":
            assert "现在不能提交，填写的内容保留" in content

    def test_withdrawing_says_whether_it_can_be_filed_again(self, legal, company, open_now):
        filed, draft = make_filed(company, "3.3.1").application, make_draft(company)
        assert "受理期内可以重新申报" in text(legal.get(at("withdraw", filed)))
        assert "受理期内可以重新开始" in text(legal.get(at("withdraw", draft)))
        Call.objects.update(closes_on=date(2026, 4, 30))
        for application, words in ((filed, "撤回后不能重新申报本条款"), (draft, "放弃后不能重新开始")):
            page = text(legal.get(at("withdraw", application)))
            assert "申报已截止" in page
            assert words in page
            assert "受理期内可以" not in page

    def test_a_reason_that_is_too_long_is_refused_and_stays_on_the_page(self, legal, company):
        filed, other = make_filed(company, "3.3.1").application, make_filled(company)
        send_to_confirm(application=other, by=company.agent, at=AT)
        for page, application in (("withdraw", filed), ("return", other)):
            response = legal.post(at(page, application), {"reason": "长" * 501})
            assert response.status_code == 422
            assert text(response).count("原因最多填写 500 个字，现在有 501 个。") == 2
            assert "长" * 501 in text(response)
        assert Application.objects.get(pk=filed.pk).state == State.UNDER_REVIEW
        assert Application.objects.get(pk=other.pk).state == State.CONFIRMING
        lines = "\r\n".join("长" * 250)  # 499 characters for the browser, which counts a line end once
        assert legal.post(at("withdraw", filed), {"reason": lines}).status_code == 302

    def test_changed_since_checked(self, legal, company, open_now):
        application = make_filled(company)
        _, data = self.post(legal, application, promise="")
        put_file(application, "invoice", shared=False, by=company.agent, content=b"%PDF-other")
        response = legal.post(at("check", application), data)
        assert response.status_code == 409
        assert "核对之后有变化" in text(response)

    def test_the_agent_sends_it_on(self, agent, company, open_now):
        application = make_filled(company)
        page = text(agent.get(at("check", application)))
        assert "送法定代表人确认" in page
        assert "idempotency_key" not in page
        assert agent.post(at("check", application), {"promise": "yes", "idempotency_key": "k" * 32}).status_code == 403
        assert agent.post(at("confirm", application)).status_code == 302
        application.refresh_from_db()
        assert application.state == State.CONFIRMING
        assert "退回修改" in text(agent.get(at("check", application)))

    def test_giving_back_needs_a_reason(self, legal, company):
        application = make_filled(company)
        send_to_confirm(application=application, by=company.agent, at=AT)
        assert legal.post(at("return", application)).status_code == 422
        assert legal.post(at("return", application), {"reason": "金额不对"}).status_code == 302
        assert "金额不对" in text(legal.get(at("detail", application)))

    def test_withdrawing(self, legal, company):
        application = make_filed(company).application
        assert legal.post(at("withdraw", application)).status_code == 422
        assert legal.post(at("withdraw", application), {"reason": "改报"}).status_code == 302
        assert legal.post(at("withdraw", application), {"reason": "改报"}).status_code == 409


class TestCorrection:
    @pytest.fixture
    def returned(self, company):
        application = make_filed(company).application
        make_correction(
            application,
            UserFactory(),
            PointInput("field", "projects-1-investment", "与合同金额不一致"),
            PointInput("field", "Y.rd_staff", "与社保人数不一致"),
            PointInput("evidence", "acceptance", "缺第二个项目的验收意见"),
            due_on=date(2099, 1, 5),
        )
        application.refresh_from_db()
        return application

    def test_each_point_stands_beside_its_place(self, legal, returned):
        detail = text(legal.get(at("detail", returned)))
        assert "要求补正 3 项" in detail
        assert detail.count("需补正 1 项") == 3
        assert "2099年1月5日" in detail
        facts = text(legal.get(at("facts", returned)))
        assert "需补正（第 2 条·软硬件、设备投入）：</strong>与合同金额不一致" in facts
        figures = text(legal.get(at("figures", returned)))
        assert "与社保人数不一致" in figures
        assert "上次提交" in figures
        evidence = text(legal.get(at("evidence", returned)))
        assert "缺第二个项目的验收意见" in evidence.split('id="evidence-acceptance"')[1]

    def test_old_and_new_side_by_side_before_and_after_filing_again(self, legal, returned, company):
        assert "上次提交" in text(legal.get(at("facts", returned)))
        facts = {"projects": [dict(row) for row in FACTS["3.4.5"]["projects"]]}
        facts["projects"][1]["investment"] = "11000000.00"
        Application.objects.update(draft=facts)
        assert "尚未作任何修改" not in text(legal.get(at("check", returned)))
        put_file(returned, "acceptance", shared=False, by=company.agent, content=b"%PDF-second")
        page = text(legal.get(at("check", returned)))
        assert "验收意见" in page.split("与上次提交的不同")[1].split("年度数据")[0]
        assert "12,000,000.00 元" in page
        assert "11,000,000.00 元" in page
        data = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("idempotency_key", "seen")} | {
            "promise": "yes"
        }
        assert legal.post(at("check", returned), data).status_code == 302
        second = text(legal.get(at("revision", returned, 2)))
        assert "与上一次提交的不同" in second
        assert "12,000,000.00 元" in second
        assert legal.get(at("revision", returned, 3)).status_code == 404
