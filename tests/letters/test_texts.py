"""文书用语: what may be written, from when it holds, what its history tells, specimens that leave nothing behind."""

import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.audit.models import AuditEvent
from common.errors import Invalid, NotAllowed
from common.outbox.models import OutboxMessage
from letters.actions import issue_letter, set_letter_text
from letters.content import FiledDocument, FormField, LetterContent, Paragraph, from_json
from letters.enums import LetterKind, TextKind, TextSlot
from letters.errors import LetterTextChanged
from letters.models import Letter, LetterText, NumberSeries
from letters.placeholders import EXAMPLES, PLACEHOLDERS, allowed_in, check_text, fill
from letters.queries import kept_values, paragraphs, text_in_force, wording
from letters.queries.wordings import versions, wordings
from letters.specimen import masked_name
from letters.texts import BASES, DEFAULTS, base_of, slots_of
from letters.wording_changes import changes
from tests.letters.conftest import AT, make_user, officer

TODAY = date(2026, 11, 5)
OPENING = {"kind": "approval", "slot": "opening"}
VALUES = {name: EXAMPLES[name] for name in allowed_in("approval")}


@pytest.fixture
def administrator(client, db):
    user = make_user(system_role="administrator")
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def _at_the_day(time_machine):
    time_machine.move_to(AT)


@pytest.fixture
def change(administrator):
    """Set a wording; keyword arguments replace the defaults."""

    def make(**values):
        defaults = {**OPENING, "body": "收悉，批复如下：", "valid_from": TODAY, "note": "调整"}
        return set_letter_text(**{**defaults, "by": administrator, "at": AT, **values})

    return make


# The table of words ----------------------------------------------------------------------------------------------


def test_every_kind_of_letter_has_words_and_forms_belong_to_a_kind():
    assert {base_of(kind) for kind in TextKind.values} == set(LetterKind.values)
    assert all(slots_of(kind) for kind in TextKind.values)
    assert set(BASES) == set(TextKind.values) - set(LetterKind.values)


def test_the_words_built_in_use_what_their_kind_can_fill_in_and_would_be_accepted():
    for (kind, slot), body in DEFAULTS.items():
        check_text(body, kind)
        assert fill(body, {name: EXAMPLES[name] for name in allowed_in(kind)})
        assert slot in TextSlot.values


def test_every_placeholder_has_an_example():
    assert set(EXAMPLES) == set(PLACEHOLDERS)


def test_quotation_marks_inside_quotation_marks_become_single_ones():
    assert fill("“{条款名称}”和{条款名称}", {"条款名称": "“专精特新”奖励"}) == "“‘专精特新’奖励”和“专精特新”奖励"


@pytest.mark.django_db
def test_a_form_says_what_its_kind_says_where_it_has_no_words_of_its_own(change):
    change(kind="refusal", slot="closing", body="特此函告。")
    assert wording("zero", "closing", on=TODAY, values={}) == "特此函告。"
    assert [line.source for line in paragraphs("zero", "closing", on=TODAY, values={})] == ["refusal.closing"]
    assert wording("zero", "title", on=TODAY, values={}) == "关于奖补金额核定结果的告知书"
    assert wording("receipt_again", "next_steps", on=TODAY, values={}) == DEFAULTS["receipt", "next_steps"]


# What may be written ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"body": "  "}, "body", "请填写用语"),
        ({"body": "{密码}"}, "body", "没有这样的占位符：{密码}"),
        ({"body": "{截止日期}前"}, "body", "没有这样的占位符：{截止日期}"),
        ({"body": "{{ 7*7 }}"}, "body", "占位符"),
        ({"body": "{企业名称.__class__}"}, "body", "占位符"),
        ({"body": "花括号{"}, "body", "花括号须成对出现"),
        ({"body": "长" * 2001}, "body", "最多 2000 字"),
        ({"slot": "title", "body": "两行\n标题"}, "body", "一行"),
        ({"slot": "title", "body": "长" * 81}, "body", "最多 80 字"),
        ({"body": "名称\U0003fffd"}, "body", "无法打印"),
        ({"note": " "}, "note", "修改原因"),
        ({"note": "长" * 201}, "note", "200"),
        ({"valid_from": TODAY - timedelta(days=1)}, "valid_from", "不能早于今天"),
        ({"body": DEFAULTS["approval", "opening"]}, "body", "完全相同"),
        ({"kind": "receipt", "slot": "remedies"}, "slot", "没有这一项"),
        ({"kind": "poem"}, "slot", "没有这一项"),
    ],
    ids=lambda value: None,
)
def test_what_cannot_be_printed_is_refused_in_words_and_changes_nothing(change, values, field, told):
    with pytest.raises(Invalid) as caught:
        change(**values)
    sentences = "".join(caught.value.errors.get(field, [caught.value.message]))
    assert told in sentences
    assert not LetterText.objects.exists()
    assert not AuditEvent.objects.filter(event="letters.text_set").exists()


@pytest.mark.django_db
def test_all_faults_are_told_at_once(change):
    with pytest.raises(Invalid) as caught:
        change(body="{甲}", note="", valid_from=TODAY - timedelta(days=1))
    assert set(caught.value.errors) == {"body", "note", "valid_from"}


@pytest.mark.django_db
def test_only_administrators_in_office_change_words(change, unit, administrator):
    former = make_user(system_role="administrator", is_active=False)
    for person in (officer(unit, "leader"), make_user(), make_user(system_role="auditor"), former):
        with pytest.raises(NotAllowed):
            change(by=person)
    assert not LetterText.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["{% load x %}", "<script>alert(1)</script>", "$=1+1", "%s %(a)s"])
def test_template_code_stays_text_or_is_refused(change, body):
    if "{" in body:
        with pytest.raises(Invalid):
            change(body=body)
    else:
        change(body=body)
        assert wording("approval", "opening", on=TODAY, values=VALUES) == body


# From when it holds ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_words_hold_from_their_day_and_of_one_day_the_latest_entry(change):
    later = TODAY + timedelta(days=10)
    change(body="自今日。")
    change(body="将来。", valid_from=later)
    assert text_in_force("approval", "opening", on=TODAY) == "自今日。"
    assert text_in_force("approval", "opening", on=later - timedelta(days=1)) == "自今日。"
    assert text_in_force("approval", "opening", on=later) == "将来。"
    change(body="自今日。", valid_from=later)  # the planned change is taken back by a version of the same day
    assert text_in_force("approval", "opening", on=later) == "自今日。"
    assert [one.state for one in versions("approval", "opening", on=TODAY)] == ["future", "never", "present"]


@pytest.mark.django_db
def test_two_who_change_the_same_words_are_told_of_each_other(change):
    change(body="甲。", expected_last=0)
    with pytest.raises(LetterTextChanged):
        change(body="乙。", expected_last=0)
    assert LetterText.objects.count() == 1


@pytest.mark.django_db
def test_a_letter_keeps_the_words_it_was_ordered_with(change, order):
    content = LetterContent("甲公司", paragraphs=paragraphs("approval", "opening", on=TODAY, values=VALUES))
    letter = order(context=content)
    change(body="新的开头。")
    letter.refresh_from_db()
    assert from_json(letter.context).paragraphs[0].text.startswith("你单位提交的")
    assert paragraphs("approval", "opening", on=TODAY, values=VALUES)[0].text == "新的开头。"


@pytest.mark.django_db
def test_the_overview_tells_what_holds_what_is_planned_and_asks_twice(change):
    change(body="甲。")
    change(body="乙。", valid_from=TODAY + timedelta(days=3))
    with CaptureQueriesContext(connection) as asked:
        kinds = wordings(on=TODAY)
    assert len(asked) == 2
    row = next(one for kind in kinds for one in kind.wordings if (one.kind, one.slot) == ("approval", "opening"))
    assert (row.body, row.since, row.planned.body) == ("甲。", TODAY, "乙。")
    untouched = next(one for kind in kinds for one in kind.wordings if (one.kind, one.slot) == ("zero", "title"))
    assert (untouched.since, untouched.planned) == (None, None)


# Differences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "新"),
        ("旧", ""),
        ("特此批复。", "此复。"),
        ("请于{截止日期}前", "请在{截止日期}二十四时前"),
        ("同", "同"),
        ("60日内", "90日内"),
    ],
)
def test_a_difference_gives_both_texts_back(before, after):
    pieces = changes(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != "added") == before
    assert "".join(piece.text for piece in pieces if piece.change != "removed") == after


def test_numbers_and_placeholders_change_as_a_whole():
    told = {(piece.change, piece.text) for piece in changes("收到{截止日期}之日起60日内", "收到{政策年度}之日起90日内")}
    assert {("removed", "60"), ("added", "90")} <= told
    assert ("removed", "{截止日期}") in told


# The pages -------------------------------------------------------------------------------------------------------


def address(name, *args):
    return reverse(f"letters:{name}", args=args)


@pytest.mark.django_db
def test_a_new_version_is_saved_shown_and_in_the_trail(client, administrator):
    data = {"body": "收悉，{企业名称}。", "valid_from": "2026-12-01", "note": "文风调整", "seen": "0"}
    page = address("text", "approval", "opening")
    answer = client.post(page, data, follow=True)
    text = LetterText.objects.get()
    assert (text.body, text.created_by, text.valid_from) == ("收悉，{企业名称}。", administrator, date(2026, 12, 1))
    shown = answer.content.decode()
    assert "文风调整" in shown
    assert "<ins>" in shown
    assert "<del>" in shown
    assert AuditEvent.objects.filter(event="letters.text_set").count() == 1
    assert "2026年12月1日起改用新用语" in client.get(address("texts")).content.decode()


@pytest.mark.django_db
def test_a_refused_version_comes_back_as_typed_with_the_sentence(client, administrator):
    data = {"body": "{密码}<b>", "valid_from": "2026-11-05", "note": "原因甲", "seen": "0"}
    answer = client.post(address("text", "approval", "opening"), data)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "没有这样的占位符" in shown
    assert "原因甲" in shown
    assert "{密码}&lt;b&gt;" in shown
    assert not LetterText.objects.exists()


@pytest.mark.django_db
def test_the_page_tells_all_faults_at_once(client, administrator):
    data = {"body": "{密码}", "valid_from": "明天", "note": "", "seen": "0"}
    shown = client.post(address("text", "approval", "opening"), data).content.decode()
    for told in ("没有这样的占位符：{密码}", "请填写正确的日期", "请填写修改原因"):
        assert told in shown


@pytest.mark.django_db
def test_a_version_over_a_newer_one_is_a_conflict_and_then_may_be_saved(client, change):
    change(body="别人的。")
    page, data = (
        address("text", "approval", "opening"),
        {"body": "我的。", "valid_from": "2026-11-05", "note": "改", "seen": "0"},
    )
    answer = client.post(page, data)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "已有新的版本" in shown
    assert "我的。" in shown
    assert "别人的。" in shown
    newest = LetterText.objects.get().pk
    assert f'name="seen" value="{newest}"' in shown
    assert client.post(page, {**data, "seen": str(newest)}).status_code == 302
    assert text_in_force("approval", "opening", on=TODAY) == "我的。"


@pytest.mark.django_db
def test_an_older_version_is_brought_back_as_a_new_one(client, change):
    old = change(body="旧的用语。")
    change(body="新的用语。")
    page = address("text", "approval", "opening")
    form = client.get(f"{page}?from={old.pk}").context["form"]
    assert form["body"].value() == "旧的用语。"
    assert client.get(f"{page}?from=default").context["form"]["body"].value() == DEFAULTS["approval", "opening"]
    other = change(kind="refusal", slot="closing", body="另一种。")
    for wrong in (other.pk, 99999999, "x", "9" * 40):
        assert client.get(f"{page}?from={wrong}").status_code == 404


@pytest.mark.django_db
def test_the_check_speaks_while_one_types(client, administrator):
    check = address("text_check", "correction", "closing")
    assert "没有这样的占位符：{金额}" in client.post(check, {"body": "{金额}"}).content.decode()
    shown = client.post(check, {"body": "请于{截止日期}前办理。<img>"}).content.decode()
    assert "请于2026年11月5日前办理。&lt;img&gt;" in shown
    assert client.get(check).status_code == 405


# Specimens -------------------------------------------------------------------------------------------------------

SECRET = "因研发费用低于上年未予支持"


@pytest.fixture
def real_case(order, unit):
    """An issued 批复 with words of the case in it."""
    values = VALUES | {"企业名称": "演示晨星电子有限公司", "受理编号": "SL2026000042"}
    content = LetterContent(
        recipient="演示晨星电子有限公司",
        paragraphs=(*paragraphs("approval", "opening", on=TODAY, values=values), Paragraph(SECRET, level=3)),
        amount_fen=600_714,
        closing=paragraphs("approval", "closing", on=TODAY, values=values),
        fields=(FormField("研发费用", "12,345,678.90"),),
        documents=(FiledDocument("演示审计报告.pdf", "ab" * 32, 10),),
        contact="张三 13800000000",
        template="approval",
        values=kept_values(values),
    )
    return issue_letter(letter_id=order(context=content).pk, at=AT)


def traces():
    """Everything that a preview must leave as it was."""
    return (
        Letter.objects.count(),
        NumberSeries.objects.values_list("last_number", flat=True).first(),
        LetterText.objects.count(),
        OutboxMessage.objects.count(),
        AuditEvent.objects.count(),
    )


@pytest.mark.django_db
def test_a_specimen_of_a_real_case_takes_no_number_and_stores_nothing(client, administrator, real_case):
    before = traces()
    tried = {"slot": "opening", "body": "现就{受理编号}批复如下：", "valid_from": "2026-12-01"}
    answer = client.post(address("text_preview", "approval"), {**tried, "letter": real_case.pk})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "<mark>现就SL2026000042批复如下：</mark>" in shown
    assert "样稿（未编号）" in shown
    assert "陆仟零柒元壹角肆分" in shown
    pdf = client.post(address("text_preview", "approval"), {**tried, "letter": real_case.pk, "format": "pdf"})
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert traces() == before


@pytest.mark.django_db
def test_administrators_see_no_case_in_a_specimen(client, administrator, real_case):
    shown = client.post(address("text_preview", "approval"), {"letter": real_case.pk}).content.decode()
    for hidden in (SECRET, "晨星", "12,345,678.90", "审计报告", "13800000000", "张三"):
        assert hidden not in shown
    assert masked_name("演示晨星电子有限公司") in shown


@pytest.mark.django_db
def test_cases_are_found_by_number_and_not_by_name(client, administrator, real_case):
    page = address("text_preview", "approval")
    for number in ("SL2026000042", real_case.number):
        assert client.post(page, {"number": number}).context["letter"] == real_case
    for nothing in ("演示晨星电子有限公司", "SL2026", "演工信"):
        assert client.post(page, {"number": nothing}).context["letter"] is None


@pytest.mark.django_db
def test_a_letter_of_another_kind_is_not_opened_through_a_preview(client, administrator, real_case):
    assert client.post(address("text_preview", "refusal"), {"letter": real_case.pk}).status_code == 404
    assert client.post(address("text_preview", "approval"), {"letter": real_case.pk + 1}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TextKind.values)
def test_every_kind_has_a_specimen_without_any_letter(client, administrator, kind):
    before = traces()
    answer = client.get(address("text_preview", kind))
    assert answer.status_code == 200
    assert "还没有签发过这类文书" in answer.content.decode()
    assert client.post(address("text_preview", kind), {"format": "pdf"}).content.startswith(b"%PDF-")
    assert traces() == before


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["{密码}", "", "{{ 1 }}"])
def test_words_that_could_not_be_saved_are_not_previewed(client, administrator, body):
    answer = client.post(address("text_preview", "approval"), {"slot": "opening", "body": body})
    assert answer.status_code == 422
    assert "<article" not in answer.content.decode()


@pytest.mark.django_db
def test_markup_in_words_stays_text_on_page_and_paper(client, administrator):
    data = {"slot": "opening", "body": "<script>alert(1)</script><img src=http://x.example/a>"}
    shown = client.post(address("text_preview", "approval"), data)
    assert "<script>alert" not in shown.content.decode()
    pdf = client.post(address("text_preview", "approval"), {**data, "format": "pdf"})
    assert pdf.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("南昌晨星电子有限公司", "南昌＊＊＊＊有限公司"),
        ("甲", "甲＊"),
        ("甲乙有限公司", "甲乙＊有限公司"),
        ("高新区研究院", "高＊＊＊＊＊"),
    ],
)
def test_a_masked_name_tells_no_more_than_its_head_and_its_form(name, masked):
    assert masked_name(name) == masked


def test_the_documentation_names_every_place_form_and_placeholder():
    """docs/letters.md is what whoever writes a letter reads first: it had fallen behind by twenty placeholders."""
    told = (settings.BASE_DIR / "docs" / "letters.md").read_text(encoding="utf-8").partition("## Standing words")[2]
    assert set(re.findall(r"\{([^{}]*)\}", told)) == set(PLACEHOLDERS)
    for label in [slot.label for slot in TextSlot] + [TextKind(kind).label for kind in BASES]:
        assert label in told, label
