"""Addresses and forms that no page sends, or that a colleague was faster than: an answer in words, nothing lost."""

import datetime as dt

import pytest
from django.urls import reverse

from common.errors import Invalid
from policies.actions.drafts import draft_from
from policies.actions.publication import submit_publication
from policies.lint import LintFault
from policies.models import VersionCase
from tests.factories.policies import AT, clause_of
from tests.policies.editing.test_publication_pages import CASE

pytestmark = pytest.mark.django_db
DOCUMENT = "/editing/documents/hongfufa-2023-30/"


@pytest.fixture
def desk(client, writer):
    client.force_login(writer)
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/policies/hongfufa-2023-30/%00/",
        "/policies/hongfufa-2023-30/3.4.5%00/",
        f"{DOCUMENT}text/%00/",
        f"{DOCUMENT}clauses/new/?node=%00",
        "/editing/documents/new/?from=a%00b",
        "/editing/calendar/?year=020269999999",
        "/editing/calendar/?year=9999999999999",
        "/verify/%00/",
    ],
)
def test_an_address_that_nothing_can_have_is_not_found(desk, loaded, address):
    assert desk.get(address).status_code == 404


def test_a_draft_does_not_begin_before_its_document(loaded, writer):
    version = clause_of("3.4.5").versions.get()
    with pytest.raises(Invalid, match="不能早于文件的施行日期（2023年10月10日）") as refused:
        draft_from(version, valid_from=dt.date(2023, 10, 9), by=writer, at=AT)
    assert refused.value.field == "valid_from"
    with pytest.raises(Invalid, match="不能早于文件的施行日期"):
        draft_from(loaded.rules.get(), valid_from=dt.date(1, 1, 1), by=writer, at=AT)


def test_a_case_typed_while_the_draft_is_submitted_is_refused_and_kept(desk, ready, loaded, writer):
    submit_publication(loaded, versions=[ready], reason="测试", by=writer, at=AT)
    answer = desk.post(reverse("editing:case_new", args=[ready.pk]), {**CASE, "title": "后来的算例"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "已提交发布，须先撤回或退回才能修改算例" in page
    assert 'value="后来的算例"' in page
    assert "保存算例" in page
    assert VersionCase.objects.get(version=ready).title == "一个项目"


def test_a_gate_that_refuses_says_so_without_its_path(client, ready, loaded, writer, second, monkeypatch):
    publication = submit_publication(loaded, versions=[ready], reason="测试", by=writer, at=AT)
    fault = LintFault("impact", "还没有测算影响。", "请先测算。")
    monkeypatch.setattr("policies.actions.publication.gate_faults", lambda found: [fault])
    client.force_login(second)
    address = reverse("editing:publication_publish", args=[publication.pk])
    answer = client.post(address, {"seen": publication.version})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "还没有测算影响。请先测算。" in page
    assert "impact：" not in page
    assert "页面：内容不完整或已过时" in client.post(address, {}).content.decode()


def test_a_script_is_not_led_to_the_sign_in_page(client, draft):
    address = reverse("editing:clause", args=[draft.pk])
    assert client.post(address, {"op": "add:conditions"}, headers={"HX-Request": "true"}).status_code == 401
    assert client.get(address).status_code == 302
