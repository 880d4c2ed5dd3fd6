"""Template filters and tags for what people see: money, dates, icons, due lights, addresses.

Loaded as a builtin of the template engine, so that no template needs ``{% load ui %}``. Nothing here decides anything;
a filter that gets nothing (None, "") writes nothing, so that a missing value never looks like a zero.
"""

import datetime
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet, BoundField
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from common import money

register = template.Library()

SPRITE = "vendor/icons/sprite.svg"
AMBER_AT = 2
"""Working days left from which a due date is amber (procedure: two days left)."""

_MONEY_TEXT = re.compile(r"(-?)(\d+)\.(\d{2})")
_DAY_TEXT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


# Money ----------------------------------------------------------------------------------------------------------


@register.filter
def yuan(fen: int | None) -> str:
    """分 → 元 with thousands separators and two decimals: ``123400`` → ``1,234.00``."""
    return "" if fen is None or fen == "" else money.grouped(fen)


@register.filter
def wan(fen: int | None) -> str:
    """分 → 万元, exact and as short as possible: ``200000000`` → ``200``, grouped above 1,000 万元."""
    if fen is None or fen == "":
        return ""
    whole, point, rest = money.wan(fen).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole != "-0" else f"-0{point}{rest}"


@register.filter
def capitals(fen: int | None) -> str:
    """分 → capitals as on letters: ``200000000`` → ``人民币贰佰万元整``; empty for nothing and for negative amounts."""
    if fen is None or fen == "" or fen < 0:
        return ""
    return f"人民币{money.capitals(fen)}"


@register.filter
def figure(value: Any) -> str:
    """A value of a calculation: sums of 元 get thousands separators, days are written in Chinese, all else stays."""
    if day := _DAY_TEXT.fullmatch(str(value)):
        return f"{int(day[1])}年{int(day[2])}月{int(day[3])}日"
    match = _MONEY_TEXT.fullmatch(str(value))
    return f"{match[1]}{int(match[2]):,}.{match[3]}" if match else str(value)


# Dates ----------------------------------------------------------------------------------------------------------


def _local(value: datetime.date | datetime.datetime) -> datetime.date | datetime.datetime:
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


@register.filter
def zhdate(value: datetime.date | datetime.datetime | None) -> str:
    """Date as written in Chinese, without leading zeros: ``2026年11月5日``; instants in Asia/Shanghai."""
    if not value:
        return ""
    day = _local(value)
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def zhdatetime(value: datetime.datetime | None) -> str:
    """Instant in Asia/Shanghai to the minute: ``2026年11月5日 14:03``; a plain date keeps no time."""
    if not value:
        return ""
    if not isinstance(value, datetime.datetime):
        return zhdate(value)
    return f"{zhdate(value)} {_local(value):%H:%M}"


@register.filter
def iso(value: datetime.date | datetime.datetime | None) -> str:
    """Machine-readable form for ``<time datetime>``; instants with their offset."""
    return _local(value).isoformat() if value else ""


# Due dates and states ---------------------------------------------------------------------------------------------


class Light(NamedTuple):
    """A traffic light that can be read aloud: tone of the colour, name of the icon (shape), the words."""

    tone: str
    icon: str
    text: str


@register.filter
def due_light(days_left: int | None) -> Light | None:
    """Working days left → light and text: 剩 N 个工作日, amber up to two, red when negative."""
    if days_left is None or days_left == "":
        return None
    if days_left < 0:
        return Light("over", "exclamation-diamond-fill", f"已逾期 {-days_left} 个工作日")
    if days_left == 0:
        return Light("soon", "exclamation-triangle-fill", "今日到期")
    if days_left <= AMBER_AT:
        return Light("soon", "exclamation-triangle-fill", f"剩 {days_left} 个工作日")
    return Light("ok", "circle-fill", f"剩 {days_left} 个工作日")


_TONE_ICONS = {
    "neutral": "circle",
    "info": "circle-half",
    "success": "check-circle-fill",
    "warning": "exclamation-triangle-fill",
    "danger": "x-circle-fill",
}


@register.filter
def tone_icon(tone: str | None) -> str:
    """Shape that goes with the tone of a badge; unknown tones are neutral."""
    return _TONE_ICONS.get(tone or "neutral", _TONE_ICONS["neutral"])


_MESSAGE_TONES = {"debug": "info", "info": "info", "success": "success", "warning": "warning", "error": "danger"}


@register.filter
def message_tone(level_tag: str) -> str:
    """Level of django.contrib.messages → tone of a notice."""
    return _MESSAGE_TONES.get(level_tag, "info")


_NOTICE_ICONS = {
    "info": "info-circle-fill",
    "success": "check-circle-fill",
    "warning": "exclamation-triangle-fill",
    "danger": "exclamation-circle-fill",
}


@register.filter
def notice_icon(tone: str | None) -> str:
    """Shape that goes with the tone of a notice."""
    return _NOTICE_ICONS.get(tone or "info", _NOTICE_ICONS["info"])


_STAGE_STATES = {
    "done": ("已完成", "check-circle-fill"),
    "current": ("办理中", "circle-half"),
    "todo": ("待办理", "circle"),
    "paused": ("暂停计时", "pause-circle-fill"),
    "returned": ("已退回", "arrow-counterclockwise"),
    "cancelled": ("不再办理", "dash-circle"),
}


@register.filter
def stage_word(state: str) -> str:
    """State of a step of the timeline in words."""
    return _STAGE_STATES.get(state, ("", ""))[0]


@register.filter
def stage_icon(state: str) -> str:
    """State of a step of the timeline as a shape."""
    return _STAGE_STATES.get(state, ("", "circle"))[1]


_FILE_ICONS = {
    "pdf": "file-earmark-pdf",
    "jpg": "file-earmark-image",
    "jpeg": "file-earmark-image",
    "png": "file-earmark-image",
    "xlsx": "file-earmark-spreadsheet",
    "docx": "file-earmark-word",
}


@register.filter
def file_icon(name: str) -> str:
    """Icon for a file name by its extension."""
    return _FILE_ICONS.get(str(name).rpartition(".")[2].lower(), "file-earmark")


# Icons and addresses ----------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str | None, label: str = "") -> SafeString | str:
    """An icon of the sprite. Decoration by default; give a label where the icon stands alone."""
    if not name:
        return ""
    naming = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true", "focusable": "false"}
    return format_html(
        '<svg class="icon" width="16" height="16"{}><use href="{}#{}"></use></svg>',
        flatatt(naming),
        static(SPRITE),
        name,
    )


@register.simple_tag(takes_context=True)
def query_string(context: template.Context, **changes: Any) -> str:
    """The present query with changes, filters kept: ``{% query_string page=2 %}`` → ``?unit=3&page=2``.

    None or "" removes a key. Changing anything but ``page`` starts again at the first page.
    Never empty ("?" at least), so that the address also clears what was there.
    """
    request = context.get("request")
    query = MultiValueDict(request.GET.lists()) if request is not None else MultiValueDict()
    if changes and "page" not in changes:
        query.pop("page", None)
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        elif isinstance(value, list | tuple):
            query.setlist(key, [str(item) for item in value])
        else:
            query[key] = str(value)
    return f"?{urlencode(query, doseq=True)}"


@register.filter
def page_numbers(page: Page) -> list[int | None]:
    """Pages to offer: first, last, two around the present one; None stands for a gap."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else None for number in numbers]


# Forms ------------------------------------------------------------------------------------------------------------


class ErrorItem(NamedTuple):
    """One line of the error summary: the id of the field ("" if it belongs to none) and the sentence."""

    field_id: str
    message: str


def _field_id(field: BoundField) -> str:
    # Groups of radios or checkboxes have no id of their own for a label: point at their first input.
    return field.id_for_label or (f"{field.auto_id}_0" if field.auto_id else "")


def _form_items(form: BaseForm) -> Iterable[ErrorItem]:
    for message in form.non_field_errors():
        yield ErrorItem("", str(message))
    for field in form:
        for message in field.errors:
            label = str(field.label or "").rstrip("。：:")
            named = str(message) if not label or label in str(message) else f"{label}：{message}"
            yield ErrorItem("" if field.is_hidden else _field_id(field), named)


@register.filter
def error_items(source: Any) -> list[ErrorItem]:
    """Every fault of a form, a formset, or a ready list of {field_id, message}, in the order of the page."""
    if source is None or source == "":
        return []
    if isinstance(source, BaseForm):
        return list(_form_items(source)) if source.is_bound else []
    if isinstance(source, BaseFormSet):
        if not source.is_bound:
            return []
        items = [ErrorItem("", str(message)) for message in source.non_form_errors()]
        return items + [item for form in source.forms for item in _form_items(form)]
    if isinstance(source, dict):
        # DomainError.errors: field name → sentences; Django's automatic ids are id_<name>.
        return [ErrorItem(f"id_{name}" if name else "", text) for name, texts in source.items() for text in texts]
    items = []
    for entry in source:
        if isinstance(entry, str):
            items.append(ErrorItem("", entry))
        elif isinstance(entry, dict):
            items.append(ErrorItem(entry.get("field_id") or "", entry["message"]))
        elif isinstance(entry, BaseForm | BaseFormSet):
            items.extend(error_items(entry))
        else:
            items.append(ErrorItem(getattr(entry, "field_id", "") or "", entry.message))
    return items


@register.filter
def widget_attr(field: BoundField, name: str) -> Any:
    """An attribute of a field's widget whose name has a hyphen, e.g. ``data-money``; "" if absent."""
    return field.field.widget.attrs.get(name, "")
