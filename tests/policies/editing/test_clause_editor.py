"""The editor of a clause's draft: what is typed is judged, told in sentences, saved whole, and never lost."""

import datetime as dt

import pytest
from django.urls import reverse

from policies.actions.drafts import draft_from, save_draft
from policies.drafts import ClauseContent
from policies.models import ClauseVersion
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import AT, clause_of
from tests.policies.editing.page_form import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    person = AdministratorFactory()
    client.force_login(person)
    return person


@pytest.fixture
def draft(loaded, editor):
    """A draft of 3.4.5 from 2025 on."""
    return draft_from(clause_of("3.4.5").versions.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)


def address(version, name="clause"):
    return reverse(f"editing:{name}", args=[version.pk])


def opened(client, version):
    answer = client.get(address(version))
    assert answer.status_code == 200
    return form_of(answer.content.decode())


def post(client, version, data, name="clause", **more):
    return client.post(address(version, name), {**data, **more})


def test_saving_what_nobody_touched_changes_nothing(client, loaded, editor):
    for clause_id in ("3.1.2", "3.3.2", "3.4.1", "3.4.5", "3.8.3"):
        version = clause_of(clause_id).versions.get()
        draft = draft_from(version, valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
        answer = post(client, draft, opened(client, draft), op="save")
        assert answer.status_code == 302, (clause_id, answer.context["sheet"].errors)
        draft.refresh_from_db()
        assert draft.edit == 1, clause_id


def test_a_rate_is_changed_and_saved_with_a_note(client, draft, editor):
    data = opened(client, draft)
    changed = {"award.each.rate.value": ["40%"]}
    answer = post(client, draft, {**data, **changed, "note": "降低比例"}, op="keep")
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.definition["award"]["each"]["rate"]["value"] == "40%"
    newest = draft.edits.first()
    assert (draft.edit, newest.note, newest.saved_by) == (2, "降低比例", editor)


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("award.each.rate.value", "500%", "超过 100%"),
        ("award.each.rate.value", "50", "“50”没有写明单位"),
        ("award.row_cap.value", "500", "“500”没有写明单位，可能是 500元、500万元或 500亿元"),
        ("award.row_cap.quote", "单个项目最高不超过600万元", "不在"),
        ("award.row_cap.literal", "600万元", "600万元"),
        ("facts.0.columns.1.key", "软硬件", "代码"),
        ("award.table", "", "请选择“明细表”"),
        ("bracket", "[牵头单位：市不存在局]", "没有登记"),
        ("sentence.quote", "对建设工厂的企业给予补助。", "不在第 3.4.5 条条文中"),
        ("valid_to", "2024-01-01", "失效日期不能早于生效日期"),
        ("valid_from", "明年", "请填写正确的日期"),
        ("note", "长" * 201, "最多 200 个字"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(client, draft, name, typed, sentence):
    data = opened(client, draft)
    answer = post(client, draft, {**data, name: typed}, op="save")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "错误：" in page
    faults = [item["message"] for item in answer.context["sheet"].errors if item["field_id"] == f"id_{name}"]
    assert any(sentence in fault for fault in faults), answer.context["sheet"].errors
    assert form_of(page)[name] == [typed]
    draft.refresh_from_db()
    assert draft.edit == 1


def test_unfinished_work_is_kept_with_its_faults(client, draft):
    data = opened(client, draft)
    answer = post(client, draft, {**data, "award.each.rate.value": "500%"}, op="keep")
    assert answer.status_code == 302
    assert "还有" in client.get(address(draft)).content.decode()
    draft.refresh_from_db()
    assert (draft.edit, draft.definition["award"]["each"]["rate"]["value"]) == (2, "500%")


def test_days_that_are_none_are_not_kept_either(client, draft):
    answer = post(client, draft, {**opened(client, draft), "valid_from": ""}, op="keep")
    assert answer.status_code == 422
    assert "请填写生效日期" in answer.content.decode()


def test_a_clause_that_contradicts_itself_is_refused(client, draft, loaded):
    version = clause_of("3.4.1").versions.get()
    other = draft_from(version, valid_from=dt.date(2025, 1, 1), by=draft.drafted_by, at=AT)
    data = opened(client, other)
    first = {name: values for name, values in data.items() if name.startswith("conditions.0")}
    again = {name.replace("conditions.0", "conditions.9", 1): values for name, values in first.items()}
    op = next(name for name in again if name.endswith(".op"))
    answer = post(client, other, {**data, **again, op: ["lt"]}, op="save")
    assert answer.status_code == 422
    assert any("矛盾" in one["message"] or "同时" in one["message"] for one in answer.context["sheet"].errors)


def test_a_threshold_without_its_kind_is_told(client, draft):
    data = opened(client, draft)
    answer = post(client, draft, {**data, "new:conditions": "compare"}, op="add:conditions")
    data = form_of(answer.content.decode())
    assert data["conditions.0.kind"] == ["compare"]
    data |= {"conditions.0.label": "投入", "conditions.0.value.value": "20", "conditions.0.value.literal": "20亿元"}
    answer = post(client, draft, data, op="save")
    assert answer.status_code == 422
    assert any("没有写明是金额、数量还是比例" in one["message"] for one in answer.context["sheet"].errors)


def test_the_buttons_of_the_form_work_without_scripts_and_store_nothing(client, draft):
    data = opened(client, draft)
    answer = post(client, draft, {**data, "title": "改过的名称", "new:facts": "count"}, op="add:facts")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "改动还没有保存" in page
    changed = form_of(page)
    assert (changed["title"], changed["facts.1.type"]) == (["改过的名称"], ["count"])
    part = client.post(address(draft), {**changed, "op": "remove:facts.1"}, headers={"HX-Request": "true"})
    body = part.content.decode()
    assert body.strip().startswith('<div id="blocks-body"')
    assert 'name="facts.1.key"' not in body
    refused = post(client, draft, changed, op="remove:facts.7")
    assert refused.status_code == 422
    assert "请刷新页面后再试" in refused.content.decode()
    draft.refresh_from_db()
    assert draft.edit == 1


def test_another_kind_of_award_is_chosen_and_the_form_follows(client, draft):
    answer = post(client, draft, {**opened(client, draft), "award.kind": "discretion"}, op="refresh")
    data = form_of(answer.content.decode())
    assert "award.quote" in data
    assert "award.table" not in data


def test_units_are_read_from_the_bracket_and_the_bracket_from_the_text(client, draft):
    data = opened(client, draft)
    page = client.get(address(draft)).content.decode()
    assert "责任单位" in page
    answer = post(client, draft, {**data, "bracket": ""}, op="bracket")
    assert form_of(answer.content.decode())["bracket"] == [draft.bracket]


def test_evidence_follows_the_facts_and_may_be_optional(client, draft):
    data = opened(client, draft)
    keys = [one["key"] for one in draft.evidence]
    assert data["facts.0.evidence"] == ["contract", "invoice", "payment_voucher", "acceptance"]
    data |= {"facts.0.evidence": ["contract", "invoice"], "optional_evidence": ["invoice"]}
    assert post(client, draft, data, op="save").status_code == 302
    draft.refresh_from_db()
    left = [key for key in keys if key not in ("payment_voucher", "acceptance")]
    assert [one["key"] for one in draft.evidence] == left
    assert [one["key"] for one in draft.evidence if not one["required"]] == ["invoice"]


def test_the_second_of_two_editors_keeps_what_was_typed_and_sees_what_differs(client, draft):
    data = opened(client, draft)
    other = AdministratorFactory(name="钱先到")
    content = ClauseContent.of(draft)
    save_draft(
        draft,
        content=content.with_definition({**content.definition, "title": "先到的名称"}),
        expected_edit=1,
        by=other,
        at=AT,
    )
    answer = post(client, draft, {**data, "title": "后到的名称"}, op="save")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "钱先到" in page
    assert "先到的名称" in page
    typed = form_of(page)
    assert (typed["title"], typed["edit"]) == (["后到的名称"], ["2"])
    assert post(client, draft, typed, op="save").status_code == 302
    draft.refresh_from_db()
    assert (draft.definition["title"], draft.edit) == ("后到的名称", 3)


def test_a_published_version_is_read_and_followed_by_a_draft(client, draft):
    version = draft.based_on
    page = client.get(address(version)).content.decode()
    assert "只读" in page
    assert 'name="op"' not in page
    refused = post(client, version, {}, name="clause_draft")
    assert refused.status_code == 422
    assert "请填写新版本的生效日期" in refused.content.decode()
    late = post(client, version, {"valid_from": "2030-01-01"}, name="clause_draft")
    assert late.status_code == 422
    assert "不能晚于有效期的最后一天" in late.content.decode()
    made = post(client, version, {"valid_from": "2025-07-01"}, name="clause_draft")
    assert made.status_code == 302
    newest = version.clause.versions.latest("number")
    assert (newest.number, newest.valid_from, newest.state) == (3, dt.date(2025, 7, 1), "draft")


def test_saving_a_version_that_is_none_any_more_keeps_what_was_typed(client, draft):
    data = opened(client, draft)
    version = draft.based_on
    answer = post(client, version, {**data, "title": "不能保存的名称"}, op="save")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "已发布，不能修改" in page
    assert "不能保存的名称" in page


def test_auditors_read_and_write_nothing(client, draft):
    client.force_login(AuditorFactory())
    assert "只读" in client.get(address(draft)).content.decode()
    assert client.post(address(draft), {"op": "save"}).status_code == 403
    assert client.post(address(draft), {"op": "refresh"}).status_code == 403


def test_the_check_tells_sentences_faults_and_readings(client, draft):
    data = opened(client, draft)
    data |= {"award.each.rate.value": "", "title": ""}
    page = post(client, draft, data, name="clause_check").content.decode()
    assert 'data-fault="title"' in page
    assert '<span data-fill="award.each.rate.value">50%</span>' in page
    data |= {"award.each.rate.value": "50%", "title": "智慧工厂"}
    page = post(client, draft, data, name="clause_check").content.decode()
    assert "没有发现错误" in page
    assert "「软硬件、设备投入」 × 50%。" in page
    page = post(client, draft, data | {"valid_to": "2024-12-31"}, name="clause_check").content.decode()
    assert 'data-fault="valid_to" data-refuses' in page
    assert "失效日期不能早于生效日期。" in page
    draft.refresh_from_db()
    assert draft.edit == 1


def test_a_clause_that_pays_nothing_has_a_sentence_units_and_a_target(client, draft):
    version = clause_of("3.4.3").versions.get()
    other = draft_from(version, valid_from=dt.date(2025, 1, 1), by=draft.drafted_by, at=AT)
    data = opened(client, other)
    assert "quota.value" in data
    assert "award:on" not in data
    assert post(client, other, {**data, "quota.value": "25"}, op="save").status_code == 422
    assert post(client, other, data, op="save").status_code == 302
    other.refresh_from_db()
    assert (other.edit, other.definition) == (1, version.definition)


def test_every_version_has_its_page(client, draft):
    for version in ClauseVersion.objects.all():
        assert client.get(address(version)).status_code == 200, version
