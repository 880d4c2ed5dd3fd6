"""Reading the State Council's yearly notice on days off (国务院办公厅关于…年部分节假日安排的通知). Pure.

The notice says in prose which days are off and which weekends are worked instead. It is read strictly: a sentence that
speaks of days off or of work and cannot be read is a fault, a weekday that is not the day's, a sum that is not the
number of its days, a day that is named twice.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

#: What the notice of a year always arranges; 2004 to 2007 knew fewer, but those years are stored.
HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
_WEEKDAYS = "一二三四五六日"
_SATURDAY = 5
_LONGEST = 15
_DAY = dt.timedelta(days=1)

_ITEM = re.compile(r"^[一二三四五六七八九十]+、\s*([^:：。]{1,20})[:：]", re.MULTILINE)
_TITLE_YEAR = re.compile(r"(\d{4})\s*年\s*(?:部分)?\s*(?:节假日|放假)")
_NUMBER = re.compile(r"国办发[明电]*\s*[〔\[(（]\s*(\d{4})\s*[〕\])）]\s*(\d{1,3})\s*号")
_DATE = r"(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日(?:\([^()]*\))?"
_DATE_PARTS = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^()]*)\))?")
_SPANS = re.compile(rf"(?:{_DATE})(?:至(?:{_DATE}))?(?:[、,和及](?:{_DATE})(?:至(?:{_DATE}))?)*")
_OFF = re.compile(rf"({_SPANS.pattern})(?:调休)?放假(.*)")
_WORK = re.compile(rf"({_SPANS.pattern})(?:照常|正常)?上班")
_COUNT = re.compile(r"(?:共|放假)\s*(\d{1,2})\s*天")
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")


@dataclass(frozen=True)
class NoticeDay:
    """One day of the notice: off, or a weekend that is worked."""

    day: dt.date
    is_working: bool
    name: str


@dataclass(frozen=True)
class NoticeFault:
    """What stands against the notice; holiday is empty where it is about the whole."""

    holiday: str
    message: str


@dataclass(frozen=True)
class Notice:
    """A notice as it was read. number: its 文号, empty where the text names none; unread: sentences that arrange
    nothing and were passed over."""

    year: int
    number: str
    days: tuple[NoticeDay, ...]
    faults: tuple[NoticeFault, ...]
    unread: tuple[str, ...] = ()


class _Fault(Exception):
    """A sentence that cannot be read as it stands."""


def read_notice(text: str, *, year: int, whole: bool = True) -> Notice:
    """Read the notice of a year. whole: it arranges the whole year, so that every holiday must be named; otherwise it
    changes single days.

    Every fault is told; with one, the days are not to be used.
    """
    plain = _plain(text)
    faults: list[NoticeFault] = []
    unread: list[str] = []
    if (title := _TITLE_YEAR.search(plain)) and int(title[1]) != year:
        faults.append(NoticeFault("", f"通知标题写的是 {title[1]} 年，您选择的是 {year} 年，请核对。"))
    items = list(_items(plain))
    if not items:
        told = "没有找到“一、元旦：……”这样的条目，请粘贴通知全文，每个假期一段。"
        faults.append(NoticeFault("", told))
    found: list[NoticeDay] = []
    for name, body in items:
        days, wrong, passed = _read_item(name, body, year)
        found += days
        faults += wrong
        unread += passed
    faults += _twice(found)
    if whole and items:
        missing = [one for one in HOLIDAYS if not any(one in name for name, _ in items)]
        if missing:
            told = f"通知没有写到{'、'.join(missing)}；只调整个别日期的，请选择“补充通知”。"
            faults.append(NoticeFault("", told))
    number = _NUMBER.search(plain)
    return Notice(
        year=year,
        number=f"国办发明电〔{number[1]}〕{number[2]}号" if number and "明电" in number[0] else _other(number),
        days=tuple(sorted(found, key=lambda one: one.day)),
        faults=tuple(faults),
        unread=tuple(unread),
    )


def _other(number: re.Match[str] | None) -> str:
    return f"国办发〔{number[1]}〕{number[2]}号" if number else ""


def _plain(text: str) -> str:
    """Half-width signs, no blanks inside lines; lines stay."""
    lines = unicodedata.normalize("NFKC", text).replace("\u200b", "").splitlines()
    return "\n".join(re.sub(r"\s+", "", line) for line in lines)


def _items(plain: str) -> Iterator[tuple[str, str]]:
    """Each holiday with what is said of it; a paragraph goes on until the next number."""
    marks = list(_ITEM.finditer(plain))
    ends = [*(mark.start() for mark in marks[1:]), len(plain)]
    for mark, end in zip(marks, ends, strict=False):
        yield mark[1], plain[mark.end() : end].replace("\n", "")


def _read_item(name: str, body: str, year: int) -> tuple[list[NoticeDay], list[NoticeFault], list[str]]:
    days: list[NoticeDay] = []
    faults: list[NoticeFault] = []
    unread: list[str] = []
    for sentence in filter(None, re.split(r"[。;]", body)):
        try:
            if "放假" in sentence and (off := _OFF.fullmatch(sentence)):
                days += [NoticeDay(day, False, name) for day in _off_days(off[1], off[2], year)]
            elif "上班" in sentence and (work := _WORK.fullmatch(sentence)):
                days += [NoticeDay(day, True, f"{name}调休上班") for day in _work_days(work[1], year)]
            elif ("放假" in sentence or "上班" in sentence) and re.search(r"\d日", sentence):
                raise _Fault(f"“{sentence[:60]}”不能按放假或上班的安排读取，请核对粘贴的文字。")
            else:
                unread.append(sentence)
        except _Fault as fault:
            faults.append(NoticeFault(name, str(fault)))
    if not any(not one.is_working for one in days) and not faults:
        faults.append(NoticeFault(name, "没有读到放假日期，请核对这一段。"))
    return days, faults, unread


def _off_days(spans: str, rest: str, year: int) -> list[dt.date]:
    days = list(_days(spans, year))
    if "与周末连休" in rest:
        days = _with_weekend(days)
    if (count := _COUNT.search(f"放假{rest}")) and int(count[1]) != len(days):
        raise _Fault(
            f"写的是共 {count[1]} 天，按日期是 {len(days)} 天（{_told(days[0])}至{_told(days[-1])}），请核对。"
        )
    return days


def _work_days(spans: str, year: int) -> list[dt.date]:
    days = list(_days(spans, year))
    if wrong := [day for day in days if day.weekday() < _SATURDAY]:
        raise _Fault(f"{'、'.join(map(_told, wrong))}不是周末，本来就是工作日，请核对日期。")
    return days


def _with_weekend(days: list[dt.date]) -> list[dt.date]:
    """The days with the weekend that touches them (与周末连休)."""
    first, last = days[0], days[-1]
    while (first - _DAY).weekday() >= _SATURDAY:
        first -= _DAY
    while (last + _DAY).weekday() >= _SATURDAY:
        last += _DAY
    return [first + _DAY * step for step in range((last - first).days + 1)]


def _days(spans: str, year: int) -> Iterator[dt.date]:
    """The days of 1月1日(周四)至3日(周六)、5日: what is not said again is that of the date before."""
    place = (year, 0)
    for piece in re.split(r"[、,和及](?![^()]*\))", spans):
        ends = []
        for text in re.split(r"至(?![^()]*\))", piece):
            parts = _DATE_PARTS.fullmatch(text)
            assert parts is not None  # the pattern of the sentence is made of it
            place = (int(parts[1]) if parts[1] else place[0], int(parts[2]) if parts[2] else place[1])
            ends.append(_one_day(place, int(parts[3]), parts[4] or "", year, text))
        first, last = ends[0], ends[-1]
        if not 0 <= (last - first).days < _LONGEST:
            raise _Fault(f"“{piece}”的起止日期颠倒或跨度超过 {_LONGEST} 天，请核对。")
        yield from (first + _DAY * step for step in range((last - first).days + 1))


def _one_day(place: tuple[int, int], number: int, remark: str, year: int, text: str) -> dt.date:
    try:
        day = dt.date(*place, number)
    except ValueError:
        raise _Fault(f"“{text}”没有月份或没有这一天，请核对。") from None
    weekday = _WEEKDAY.search(remark)
    said = weekday[1].replace("天", "日") if weekday else ""
    if said and said != _WEEKDAYS[day.weekday()]:
        raise _Fault(f"{_told(day)}是周{_WEEKDAYS[day.weekday()]}，通知写的是周{said}，请核对年份和日期。")
    near = (day.year == year - 1 and day.month == 12) or (day.year == year + 1 and day.month == 1)
    if day.year != year and not near:
        raise _Fault(f"{_told(day)}不在 {year} 年，请核对年份。")
    return day


def _twice(days: list[NoticeDay]) -> Iterator[NoticeFault]:
    seen: dict[dt.date, NoticeDay] = {}
    for one in days:
        before = seen.setdefault(one.day, one)
        if before is not one:
            kind = "又放假又上班" if before.is_working != one.is_working else "写了两次"
            yield NoticeFault(one.name, f"{_told(one.day)}{kind}（{before.name}、{one.name}），请核对。")


def _told(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
