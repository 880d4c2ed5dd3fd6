"""Figures, facts and evidence: nothing typed is lost, every fault is a sentence at its place."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Enterprise
from applications.models import Application, Attachment
from common import storage
from tests.applications.pages import at, facts_post, text
from tests.applications.test_drafting import PNG
from tests.factories.applications import (
    FACTS,
    fill,
    make_draft,
    make_filed,
    put_file,
)


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

    @pytest.mark.parametrize("stated", [False, True])
    def test_a_post_without_a_version_is_a_stale_one(self, agent, company, stated):
        application = make_draft(company)
        if stated:
            self.post(agent, application)
        for data in ({}, {"expected_version": "x"}, {"expected_version": "x", "rd_staff": "5"}):
            assert agent.post(at("figures", application), data).status_code == 409
        assert company.enterprise.yearly_figures.filter(values__has_key="revenue").exists() is stated
        assert company.enterprise.yearly_figures.exists() is stated

    def test_an_association_is_asked_for_what_its_clause_needs_and_keeps_the_rest(self, agent, company):
        application = make_draft(company, "3.8.2")
        self.post(agent, make_draft(company))
        Enterprise.objects.filter(pk=company.enterprise.pk).update(kind="association")
        before = company.enterprise.yearly_figures.get()
        page = text(agent.get(at("figures", application)))
        assert 'name="newly_introduced"' not in page
        assert 'name="rd_staff"' not in page
        response = agent.post(at("figures", application), {"expected_version": str(before.version)})
        assert response.status_code == 302
        assert company.enterprise.yearly_figures.get().values["rd_staff"] == before.values["rd_staff"]
        assert "新引入企业" not in text(agent.get(at("check", application)))

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

    def test_more_rows_than_accepted_are_refused_and_all_of_them_stay_on_the_page(self, agent, company):
        application = make_draft(company)
        most = 200
        data = {"expected_version": "1", "projects-TOTAL_FORMS": str(most + 2)}
        data |= {f"projects-{number}-name": f"项目{number}" for number in range(most + 2)}
        response = agent.post(at("facts", application), data)
        page = text(response)
        assert response.status_code == 422
        assert page.count(f"最多 {most} 行，现有 {most + 2} 行") == 2  # summary and table say the same
        assert f'value="项目{most + 1}"' in page
        assert "<title>错误：" in page
        assert Application.objects.get().draft == {}
        autosave = agent.post(at("facts", application), data, headers={"X-Autosave": "1"})
        assert autosave.status_code == 422
        assert f"最多 {most} 行" in autosave.json()["message"]

    def test_the_button_adds_no_row_beyond_the_last(self, agent, company):
        application = make_draft(company)
        data = {"expected_version": "1", "projects-TOTAL_FORMS": "200", "add_row": "projects"}
        data |= {f"projects-{number}-name": f"项目{number}" for number in range(200)}
        response = agent.post(at("facts", application), data)
        assert response.status_code == 422
        assert "最多 200 行，不能再添加" in text(response)
        assert 'name="projects-200-name"' not in text(response)
        assert len(Application.objects.get().draft["projects"]) == 200

    def test_an_empty_table_opens_with_a_row_to_type_into(self, agent, company):
        application = make_draft(company)
        assert 'name="projects-0-name"' in text(agent.get(at("facts", application)))
        blank = {"expected_version": "1", "projects-TOTAL_FORMS": "1", "projects-0-name": ""}
        assert agent.post(at("facts", application), blank).status_code == 302
        assert Application.objects.get().draft == {}

    @pytest.mark.parametrize("version", [None, "", "x", "-1", "0"])
    def test_a_post_without_a_version_is_a_stale_one(self, agent, company, version):
        application = make_draft(company)
        fill(application, company)
        saved = Application.objects.get().draft
        data = {} if version is None else {"expected_version": version}
        response = agent.post(at("facts", application), data)
        assert response.status_code == 409
        assert "另一处保存" in text(response)
        assert agent.post(at("facts", application), b"{}", content_type="application/json").status_code == 409
        assert Application.objects.get().draft == saved

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

    @pytest.mark.parametrize(
        ("clause_id", "words"),
        [
            ("3.1.1", "请填写“‘一企一策’协议或方案编号”。"),
            ("3.1.3a", "请填写“首发上市日期”。"),
            ("3.1.3b", "缺少“‘新三板’挂牌日期”，请补充。"),
        ],
    )
    @pytest.mark.parametrize("stated", [False, True])
    def test_the_estimate_lists_what_is_still_missing(self, agent, company, clause_id, words, stated):
        application = make_draft(company, clause_id)
        if stated:
            fill(application, company)
            Application.objects.update(draft={})
        page = text(agent.get(at("facts", application))).split('id="estimate"')[1]
        assert words in page
        assert "““" not in page

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
        assert agent.post(at("remove", application, attachment.pk)).status_code == 302
        assert "已移除“合同.png”" in text(agent.get(at("evidence", application)))
        assert "合同.png" not in text(agent.get(at("evidence", application)))
        assert agent.get(at("download", application, attachment.pk)).status_code == 200  # kept for the record

    def test_the_same_bytes_under_another_name_are_told(self, agent, company):
        application = make_draft(company)
        self.upload(agent, application)
        page = text(agent.get(at("evidence", application)))
        assert "已上传“合同.png”" in page
        self.upload(agent, application, name="另一份.png")
        page = text(agent.get(at("evidence", application)))
        assert "与已上传的“合同.png”内容相同，未重复保存。" in page
        assert "另一份" not in page
        assert Attachment.objects.count() == 1

    def test_replacing(self, agent, company):
        application = make_draft(company)
        old = put_file(application, "contract", shared=False, by=company.agent)
        self.upload(agent, application, replaces=str(old.pk))
        old.refresh_from_db()
        assert old.removed_by == company.agent
        assert Attachment.objects.filter(removed_at=None).count() == 1

    @pytest.mark.parametrize("replaces", ["9" * 5000, "无", "-1"], ids=["long", "word", "negative"])
    def test_replacing_what_is_no_file_is_answered(self, agent, company, replaces):
        assert self.upload(agent, make_draft(company), replaces=replaces).status_code == 404
        assert not Attachment.objects.exists()

    @pytest.mark.parametrize("year", ["9" * 5000, "无"], ids=["long", "word"])
    def test_a_year_without_applications_shows_all_of_them(self, agent, company, year):
        application = make_draft(company)
        page = text(agent.get(reverse("applications:list"), {"year": year}))
        assert application.clause.title in page

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
