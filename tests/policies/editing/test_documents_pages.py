"""The pages of documents in preparation: what was typed stays, refusals stand at their fields, auditors read."""

import io
from dataclasses import replace

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Unit
from policies.actions.documents import edit_head
from policies.lint.text import sha256
from policies.models import ClauseVersion, Document
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import AT
from tests.policies.editing.test_documents import BRACKET, HEAD, TEXT, document, editor, give_text

__all__ = ["document", "editor"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, editor):
    client.force_login(editor)
    return client


def typed(**changes):
    names = ("number", "title", "kind", "issuer", "slug", "issued_on", "valid_from", "valid_to", "replaces")
    return {name: getattr(HEAD, name) or "" for name in names} | {"source_note": ""} | changes


def test_a_document_is_begun_on_its_page_with_an_address_of_its_own(loaded, signed_in):
    url = reverse("editing:document_new")
    answer = signed_in.post(url, typed(number="洪府发[2026]5号", slug=""))
    assert answer["Location"] == reverse("editing:document_text", args=["hongfufa-2026-5"])
    answer = signed_in.post(url, typed(title="另一份"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "已有文件洪府发〔2026〕5号" in page
    assert 'value="另一份"' in page


def test_a_document_is_copied_on_its_page(loaded, signed_in):
    url = reverse("editing:document_new")
    assert "3.4.5" in signed_in.get(url, {"from": loaded.slug}).content.decode()
    answer = signed_in.post(url, typed(**{"from": loaded.slug, "clauses": ["3.4.5"]}))
    assert answer.status_code == 302
    document = Document.objects.get(slug=HEAD.slug)
    assert [clause.clause_id for clause in document.clauses.all()] == ["3.4.5"]
    assert signed_in.post(url, typed(**{"from": loaded.slug, "clauses": ["9.9"]})).status_code == 422
    assert "句子不在正文中的草稿" in signed_in.get(reverse("editing:document_text", args=[HEAD.slug])).content.decode()


def test_a_conflict_keeps_what_was_typed_and_lets_save_again(document, signed_in):
    url = reverse("editing:document_head", args=[document.slug])
    edit_head(document, head=replace(HEAD, title="甲"), expected_edit=1, by=AdministratorFactory(), at=AT)
    answer = signed_in.post(url, typed(title="乙", seen=1))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert 'value="乙"' in page
    assert 'name="seen" value="2"' in page
    assert signed_in.post(url, typed(title="乙", seen=2)).status_code == 302


def test_a_text_goes_from_paste_over_preview_to_store(document, signed_in):
    url = reverse("editing:document_text", args=[document.slug])
    preview = signed_in.post(url, {"step": "cut", "text": TEXT, "seen": 1})
    assert preview.status_code == 200
    assert not document.nodes.exists()
    data = {"seen": 1, "source": preview.context["source"], "pieces": preview.context["pieces"]}
    rows = preview.context["rows"]
    at = next(index for index, row in enumerate(rows) if row.piece.ref == "0.5")
    changed = {f"kind-{at}": "title", f"place-{at}": ""}
    again = signed_in.post(url, {**data, **changed, "step": "apply"})
    assert again.context["rows"][at].piece.kind == "title"
    as_browsers_send_it = {"source": data["source"].replace("\n", "\r\n")}
    stored = signed_in.post(url, {**data, **changed, **as_browsers_send_it, "step": "store"})
    assert stored.status_code == 302
    document.refresh_from_db()
    assert document.original_sha256 == sha256(TEXT)
    assert document.nodes.get(ref="0.5").kind == "title"
    late = signed_in.post(url, {**data, "step": "store"})
    assert late.status_code == 409
    assert "您打开的是第 1 次" in late.content.decode()
    assert late.context["seen"] == 2


def test_bad_texts_are_refused_on_the_page_and_nothing_is_lost(document, signed_in):
    url = reverse("editing:document_text", args=[document.slug])
    empty = signed_in.post(url, {"step": "cut", "seen": 1})
    assert empty.status_code == 422
    assert "请粘贴正文，或选择一个文件" in empty.content.decode()
    broken = signed_in.post(url, {"step": "store", "seen": 1, "source": TEXT, "pieces": "{"})
    assert broken.status_code == 422
    assert "为支持产业发展，制定本措施。" in broken.content.decode()


def test_a_preview_tells_what_a_word_file_lost_until_the_text_is_stored(document, signed_in):
    word, file = docx.Document(), io.BytesIO()
    word.add_paragraph("一、支持").add_run("重点企业").bold = True
    word.save(file)
    url = reverse("editing:document_text", args=[document.slug])
    upload = SimpleUploadedFile("a.docx", file.getvalue())
    preview = signed_in.post(url, {"step": "cut", "seen": 1, "file": upload})
    told = "文档中有 4 个字加粗，加粗没有带入。需要保留的，在正文中写成 **加粗**。"
    assert f"<li>{told}</li>" in preview.content.decode()
    data = {"seen": 1, "source": preview.context["source"], "pieces": preview.context["pieces"], "loss": told}
    assert f"<li>{told}</li>" in signed_in.post(url, {**data, "step": "apply"}).content.decode()
    pasted = signed_in.post(url, {"step": "cut", "seen": 1, "text": TEXT})
    assert "没有带入" not in pasted.content.decode()


def test_several_clauses_are_taken_from_the_list(document, editor, signed_in):
    give_text(document, editor)
    url = reverse("editing:clause_new", args=[document.slug])
    assert "3 处" in signed_in.get(url).content.decode()
    data = {
        "several": "1",
        "s0-take": "on",
        "s0-clause_id": "1.1",
        "s0-title": "",
        "s0-choice": "0",
        "s0-is_monetary": "on",
    }
    refused = signed_in.post(url, data)
    assert refused.status_code == 422
    assert "条文 1.1.1：请填写名称。" in refused.content.decode()
    data |= {"s0-title": "研发补助", "s2-take": "on", "s2-clause_id": "1.2", "s2-title": "展会", "s2-choice": "0"}
    assert signed_in.post(url, data).status_code == 302
    assert list(document.clauses.values_list("clause_id", "is_monetary")) == [("1.1", True), ("1.2", False)]


def test_a_clause_is_marked_word_for_word(document, editor, signed_in):
    give_text(document, editor)
    url = reverse("editing:clause_new", args=[document.slug])
    data = {
        "node": "1.1.2",
        "sentence.quote": "给予十万元",
        "clause_id": "1.1",
        "title": "奖励",
        "is_monetary": "1",
        "bracket": "0",
    }
    refused = signed_in.post(url, data)
    assert refused.status_code == 422
    assert "不在所选条文中" in refused.content.decode()
    assert "给予十万元" in refused.content.decode()
    assert signed_in.post(url, {**data, "sentence.quote": "给予10万元奖励"}).status_code == 302
    version = ClauseVersion.objects.get(clause__document=document)
    assert (version.quote, version.bracket) == ("给予10万元奖励", BRACKET)


def test_evidence_is_edited_by_rows_with_and_without_scripts(document, signed_in):
    url = reverse("editing:document_evidence", args=[document.slug])
    data = {"seen": 1, "items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"}
    grown = signed_in.post(url, {**data, "add_row": "items"})
    assert grown.status_code == 200
    assert 'name="items-0-key"' in grown.content.decode()
    row = {"items-TOTAL_FORMS": "1", "items-0-key": "Audit", "items-0-label": "审计报告", "items-0-scope": "year"}
    refused = signed_in.post(url, {**data, **row})
    assert refused.status_code == 422
    assert "代码以小写字母开头" in refused.content.decode()
    assert signed_in.post(url, {**data, **row, "items-0-key": "audit_report"}).status_code == 302
    document.refresh_from_db()
    assert document.evidence == {"audit_report": {"label": "审计报告", "help": "", "scope": "year"}}


def test_targets_are_entered_by_rows(document, signed_in):
    url = reverse("editing:document_targets", args=[document.slug])
    unit = Unit.objects.get(code="gaoxin")
    data = {
        "seen": 1,
        "year": "2027",
        "total": "12",
        "rows-TOTAL_FORMS": "1",
        "rows-INITIAL_FORMS": "0",
        "rows-0-unit": unit.pk,
        "rows-0-focus": "LED",
        "rows-0-target": "10",
    }
    refused = signed_in.post(url, data)
    assert refused.status_code == 422
    assert "合计比各行之和多 2 亿元" in refused.content.decode()
    assert signed_in.post(url, {**data, "differs": "on"}).status_code == 302
    assert signed_in.post(url, {**data, "seen": 2, "rows-0-target": "很多"}).status_code == 422
    assert "10" in signed_in.get(url, {"year": "2027"}).content.decode()


def test_auditors_read_and_do_not_write(document, editor, client):
    give_text(document, editor)
    client.force_login(AuditorFactory())
    for name in ("head", "text", "evidence", "targets"):
        url = reverse(f"editing:document_{name}", args=[document.slug])
        page = client.get(url)
        assert page.status_code == 200
        assert '<form method="post"' not in page.content.decode().split("<main")[1]
        assert client.post(url, {"seen": 1}).status_code == 403
