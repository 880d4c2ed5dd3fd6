"""Reference series: taken in whole or not at all, every fault by its line; what stands is never changed."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from policies.actions import keep_definition
from policies.actions.series import create_series, import_values, withdraw_value
from policies.models import ReferenceSeries
from policies.queries import published_policy
from policies.queries.series import plan_import
from policies.series_lines import as_text, lines_of_book, lines_of_text
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import NUMBER

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
TODAY = AT.date()
KNOWN = dt.date(2026, 8, 20)


@pytest.fixture
def administrator():
    return AdministratorFactory()


@pytest.fixture
def lpr(loaded):
    return ReferenceSeries.objects.get(key="lpr_1y")


def take_in(series, text, *, by, known_until=TODAY, expected=KNOWN):
    lines = lines_of_text(text)
    return import_values(series, lines=lines, known_until=known_until, expected_known_until=expected, by=by, at=AT)


def faults(series, text, *, by, **kwargs):
    before = list(series.values.values_list("on", "value"))
    with pytest.raises(Invalid) as refused:
        take_in(series, text, by=by, **kwargs)
    series.refresh_from_db()
    assert (list(series.values.values_list("on", "value")), series.known_until) == (before, KNOWN)
    return refused.value.errors


def test_new_rates_are_added_and_what_repeats_is_not_kept(lpr, administrator):
    plan = take_in(lpr, "日期,利率\n2026-08-20,3.00\n2026年9月21日\t2.95%\n20261020 2.95", by=administrator)
    assert [(one.on, str(one.value)) for one in plan.added] == [(dt.date(2026, 9, 21), "2.95")]
    assert len(plan.same) == 2
    lpr.refresh_from_db()
    assert (lpr.known_until, str(lpr.values.latest("on").value)) == (TODAY, "2.95")
    event = history(lpr).get(event="policies.series_imported")
    assert event.data["values"] == [["2026-09-21", "2.95"]]


def test_every_fault_is_told_by_its_line_and_nothing_is_taken_in(lpr, administrator):
    text = "\n".join(
        [
            "2026-09-21, 2.955",
            "2026-09-20, 2.90",
            "2026-02-30, 2.90",
            "2026-10-20, 三",
            "2026-10-21, 300",
            "2026-10-22",
            "2027-01-20, 2.80",
        ]
    )
    told = faults(lpr, text, by=administrator)["lines"]
    assert [sentence.split("：")[0] for sentence in told] == [f"第 {number} 行" for number in range(1, 8)]
    for sentence, words in zip(
        told, ["0.01", "不晚于上一行", "不是有效的日期", "不是利率", "超过 100%", "没有利率", "还没有到"], strict=True
    ):
        assert words in sentence


def test_what_is_known_already_is_never_changed(lpr, administrator):
    told = faults(lpr, "2025-05-20, 3.10\n2025-09-20, 2.90", by=administrator)["lines"]
    assert "已录入 3.00%" in told[0]
    assert "不能补插" in told[1]


@pytest.mark.parametrize(
    ("text", "known_until", "words"),
    [
        ("2026-09-21, 2.95", dt.date(2026, 9, 20), "不能早于最后一行"),
        ("", dt.date(2026, 8, 1), "不能早于现在的"),
        ("", dt.date(2026, 12, 1), "不能晚于今天"),
        ("", KNOWN, "没有需要保存"),
    ],
)
def test_the_day_up_to_which_it_is_known_is_checked(lpr, administrator, text, known_until, words):
    assert words in faults(lpr, text, by=administrator, known_until=known_until)["known_until"][0]


def test_known_until_moves_on_without_a_rate(lpr, administrator):
    take_in(lpr, "", by=administrator)
    lpr.refresh_from_db()
    assert (lpr.known_until, lpr.values.count()) == (TODAY, 9)


def test_of_two_at_once_the_second_is_told(lpr, administrator):
    take_in(lpr, "", by=administrator)
    with pytest.raises(Conflict):
        take_in(lpr, "2026-09-21, 2.95", by=administrator)


def test_only_administrators_write(lpr):
    with pytest.raises(NotAllowed):
        take_in(lpr, "", by=AuditorFactory())
    with pytest.raises(NotAllowed):
        withdraw_value(lpr, on=dt.date(2025, 5, 20), reason="误录", by=AuditorFactory(), at=AT)


def test_a_rate_entered_by_mistake_is_withdrawn_and_taken_in_again(lpr, administrator):
    take_in(lpr, "2026-09-21, 2.59", by=administrator)
    withdraw_value(lpr, on=dt.date(2026, 9, 21), reason="误录", by=administrator, at=AT)
    lpr.refresh_from_db()
    assert lpr.known_until == dt.date(2026, 9, 20)
    take_in(lpr, "2026-09-21, 2.95", by=administrator, expected=dt.date(2026, 9, 20))
    assert str(lpr.values.latest("on").value) == "2.95"
    assert history(lpr).get(event="policies.series_value_withdrawn").data["reason"] == "误录"


def test_a_rate_that_an_award_was_computed_with_stays(lpr, administrator):
    take_in(lpr, "2026-09-21, 2.59", by=administrator)
    keep_definition(published_policy(NUMBER, 2025), at=AT)
    with pytest.raises(Invalid, match="不能撤回"):
        withdraw_value(lpr, on=dt.date(2026, 9, 21), reason="误录", by=administrator, at=AT)
    with pytest.raises(Conflict):
        withdraw_value(lpr, on=dt.date(2025, 5, 20), reason="误录", by=administrator, at=AT)
    assert lpr.values.filter(on=dt.date(2026, 9, 21)).exists()


def series_of(administrator, text, **values):
    fields = {"key": "lpr_5y", "label": "五年期以上LPR", "short": "五年期LPR", "source": "全国银行间同业拆借中心"}
    return create_series(**fields | values, lines=lines_of_text(text), known_until=TODAY, by=administrator, at=AT)


def test_a_new_series_comes_with_its_first_rate(loaded, administrator):
    made = series_of(administrator, "2025-05-20, 3.50")
    assert (made.values.count(), made.known_until) == (1, TODAY)
    assert {one.key for one in published_policy(NUMBER, 2025).series} == {"lpr_1y", "lpr_5y"}
    with pytest.raises(Invalid, match="已用于"):
        series_of(administrator, "2025-05-20, 3.50")


def test_a_new_series_tells_every_fault(loaded, administrator):
    with pytest.raises(Invalid) as refused:
        series_of(administrator, "", key="LPR", label=" ")
    assert set(refused.value.errors) == {"key", "label", "lines"}


def workbook():
    book = Workbook()
    sheet = book.active
    sheet.append(["公布日", "利率"])
    sheet.append([dt.date(2026, 9, 21), 2.95])
    sheet.append(["2026-10-20", 0.029])
    sheet["B3"].number_format = "0.00%"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_reads_days_numbers_and_percentages():
    assert [(line.number, line.day, line.rate) for line in lines_of_book(workbook())] == [
        (2, "2026-09-21", "2.95"),
        (3, "2026-10-20", "2.9"),
    ]


def test_a_fault_of_a_file_is_found_at_its_line_of_the_field():
    lines = lines_of_book(workbook())
    text = as_text(lines)
    assert text == "日期, 利率\n2026-09-21, 2.95\n2026-10-20, 2.9"
    assert lines_of_text(text) == lines
    assert as_text(lines_of_text("2026-09-21 3\n\n2026-10-20 2.9")) == "2026-09-21, 3\n\n2026-10-20, 2.9"


@pytest.mark.parametrize("line", ["2026-09-21, 3,05", "2026-09-21, 0,30", "2026-09-21, 3.00 3.50", "2026-09-21 2 .9"])
def test_what_a_comma_parted_is_no_rate(lpr, line):
    plan = plan_import(lines_of_text(line), known_until=TODAY, today=TODAY, series=lpr)
    assert "不是利率" in plan.faults[0].message
    assert not plan.added


def test_a_rate_far_from_the_one_before_is_pointed_out(client, lpr, administrator):
    client.force_login(administrator)
    until = {"known_until": timezone.localdate().isoformat(), "expected": KNOWN.isoformat()}
    place = reverse("editing:series_import", args=["lpr_1y"])
    page = client.post(place, {**until, "lines": "2026-09-21, 0.03"}).content.decode()
    assert "此前 3.00%" in page
    assert "相差一倍以上" in page
    assert "相差一倍以上" not in client.post(place, {**until, "lines": "2026-09-21, 2.95 %"}).content.decode()


def test_a_file_is_shown_before_it_is_taken_in(client, lpr, administrator):
    client.force_login(administrator)
    place = reverse("editing:series_import", args=["lpr_1y"])
    until = {"known_until": timezone.localdate().isoformat(), "expected": KNOWN.isoformat()}
    shown = client.post(place, {**until, "file": SimpleUploadedFile("利率.xlsx", workbook())})
    assert shown.status_code == 200
    assert "预览：还没有录入" in shown.content.decode()
    assert lpr.values.count() == 9
    text = shown.context["form"]["lines"].value()
    saved = client.post(place, {**until, "lines": text, "step": "save", "previewed": shown.context["fingerprint"]})
    assert saved.status_code == 302
    assert lpr.values.count() == 11


def test_a_file_that_is_no_table_is_refused(client, lpr, administrator):
    client.force_login(administrator)
    answer = client.post(
        reverse("editing:series_import", args=["lpr_1y"]),
        {"known_until": TODAY.isoformat(), "file": SimpleUploadedFile("利率.xlsx", b"%PDF-1.7")},
    )
    assert (answer.status_code, "文件类型不符" in answer.content.decode()) == (422, True)


def test_the_pages_refuse_in_words_and_keep_what_was_typed(client, lpr, administrator):
    client.force_login(administrator)
    until = {"known_until": timezone.localdate().isoformat(), "expected": KNOWN.isoformat()}
    answer = client.post(reverse("editing:series_import", args=["lpr_1y"]), {**until, "lines": "2026-09-21, 许多"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "第 1 行：“许多”不是利率" in html
    assert "2026-09-21, 许多" in html
    moved = client.post(reverse("editing:series_known", args=["lpr_1y"]), {"expected": KNOWN.isoformat()})
    assert moved.status_code == 302
    again = client.post(reverse("editing:series_known", args=["lpr_1y"]), {"expected": KNOWN.isoformat()})
    assert again.status_code == 409
    empty = client.post(reverse("editing:series_withdraw", args=["lpr_1y"]), {"on": "2025-05-20"})
    assert (empty.status_code, "请填写撤回的理由" in empty.content.decode()) == (422, True)
    assert client.post(reverse("editing:series_new"), {"key": "x"}).status_code == 422
