"""The State Council's notice: read strictly, compared with what is stored, stored whole with its number."""

import datetime as dt
from io import StringIO

import chinese_calendar
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from common.audit.models import AuditEvent
from common.calendar_notice import read_notice
from common.errors import Conflict, Invalid, NotAllowed
from common.models import CalendarDay
from common.queries import working_calendar
from policies.actions.calendar import checked_notice, plan_digest, store_notice
from policies.queries.calendar_page import CalendarChange, calendar_page, spans_of_changes, spans_of_notice
from tests.factories.accounts import AdministratorFactory, AuditorFactory

AT = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
NOTICES = {
    2024: """国务院办公厅关于2024年部分节假日安排的通知
国办发明电〔2023〕7号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2024年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。
国务院办公厅
2023年10月25日""",
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
    2026: """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。""",
}
NUMBER = "国办发明电〔2025〕7号"


def faults_of(text, year=2026, **kwargs):
    return [one.message for one in read_notice(text, year=year, **kwargs).faults]


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_real_notices_say_what_the_package_says(year):
    notice = read_notice(NOTICES[year], year=year)
    assert notice.faults == ()
    said = {one.day: one.is_working for one in notice.days}
    day = dt.date(year, 1, 1)
    while day.year == year:
        assert said.get(day, day.weekday() < 5) == chinese_calendar.is_workday(day), day
        day += dt.timedelta(days=1)


def test_number_and_sentences_that_arrange_nothing_are_told():
    notice = read_notice(NOTICES[2024], year=2024)
    assert notice.number == "国办发明电〔2023〕7号"
    assert any("除夕" in sentence for sentence in notice.unread)
    assert dt.date(2024, 2, 9) not in {one.day for one in notice.days}


@pytest.mark.parametrize(
    ("found", "instead", "words"),
    [
        ("1月4日（周日）上班", "1月4日（周六）上班", "是周日，通知写的是周六"),
        ("共9天", "共8天", "写的是共 8 天，按日期是 9 天"),
        ("5月9日（周六）上班", "5月8日上班", "不是周末"),
        ("9月20日（周日）", "9月27日（周日）", "又放假又上班"),
        ("6月19日（周五）至21日（周日）", "6月31日至32日", "没有这一天"),
        ("10月1日（周四）至7日（周三）", "10月7日（周三）至1日（周四）", "颠倒"),
        ("三、清明节：4月4日（周六）至6日（周一）放假，共3天。", "", "没有写到清明节"),
        ("4月4日（周六）至6日（周一）放假，共3天", "清明前后4日左右放假3天", "不能按放假或上班的安排读取"),
        ("4月4日（周六）至6日（周一）放假，共3天", "另行通知", "没有读到放假日期"),
        ("9月25日（周五）至27日（周日）放假，共3天", "2029年9月25日放假", "不在 2026 年"),
    ],
)
def test_what_does_not_agree_is_a_fault_in_words(found, instead, words):
    assert found in NOTICES[2026]
    assert any(words in message for message in faults_of(NOTICES[2026].replace(found, instead)))


def test_a_notice_of_another_year_and_no_notice_are_refused():
    assert any("标题写的是 2024 年" in message for message in faults_of(NOTICES[2024]))
    assert faults_of("放假通知") == ["没有找到“一、元旦：……”这样的条目，请粘贴通知全文，每个假期一段。"]


def test_the_turn_of_the_year_and_a_supplement_are_read():
    text = "一、元旦：2026年12月31日至2027年1月2日放假调休，共3天。"
    days = read_notice(text, year=2027, whole=False)
    assert (days.faults, len(days.days)) == ((), 3)


def test_the_preview_tells_spans_as_the_notice_prints_them():
    notice = read_notice(NOTICES[2026], year=2026)
    spans = spans_of_notice(notice.days)
    spring = next(one for one in spans if one.words == ("春节",))
    assert (spring.first, spring.last, spring.days) == (dt.date(2026, 2, 15), dt.date(2026, 2, 23), 9)
    assert sum(one.days for one in spans) == len(notice.days)
    changes = [CalendarChange(dt.date(2026, 2, day), "工作日", "放假") for day in (16, 17, 19)]
    assert [(one.first.day, one.last.day) for one in spans_of_changes(changes)] == [(16, 17), (19, 19)]


# -------------------------------------------------------------------------------------------------- storing


@pytest.fixture
def administrator(db):
    return AdministratorFactory()


@pytest.fixture
def stored(db):
    CalendarDay.objects.all().delete()
    call_command("load_calendar", verbosity=0, stdout=StringIO())


def store(text, by, *, year=2026, source=NUMBER, whole=True, expected=None):
    given = {"text": text, "year": year, "source": source, "whole": whole}
    seen = expected or plan_digest(checked_notice(**given, at=AT)[2])
    return store_notice(**given, expected=seen, by=by, at=AT)


def test_a_notice_takes_the_place_of_what_is_stored(stored, administrator):
    CalendarDay.objects.create(day=dt.date(2026, 7, 3), is_working=False, name="误录", source="误录")
    CalendarDay.objects.filter(day=dt.date(2026, 1, 4)).delete()
    plan = store(NOTICES[2026], administrator)
    assert [(one.day, one.before, one.after) for one in plan.changes] == [
        (dt.date(2026, 1, 4), "周末", "上班"),
        (dt.date(2026, 7, 3), "放假", "工作日"),
    ]
    assert set(CalendarDay.objects.filter(day__year=2026).values_list("source", flat=True)) == {NUMBER}
    event = AuditEvent.objects.get(event="policies.calendar_stored")
    assert event.data["source"] == NUMBER
    call_command("load_calendar", verbosity=0, stdout=StringIO())
    assert set(CalendarDay.objects.filter(day__year=2026).values_list("source", flat=True)) == {NUMBER}


def test_a_year_becomes_known_and_days_of_the_next_notice_stay(db, administrator):
    CalendarDay.objects.all().delete()
    CalendarDay.objects.create(day=dt.date(2026, 12, 31), is_working=False, name="元旦", source="下一年")
    assert calendar_page(2026).provisional
    plan = store(NOTICES[2026], administrator)
    assert [row.day for row in plan.kept] == [dt.date(2026, 12, 31)]
    assert 2026 in working_calendar().known_years
    assert not calendar_page(2026).provisional


def test_a_supplement_changes_only_what_it_names(stored, administrator):
    plan = store("一、抗战胜利纪念日：9月3日放假1天。", administrator, whole=False, source="国发〔2026〕1号")
    assert [(one.day, one.after) for one in plan.changes] == [(dt.date(2026, 9, 3), "放假")]
    assert not working_calendar().is_working(dt.date(2026, 10, 1))


def test_what_is_stored_already_changed_meanwhile_or_refused_changes_nothing(stored, administrator):
    with pytest.raises(NotAllowed):
        store(NOTICES[2026], AuditorFactory())
    with pytest.raises(Conflict):
        store(NOTICES[2026], administrator, expected="x")
    store(NOTICES[2026], administrator)
    with pytest.raises(Invalid, match="一致"):
        store(NOTICES[2026], administrator)
    with pytest.raises(Invalid) as refused:
        store(NOTICES[2026].replace("共9天", "共8天"), administrator, source="")
    assert set(refused.value.errors) == {"text", "source"}
    with pytest.raises(Invalid) as refused:
        store(NOTICES[2026], administrator, year=2031)
    assert "year" in refused.value.errors
    with pytest.raises(Invalid) as refused:
        store(NOTICES[2024], administrator, year=2024)
    assert "通知正文写的是国办发明电〔2023〕7号" in refused.value.errors["source"][0]


# ---------------------------------------------------------------------------------------------------- pages


def test_the_year_is_shown_in_words_not_in_colour_alone(client, stored, administrator):
    client.force_login(administrator)
    html = client.get(reverse("editing:calendar"), {"year": "2026"}).content.decode()
    assert html.count('<span class="calendar-mark">班') == 6
    assert "已按通知录入" in html
    assert "2026年10月1日 至 2026年10月7日" in html
    for wrong in ("1999", "abc", "20260"):
        assert client.get(reverse("editing:calendar"), {"year": wrong}).status_code == 404


def test_a_notice_is_shown_then_stored(client, stored, administrator):
    client.force_login(administrator)
    place = reverse("editing:calendar_import")
    assert client.get(place).context["form"]["year"].value() == timezone.localdate().year + 1
    sent = {"text": NOTICES[2026], "year": "2026", "source": NUMBER, "scope": "whole"}
    wrong = client.post(place, {**sent, "text": NOTICES[2026].replace("1月4日（周日）", "1月4日（周一）")})
    assert wrong.status_code == 422
    assert "元旦：2026年1月4日是周日，通知写的是周一" in wrong.content.decode()
    assert "1月4日（周一）" in wrong.content.decode()
    shown = client.post(place, sent)
    assert (shown.status_code, "预览：还没有保存" in shown.content.decode()) == (200, True)
    stale = client.post(place, {**sent, "step": "save", "previewed": "x"})
    assert stale.status_code == 409
    saved = client.post(place, {**sent, "step": "save", "previewed": shown.context["shown"]["digest"]})
    assert saved.status_code == 302
    assert CalendarDay.objects.get(day=dt.date(2026, 1, 4)).source == NUMBER
