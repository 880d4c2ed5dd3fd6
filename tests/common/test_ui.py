"""Template filters and tags: money, dates, lights, addresses, error items."""

import datetime

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from common.templatetags import ui

CST = datetime.timezone(datetime.timedelta(hours=8))


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("fen", "yuan", "wan", "capitals"),
    [
        (0, "0.00", "0", "人民币零元整"),
        (5, "0.05", "0.000005", "人民币伍分"),
        (600_714, "6,007.14", "0.600714", "人民币陆仟零柒元壹角肆分"),
        (200_000_000, "2,000,000.00", "200", "人民币贰佰万元整"),
        (3_200_000_000_000, "32,000,000,000.00", "3,200,000", "人民币叁佰贰拾亿元整"),
        (150, "1.50", "0.00015", "人民币壹元伍角整"),
    ],
)
def test_money_in_figures_and_capitals(fen: int, yuan: str, wan: str, capitals: str) -> None:
    assert ui.yuan(fen) == yuan
    assert ui.wan(fen) == wan
    assert ui.capitals(fen) == capitals


def test_nothing_is_never_written_as_zero() -> None:
    for value in (None, ""):
        assert ui.yuan(value) == ui.wan(value) == ui.capitals(value) == ""
        assert ui.zhdate(value) == ui.zhdatetime(value) == ui.iso(value) == ""
    assert ui.due_light(None) is None


def test_a_reduction_is_negative_in_figures_and_has_no_capitals() -> None:
    assert ui.yuan(-123_456) == "-1,234.56"
    assert ui.wan(-123_456) == "-0.123456"
    assert ui.capitals(-1) == ""


def test_money_refuses_floats() -> None:
    with pytest.raises(TypeError):
        ui.yuan(1.5)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("12345678.00", "12,345,678.00"),
        ("-1234.50", "-1,234.50"),
        ("2024", "2024"),
        ("3.45%", "3.45%"),
        ("100 人", "100 人"),
        ("2024-05-06", "2024年5月6日"),
    ],
)
def test_figure_groups_money_and_writes_days(value: str, shown: str) -> None:
    assert ui.figure(value) == shown


def test_dates_are_chinese_and_in_shanghai() -> None:
    late = datetime.datetime(2026, 11, 4, 16, 3, tzinfo=datetime.UTC)  # 00:03 of the next day in Shanghai
    assert ui.zhdate(late) == "2026年11月5日"
    assert ui.zhdatetime(late) == "2026年11月5日 00:03"
    assert ui.iso(late) == "2026-11-05T00:03:00+08:00"
    assert ui.zhdate(datetime.date(2026, 1, 9)) == "2026年1月9日"
    assert ui.zhdatetime(datetime.date(2026, 1, 9)) == "2026年1月9日"


@pytest.mark.parametrize(
    ("days", "tone", "text"),
    [
        (3, "ok", "剩 3 个工作日"),
        (2, "soon", "剩 2 个工作日"),
        (1, "soon", "剩 1 个工作日"),
        (0, "soon", "今日到期"),
        (-2, "over", "已逾期 2 个工作日"),
    ],
)
def test_due_light_has_tone_shape_and_words(days: int, tone: str, text: str) -> None:
    light = ui.due_light(days)
    assert (light.tone, light.text) == (tone, text)
    assert light.icon in render("{% include 'components/due.html' with days_left=days %}", days=days)


def test_the_shapes_of_the_three_lights_differ() -> None:
    assert len({ui.due_light(days).icon for days in (5, 1, -1)}) == 3


def test_due_shows_date_and_pause() -> None:
    shown = render("{% include 'components/due.html' with days_left=3 due=due %}", due=datetime.date(2026, 11, 5))
    assert "2026年11月5日" in shown
    paused = render("{% include 'components/due.html' with days_left=-5 paused=True %}")
    assert "暂停计时" in paused
    assert "逾期" not in paused


def test_query_string_keeps_filters() -> None:
    request = RequestFactory().get("/", {"unit": ["3", "4"], "q": "演示 光电", "page": "7"})
    kept = render("{% query_string page=2 %}", request=request)
    assert "unit=3&amp;unit=4" in kept
    assert "page=2" in kept
    changed = render("{% autoescape off %}{% query_string stage='preliminary' %}{% endautoescape %}", request=request)
    assert "page" not in changed
    assert "stage=preliminary" in changed
    assert "unit" not in render("{% query_string unit=None %}", request=request)
    assert render("{% query_string %}") == "?"


def test_query_string_escapes_what_came_in() -> None:
    request = RequestFactory().get("/", {"q": '"><script>'})
    assert "<" not in render("{% query_string page=2 %}", request=request)


def test_icon_is_decoration_unless_labelled() -> None:
    assert 'aria-hidden="true"' in ui.icon("bell")
    assert 'aria-label="消息"' in ui.icon("bell", label="消息")
    assert ui.icon("") == ""
    assert "<script" not in ui.icon('x"><script>')


def test_page_numbers_have_gaps() -> None:
    page = Paginator(range(500), 10).get_page(20)
    assert ui.page_numbers(page) == [1, None, 18, 19, 20, 21, 22, None, 50]


class Figures(forms.Form):
    revenue = forms.CharField(label="营业收入", widget=forms.TextInput(attrs={"data-money": "万元"}))
    kind = forms.ChoiceField(label="主体", choices=[("a", "甲"), ("b", "乙")], widget=forms.RadioSelect)

    def clean(self) -> None:
        self.add_error(None, "本年度已有一份申报。")


def test_error_items_link_to_fields_in_page_order() -> None:
    assert ui.error_items(Figures()) == []
    items = ui.error_items(Figures({}))
    assert [item.field_id for item in items] == ["", "id_revenue", "id_kind_0"]
    assert items[0].message == "本年度已有一份申报。"
    assert items[1].message.startswith("营业收入：")


def test_error_items_of_formsets_lists_and_domain_errors() -> None:
    formset = forms.formset_factory(Figures, min_num=1, validate_min=True)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-revenue": "1"}
    )
    assert "id_form-0-kind_0" in {item.field_id for item in ui.error_items(formset)}
    assert ui.error_items([{"field_id": "id_x", "message": "甲"}, "乙"]) == [("id_x", "甲"), ("", "乙")]
    assert ui.error_items({"": ["甲"], "amount": ["乙"]}) == [("", "甲"), ("id_amount", "乙")]


def test_error_summary_says_how_many_and_links() -> None:
    html = render("{% include 'components/error_summary.html' %}", form=Figures({}))
    assert "有 3 处需要更正" in html
    assert 'href="#id_revenue"' in html
    assert 'role="alert"' in html
    assert render("{% include 'components/error_summary.html' %}", form=Figures()).strip() == ""


def test_field_shows_help_error_unit_and_capitals_line() -> None:
    html = Template("{% load crispy_forms_filters %}{{ form|crispy }}").render(Context({"form": Figures({})}))
    assert "错误：" in html
    assert 'aria-describedby="id_revenue_error"' in html
    assert 'id="id_revenue_error"' in html
    assert '<span class="input-group-text">万元</span>' in html
    assert 'data-money-capitals="id_revenue"' in html
    assert "<fieldset" in html


def test_components_escape_what_people_typed() -> None:
    attack = "<script>alert(1)</script>"
    html = render(
        "{% include 'components/summary_list.html' %}{% include 'components/timeline.html' %}"
        "{% include 'components/badge.html' %}{% include 'components/calculation.html' %}"
        "{% include 'components/empty.html' %}{% include 'components/file_row.html' %}",
        rows=[{"key": attack, "value": attack, "old": attack}],
        steps=[{"label": attack, "unit": attack, "state": "current", "note": attack}],
        label=attack,
        state=attack,
        trace=[{"step": attack, "value": attack, "quote": attack, "clause": attack}],
        title=attack,
        text=attack,
        file={"name": attack, "kind": attack},
    )
    assert "<script" not in html


def test_changed_answers_show_old_and_new_in_words() -> None:
    html = render("{% include 'components/summary_list.html' %}", rows=[{"key": "人员", "value": "126", "old": "162"}])
    assert html.index("原") < html.index("162") < html.index("现") < html.index("126")


def test_calculation_shows_sentence_and_total() -> None:
    html = render(
        "{% include 'components/calculation.html' %}",
        trace=[{"step": "上限", "value": "2000000.00", "quote": "每家企业每年不超过200万元", "clause": "3.1.2"}],
        total=200_000_000,
    )
    assert "每家企业每年不超过200万元" in html
    assert "第 3.1.2 条" in html
    assert "人民币贰佰万元整" in html
    assert "合计" not in render("{% include 'components/calculation.html' %}", trace=[], total=None)
