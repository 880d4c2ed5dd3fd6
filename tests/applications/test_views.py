"""Pages: who sees them, what they answer, and that nothing typed is lost."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from applications.actions import PointInput, send_to_confirm
from applications.enums import State
from applications.models import Application, Attachment, Revision
from common import storage
from policies.models import Call
from tests.applications.test_drafting import PNG
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AT,
    FACTS,
    YEAR,
    clause,
    fill,
    make_call,
    make_correction,
    make_draft,
    make_filed,
    make_filled,
    put_file,
)

PAGES = ["detail", "figures", "facts", "evidence", "check", "withdraw"]


@pytest.fixture(autouse=True)
def _plain_static(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def open_now(policies_loaded):
    """Calls of both years whose windows include today."""
    today = timezone.localdate()
    for year in (2024, 2025):
        make_call(year)
    Call.objects.update(opens_on=date(2026, 2, 1), closes_on=date(today.year + 1, 12, 31))


@pytest.fixture
def agent(client, company):
    client.force_login(company.agent)
    return client


@pytest.fixture
def legal(client, company):
    client.force_login(company.legal)
    return client


def at(name, application, *args):
    return reverse(f"applications:{name}", args=[application.pk, *args])


def text(response):
    return response.content.decode()


def facts_post(application, **changes):
    data = {
        "expected_version": str(application.draft_version),
        "projects-TOTAL_FORMS": "1",
        "projects-0-name": "一期",
        "projects-0-investment": "800",
        "projects-0-accepted_on": "2024-06-30",
    }
    return data | changes


class TestAccess:
    @pytest.mark.parametrize("page", PAGES)
    def test_own_pages_open_and_others_do_not_exist(self, client, company, stranger, page):
        application = make_filled(company)
        address = at(page, application)
        assert client.get(address).status_code == 302
        client.force_login(stranger.legal)
        assert client.get(address).status_code == 404
        client.force_login(UserFactory())
        assert client.get(address).status_code == 403
        client.force_login(company.agent)
        response = client.get(address)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]

    def test_posts_to_another_enterprise_s_file_are_404(self, client, company, stranger):
        application = make_filled(company)
        attachment = Attachment.objects.filter(application=application).first()
        client.force_login(stranger.legal)
        for address in (
            at("figures", application),
            at("facts", application),
            at("estimate", application),
            at("upload", application, "contract"),
            at("remove", application, attachment.pk),
            at("check", application),
            at("confirm", application),
            at("return", application),
            at("withdraw", application),
        ):
            assert client.post(address).status_code == 404, address
        assert client.get(at("download", application, attachment.pk)).status_code == 404

    def test_after_signing_in_again_the_same_page_with_the_saved_draft(self, client, company):
        application = make_draft(company)
        client.force_login(company.agent)
        client.post(at("facts", application), facts_post(application), headers={"X-Autosave": "1"})
        client.logout()
        response = client.get(at("facts", application))
        assert response.status_code == 302
        assert response["Location"].endswith(f"?next={at('facts', application)}")
        client.force_login(company.agent)
        assert 'value="一期"' in text(client.get(at("facts", application)))

    @pytest.mark.parametrize(("name", "back"), [("confirm", "check"), ("return", "check")])
    def test_an_address_that_only_takes_posts_leads_back_to_its_page(self, agent, company, name, back):
        application = make_draft(company)
        assert agent.get(at(name, application))["Location"] == at(back, application)
        assert agent.get(at("upload", application, "contract"))["Location"] == at("evidence", application)


class TestList:
    def test_empty_tells_what_to_do(self, agent):
        page = text(agent.get(reverse("applications:list")))
        assert "还没有申报" in page
        assert reverse("applications:start") in page

    def test_states_who_what_and_by_when(self, agent, company):
        make_draft(company)
        filed = make_filed(company, "3.3.1", year=2025).application
        page = text(agent.get(reverse("applications:list")))
        assert "受理截至" in page
        assert filed.number in page
        assert "审核部门" in page
        only = text(agent.get(reverse("applications:list") + "?year=2025"))
        assert filed.number in only
        assert "3.4.5" not in only

    def test_as_many_queries_for_50_as_for_1(self, agent, company, django_assert_num_queries, policies_loaded):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        first = make_draft(company)
        address = reverse("applications:list")
        agent.get(address)
        with CaptureQueriesContext(connection) as one:
            agent.get(address)
        Application.objects.bulk_create(
            Application(
                enterprise=company.enterprise,
                clause=first.clause,
                policy_year=YEAR,
                call=first.call,
                clause_version=first.clause_version,
                created_at=AT,
                created_by=company.agent,
                state=State.WITHDRAWN,
                ended_at=AT,
            )
            for _ in range(49)
        )
        with CaptureQueriesContext(connection) as fifty:
            agent.get(address)
        assert len(fifty) == len(one)


class TestStart:
    def test_clauses_by_article_with_their_limits(self, agent, open_now):
        page = text(agent.get(reverse("applications:start")))
        assert "推行“一企一策”" in page
        assert "按 15%，最高 2000万元" in page
        assert "100-200万元" in page
        assert "100-200万元至" not in page
        assert "3.4.3" not in page

    def test_starting_from_the_library(self, agent, company, open_now):
        address = reverse("applications:start", args=[clause("3.3.1").pk])
        assert "3.3.1" in text(agent.get(address))
        response = agent.post(address, {"policy_year": "2024"})
        application = Application.objects.get()
        assert response["Location"] == at("detail", application)
        again = agent.post(address, {"policy_year": "2024"})
        assert again.status_code == 409
        assert "已有此条款的申报" in text(again)

    def test_closed_window_and_year_without_policy_are_sentences(self, agent, company):
        Call.objects.all().delete()
        make_call(2024)
        assert "现在没有开放的申报" in text(agent.get(reverse("applications:start")))
        address = reverse("applications:start", args=[clause("3.3.1").pk])
        late = agent.post(address, {"policy_year": "2024"})
        assert late.status_code == 409
        assert "申报已截止：受理至2026年4月30日 24:00" in text(late)
        none = agent.post(address, {"policy_year": "2026"})
        assert none.status_code == 422
        assert "2026年度" in text(none)
        assert agent.post(address, {"policy_year": "x"}).status_code in {409, 422}
        assert not Application.objects.exists()

    def test_an_enterprise_in_verification_is_told_so(self, agent, company, open_now):
        company.enterprise.status, company.enterprise.verified_at, company.enterprise.verified_by = (
            "pending",
            None,
            None,
        )
        company.enterprise.save()
        assert "尚未通过核实" in text(agent.get(reverse("applications:start")))
        response = agent.post(reverse("applications:start", args=[clause("3.3.1").pk]), {"policy_year": "2024"})
        assert response.status_code == 422

    def test_another_enterprise_or_no_clause(self, agent, stranger, open_now):
        address = reverse("applications:start")
        assert agent.get(f"{address}?enterprise={stranger.enterprise.pk}").status_code == 404
        assert agent.post(address, {"policy_year": "2024", "clause": "abc"}).status_code == 404
        assert agent.get(reverse("applications:start", args=[999999])).status_code == 404


class TestFigures:
    def post(self, client, application, version="", **changes):
        data = {
            "expected_version": version,
            "revenue": "32000",
            "revenue_prev": "20000",
            "sales_ex_tax": "30000",
            "rd_expense": "3000",
            "rd_staff": "80",
            "newly_introduced": "false",
        }
        return client.post(at("figures", application), data | changes)

    def test_saved_once_and_used_by_others(self, agent, company):
        application, other = make_draft(company), make_draft(company, "3.3.1")
        assert self.post(agent, application).status_code == 302
        row = company.enterprise.yearly_figures.get()
        assert row.values["revenue"] == "320000000.00"
        assert row.values["newly_introduced"] is False
        page = text(agent.get(at("figures", other)))
        assert 'value="32000"' in page
        assert "3.4.5" in page

    def test_wrong_values_are_422_shown_as_typed_and_the_rest_is_saved(self, agent, company):
        application = make_draft(company)
        response = self.post(agent, application, revenue="三亿", rd_staff="80.5")
        page = text(response)
        assert response.status_code == 422
        assert page.count("错误：") >= 3
        assert "<title>错误：" in page
        assert 'value="三亿"' in page
        assert 'href="#id_revenue"' in page
        assert company.enterprise.yearly_figures.get().values["rd_expense"] == "30000000.00"

    def test_two_windows(self, agent, company):
        application = make_draft(company)
        self.post(agent, application)
        response = self.post(agent, application, revenue="99999")
        page = text(response)
        assert response.status_code == 409
        assert 'value="99999"' in page
        assert "320,000,000.00" in page
        assert self.post(agent, application, version="1", revenue="99999").status_code == 302

    def test_autosave(self, agent, company):
        application = make_draft(company)
        address = at("figures", application)
        saved = agent.post(address, {"expected_version": "", "rd_staff": "5"}, headers={"X-Autosave": "1"})
        assert (saved.status_code, saved.json()["version"]) == (200, 1)
        wrong = agent.post(address, {"expected_version": "1", "rd_staff": "x"}, headers={"X-Autosave": "1"})
        assert wrong.status_code == 422
        stale = agent.post(address, {"expected_version": "", "rd_staff": "6"}, headers={"X-Autosave": "1"})
        assert stale.status_code == 409
        assert stale.json()["message"]


class TestFacts:
    @pytest.mark.parametrize("clause_id", FACTS)
    def test_the_form_of_every_clause_opens_empty_and_filled(self, agent, company, clause_id):
        application = make_draft(company, clause_id)
        assert agent.get(at("facts", application)).status_code == 200
        fill(application, company)
        page = text(agent.get(at("facts", application)))
        assert "测算" in page
        assert "需要更正" not in page

    def test_saving_and_the_estimate_beside_it(self, agent, company):
        application = make_draft(company)
        fill(application, company, projects=[])
        response = agent.post(at("facts", application), facts_post(application) | {"next": "1"})
        assert response["Location"] == at("evidence", application)
        page = text(agent.get(at("facts", application)))
        assert "4,000,000.00" in page
        assert "人民币肆佰万元整" in page

    def test_half_filled_is_saved_wrong_is_kept_with_its_sentence(self, agent, company):
        application = make_draft(company)
        response = agent.post(
            at("facts", application),
            facts_post(application, **{"projects-0-investment": "五百", "projects-0-name": ""}),
        )
        assert response.status_code == 422
        for page in (text(response), text(agent.get(at("facts", application)))):
            assert 'value="五百"' in page
            assert page.count("不是有效的金额") == 2  # summary and field say the same
            assert 'href="#id_projects-0-investment"' in page

    def test_missing_answers_are_shown_where_they_belong_when_asked(self, agent, company):
        page = text(agent.get(at("facts", make_draft(company)) + "?check=1"))
        assert page.count("请至少填写 1 条") >= 2
        assert 'id="id_projects"' in page

    def test_a_row_without_a_script(self, agent, company):
        application = make_draft(company)
        response = agent.post(at("facts", application), facts_post(application, add_row="projects"))
        assert response.status_code == 200
        assert 'name="projects-1-name"' in text(response)
        assert 'value="一期"' in text(response)
        gone = agent.post(
            at("facts", application),
            facts_post(Application.objects.get(), **{"projects-0-DELETE": "on"}),
        )
        assert gone.status_code == 302
        assert Application.objects.get().draft == {}

    def test_two_windows_both_are_shown_and_saving_again_takes_mine(self, agent, company):
        application = make_draft(company)
        agent.post(at("facts", application), facts_post(application, **{"projects-0-name": "甲窗口"}))
        response = agent.post(at("facts", application), facts_post(application, **{"projects-0-name": "乙窗口"}))
        page = text(response)
        assert response.status_code == 409
        assert "甲窗口" in page
        assert 'value="乙窗口"' in page
        assert Application.objects.get().draft["projects"][0]["name"] == "甲窗口"
        application.refresh_from_db()
        assert f'name="expected_version" value="{application.draft_version}"' in page
        again = agent.post(at("facts", application), facts_post(application, **{"projects-0-name": "乙窗口"}))
        assert again.status_code == 302
        assert Application.objects.get().draft["projects"][0]["name"] == "乙窗口"

    def test_autosave_answers_in_json(self, agent, company):
        application = make_draft(company)
        address = at("facts", application)
        saved = agent.post(
            address, facts_post(application, **{"projects-0-investment": "五百"}), headers={"X-Autosave": "1"}
        )
        assert saved.json()["version"] == 2
        stale = agent.post(address, facts_post(application, **{"projects-0-name": "乙"}), headers={"X-Autosave": "1"})
        assert stale.status_code == 409
        assert "另一处保存" in stale.json()["message"]

    def test_the_live_estimate_saves_nothing(self, agent, company):
        application = make_draft(company)
        fill(application, company, projects=[])
        response = agent.post(at("estimate", application), facts_post(application))
        assert "4,000,000.00" in text(response)
        assert "<html" not in text(response)
        assert Application.objects.get().draft == {"projects": []}

    def test_a_filed_application_is_not_edited(self, agent, company):
        application = make_filed(company).application
        assert agent.post(at("facts", application), facts_post(application)).status_code == 409
        assert "<form" not in text(agent.get(at("facts", application))).split('id="main"')[1]


class TestEvidence:
    def upload(self, client, application, key="contract", content=PNG, name="合同.png", **data):
        file = SimpleUploadedFile(name, content, "application/octet-stream")
        return client.post(at("upload", application, key), {"file": file} | data)

    def test_upload_download_remove(self, agent, company):
        application = make_draft(company)
        assert self.upload(agent, application).status_code == 302
        attachment = Attachment.objects.get()
        response = agent.get(at("download", application, attachment.pk))
        assert response.content == storage.read(attachment.sha256)
        assert response["Content-Disposition"].startswith("attachment;")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]
        assert "sandbox" in response["Content-Security-Policy"]
        assert agent.get(at("remove", application, attachment.pk))["Location"] == at("evidence", application)
        assert not agent.get(at("evidence", application)).context["messages"]
        assert agent.post(at("remove", application, attachment.pk)).status_code == 302
        assert "已移除“合同.png”" in text(agent.get(at("evidence", application)))
        assert "合同.png" not in text(agent.get(at("evidence", application)))
        assert agent.get(at("download", application, attachment.pk)).status_code == 200  # kept for the record

    def test_replacing(self, agent, company):
        application = make_draft(company)
        old = put_file(application, "contract", shared=False, by=company.agent)
        self.upload(agent, application, replaces=str(old.pk))
        old.refresh_from_db()
        assert old.removed_by == company.agent
        assert Attachment.objects.filter(removed_at=None).count() == 1

    def test_shared_evidence_is_there_for_the_next_application_and_not_for_another_enterprise(
        self, client, agent, company, stranger
    ):
        application, other = make_draft(company), make_draft(company, "3.3.1")
        shared = put_file(application, "business_license", shared=True, by=company.agent)
        page = text(agent.get(at("evidence", other)))
        assert "business_license.pdf" in page
        assert "全年共用" in page
        foreign = make_draft(stranger)
        client.force_login(stranger.agent)
        assert client.get(at("download", foreign, shared.pk)).status_code == 404

    @pytest.mark.parametrize(("content", "words"), [(b"", "空"), (b"hello", "类型不符"), (b"MZ\x90\x00", "可执行文件")])
    def test_a_wrong_file_is_a_sentence_at_its_place(self, agent, company, content, words):
        response = self.upload(agent, make_draft(company), content=content)
        page = text(response)
        assert response.status_code == 422
        assert page.count(words) == 2
        assert 'id="upload-contract_error"' in page
        assert 'href="#upload-contract"' in page

    def test_too_large_no_file_and_an_unknown_document(self, agent, company, settings):
        application = make_draft(company)
        assert agent.post(at("upload", application, "contract")).status_code == 422
        assert self.upload(agent, application, key="nothing").status_code == 404
        settings.UPLOAD_MAX_BYTES = 20
        response = self.upload(agent, application)
        assert response.status_code == 413
        assert "上限" in text(response)
        assert not Attachment.objects.exists()


class TestCheckAndFile:
    def post(self, client, application, **changes):
        page = text(client.get(at("check", application)))
        data = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("idempotency_key", "seen")} | {
            "promise": "yes"
        }
        return client.post(at("check", application), data | changes), data

    def test_all_answers_on_one_page(self, legal, company):
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

    def test_late_is_a_sentence_on_the_same_page(self, legal, company):
        application = make_filled(company)
        response, _ = self.post(legal, application)
        assert response.status_code == 409
        assert "申报已截止：受理至2026年4月30日 24:00" in text(response)
        assert "智慧工厂二期" in text(response)

    def test_changed_since_checked(self, legal, company, open_now):
        application = make_filled(company)
        _, data = self.post(legal, application, promise="")
        put_file(application, "invoice", shared=False, by=company.agent, content=b"%PDF-other")
        response = legal.post(at("check", application), data)
        assert response.status_code == 409
        assert "核对之后有变化" in text(response)

    def test_the_agent_sends_it_on(self, agent, company):
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
        assert "2099年1月5日" in detail
        assert "与合同金额不一致" in text(legal.get(at("facts", returned)))
        assert "与社保人数不一致" in text(legal.get(at("figures", returned)))
        evidence = text(legal.get(at("evidence", returned)))
        assert "缺第二个项目的验收意见" in evidence.split('id="evidence-acceptance"')[1]

    def test_old_and_new_side_by_side_before_and_after_filing_again(self, legal, returned, company):
        assert "上次提交" in text(legal.get(at("facts", returned)))
        facts = {"projects": [dict(row) for row in FACTS["3.4.5"]["projects"]]}
        facts["projects"][1]["investment"] = "11000000.00"
        Application.objects.update(draft=facts)
        page = text(legal.get(at("check", returned)))
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


PAYLOAD = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>"


class TestInjection:
    @pytest.mark.parametrize("clause_id", ["3.1.1", "3.1.2", "3.2.1", "3.4.2", "3.4.5", "3.8.3"])
    def test_text_stays_text_on_every_page(self, legal, company, clause_id):
        def poison(value):
            if isinstance(value, list):
                return [{key: poison(item) if key in texts else item for key, item in row.items()} for row in value]
            return PAYLOAD

        application = make_draft(company, clause_id)
        texts = {
            "bank",
            "contract_no",
            "project",
            "name",
            "event",
            "uscc",
            "agreement_no",
            "purpose",
            "matter",
            "targets",
        }
        facts = {
            key: poison(value) if isinstance(value, list) or key in texts else value
            for key, value in FACTS[clause_id].items()
        }
        fill(application, company, **facts)
        Attachment.objects.update(name=PAYLOAD)
        company.enterprise.name = PAYLOAD[:100]
        company.enterprise.save()
        make_pages = [at(page, application) for page in PAGES] + [reverse("applications:list")]
        for address in make_pages:
            page = text(legal.get(address))
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "<svg/onload" not in page

    def test_unreadable_texts_and_reasons_too(self, legal, company):
        application = make_draft(company)
        response = legal.post(at("facts", application), facts_post(application, **{"projects-0-investment": PAYLOAD}))
        assert response.status_code == 422
        send_to_confirm(application=application, by=company.agent, at=AT)
        legal.post(at("return", application), {"reason": PAYLOAD})
        for page in (
            text(response),
            text(legal.get(at("facts", application))),
            text(legal.get(at("detail", application))),
        ):
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert(1)" in page

    def test_a_hostile_file_name(self, legal, company):
        application = make_draft(company)
        file = io.BytesIO(PNG)
        file.name = '../../"><script>x</script>\r\nSet-Cookie: a=b.png'
        legal.post(at("upload", application, "contract"), {"file": file})
        attachment = Attachment.objects.get()
        response = legal.get(at("download", application, attachment.pk))
        assert "\n" not in response["Content-Disposition"]
        assert "<script>" not in text(legal.get(at("evidence", application)))


@pytest.mark.parametrize("page", PAGES)
def test_no_inline_script_or_style(legal, company, page):
    content = text(legal.get(at(page, make_filled(company))))
    assert " style=" not in content
    assert " onclick=" not in content
    assert "<script>" not in content


class TestQueries:
    """Pages cost the same for 1 and for 50 of what they list."""

    def count(self, client, address):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    @pytest.mark.parametrize("page", ["detail", "facts", "check"])
    def test_rows(self, legal, company, page):
        application = make_filled(company)
        one = self.count(legal, at(page, application))
        row = FACTS["3.4.5"]["projects"][0]
        Application.objects.update(draft={"projects": [row | {"name": f"项目{n}"} for n in range(50)]})
        assert self.count(legal, at(page, application)) == one

    @pytest.mark.parametrize("page", ["detail", "evidence", "check"])
    def test_files(self, legal, company, page):
        application = make_filled(company)
        one = self.count(legal, at(page, application))
        for number in range(20):
            put_file(application, "contract", shared=False, by=company.agent, content=b"%PDF-" + bytes([number]))
        assert self.count(legal, at(page, application)) == one
