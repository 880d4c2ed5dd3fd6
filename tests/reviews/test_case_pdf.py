"""A whole case as one PDF: everything on paper, the evidence behind it, bookmarks and page numbers."""

import io
import re
import subprocess
import time
from datetime import timedelta

import pikepdf
import pytest
from django.urls import reverse

from common.errors import NotFound
from reviews.actions import return_for_correction
from reviews.actions.exports import ask_for_case
from reviews.actions.messages import write_to_enterprise
from reviews.enums import ExportState, Outcome, StageKind
from reviews.exports import case_pdf, store
from reviews.models import Case, Export, Stage
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import PointInput, file, fill
from tests.factories.exports import carried_out, filed_with, long_pdf, pdf_of, picture
from tests.factories.reviews import LATER, advance_to, case_of, decide, make_case, officer, task_of

SOON = LATER + timedelta(minutes=1)
DOCUMENTS = {
    "contract": ("pdf", pdf_of("合同正文甲", "合同正文乙")),
    "invoice": ("jpg", picture(size=(1200, 800))),
    "payment_voucher": ("pdf", b"%PDF-1.4 broken"),
    "acceptance": ("xlsx", b"PK demo"),
}


def printed(case: Case, user) -> Export:
    return carried_out(ask_for_case(case=case, by=user, at=LATER), SOON)


def text_of(export: Export) -> str:
    """The text of the pages, as a program reads it, blanks aside."""
    command = ["pdftotext", "-layout", str(store.path_of(export)), "-"]
    return re.sub(r"\s+", "", subprocess.run(command, capture_output=True, check=True).stdout.decode())


@pytest.fixture
def case(company):
    return case_of(filed_with(company, DOCUMENTS))


@pytest.fixture
def handler(case):
    return officer("高新区")


class TestContent:
    def test_the_whole_file(self, case, handler, company):
        decide(task_of(case), reasons="资料属实")
        unit = task_of(case).unit
        write_to_enterprise(case=case, unit=unit, text="请电话说明验收日期。", files=[], by=officer(unit), at=LATER)
        export = printed(case, handler)
        assert export.state == ExportState.DONE
        text = text_of(export)
        for words in (
            case.application.number,
            company.enterprise.name,
            "3.4.5",
            "审核中",
            "智慧工厂一期",
            "3,200,000,000.00元",
            "条款金额（未计年度上限）：9,000,000.00元",
            "依据：“",
            "资料属实",
            "请电话说明验收日期。",
            "没有补正",
            "系统受理申报，建立案卷",
            "合同正文甲",
            "合同正文乙",
        ):
            assert words in text, words
        for item in case.application.revisions.get().evidence:
            assert item["sha256"] in text

    def test_what_cannot_be_printed_is_named_on_a_page(self, case, handler):
        text = text_of(printed(case, handler))
        assert "Word、Excel文件，不能打印，请下载查看" in text
        assert "文件已损坏，无法读取，请核对原件" in text

    def test_numbers_on_every_page_and_bookmarks(self, case, handler):
        export = printed(case, handler)
        with pikepdf.open(store.path_of(export)) as pdf, pdf.open_outline() as outline:
            pages = len(pdf.pages)
            titles = [item.title for item in outline.root]
            children = [item.title for item in outline.root[-1].children]
        assert titles[0] == "封面"
        assert titles[1] == "一、申报内容"
        assert titles[-1] == "附件材料"
        assert any("合同" in title for title in children)
        assert any(title.endswith("（未附）") for title in children)
        assert export.total == pages
        text = text_of(export)
        for number in range(1, pages + 1):
            assert f"第{number}页，共{pages}页" in text

    def test_differences_of_versions(self, case, handler, company):
        from reviews.actions import resume_case

        task = task_of(case)
        points = [PointInput("general", "", "请更正投资额。")]
        return_for_correction(task=task, expected_version=task.version, points=points, by=handler, at=LATER)
        application = case.application
        application.refresh_from_db()
        changed = [{"name": "智慧工厂一期", "investment": "7000000.00", "accepted_on": "2024-06-30"}]
        resume_case(revision=file(fill(application, company, projects=changed), company, at=LATER), at=LATER)
        text = text_of(printed(case, handler))
        assert "请更正投资额。" in text
        assert "第2版与第1版的不同" in text
        assert "7,000,000.00" in text

    def test_only_opinions_that_the_person_may_read(self, company):
        case = advance_to(make_case(company, "3.3.1"), StageKind.CONSULTATION)
        first, second = Stage.objects.get(case=case, kind=StageKind.CONSULTATION).tasks.select_related("unit")
        decide(first, outcome=Outcome.REMARKS, reasons="仅供牵头单位参考的意见")
        text = text_of(printed(case, officer(second.unit)))
        assert "仅供牵头单位参考的意见" not in text
        assert "打印人暂不可见" in text
        assert "仅供牵头单位参考的意见" in text_of(printed(case, AuditorFactory()))

    def test_a_character_without_a_glyph_is_told_on_the_cover(self, case, handler):
        case.application.enterprise.name = "南昌\ue123电子有限公司"
        case.application.enterprise.save()
        assert "U+E123" in text_of(printed(case, handler))

    @pytest.mark.parametrize("turned", [0, 90, 180, 270])
    def test_the_foot_stands_upright_on_turned_pages(self, turned):
        with pikepdf.open(io.BytesIO(pdf_of("横向", turned=turned))) as pdf:
            page = pdf.pages[0]
            foot = case_pdf._foot_of(page)
            wide = foot.width > foot.height
            assert wide == (turned in {0, 180})
            assert (foot.lly < 100) == (turned in {0, 90, 270})


class TestTheJob:
    def test_many_pages_in_little_time(self, company, policies_loaded):
        """200 pages of evidence; generous for a busy machine, and far from the limit of a job."""
        case = case_of(filed_with(company, {"contract": ("pdf", long_pdf(200))}))
        started = time.monotonic()
        export = printed(case, officer("高新区"))
        assert export.state == ExportState.DONE
        assert export.total > 200
        assert time.monotonic() - started < 120

    def test_beyond_the_limit_documents_are_named(self, company, monkeypatch):
        monkeypatch.setattr(case_pdf, "MAX_PAGES", 3)
        case = case_of(filed_with(company, {"contract": ("pdf", long_pdf(4))}))
        assert "附件总页数超过3页，未附" in text_of(printed(case, officer("高新区")))

    def test_only_for_whoever_may_read_the_case(self, case, client, company):
        with pytest.raises(NotFound):
            ask_for_case(case=case, by=officer("经开区"), at=LATER)
        client.force_login(officer("经开区"))
        assert client.post(reverse("reviews:export_case", args=[case.pk])).status_code == 404
        client.force_login(company.agent)
        assert client.post(reverse("reviews:export_case", args=[case.pk])).status_code == 403

    def test_whoever_lost_the_case_meanwhile_gets_a_sentence(self, case, handler):
        export = ask_for_case(case=case, by=handler, at=LATER)
        Stage.objects.filter(case=case).update(state="waiting", opened_at=None, due_on=None)
        export = carried_out(export, SOON)
        assert (export.state, export.error) == (ExportState.FAILED, "您现在不能查看这一案卷，没有生成。")

    def test_asked_for_on_the_case_page(self, case, handler, client):
        client.force_login(handler)
        page = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert "打印整卷（PDF）" in page
        answer = client.post(reverse("reviews:export_case", args=[case.pk]))
        assert answer["Location"] == reverse("reviews:exports")
        assert Export.objects.get().name == f"案卷 {case.application.number}.pdf"
