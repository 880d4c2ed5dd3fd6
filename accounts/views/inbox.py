"""The inbox of one person, and how its messages reach that person besides."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest, signed_in
from accounts.actions.inbox import mark_all_read, mark_read
from accounts.actions.notices import choose_channels
from accounts.enums import NoticeChannel, NoticeTopic
from accounts.notifications import channels_of
from accounts.queries import inbox, unread_by_topic
from common.errors import Invalid

PER_PAGE = 20


def _topic(text: str | None) -> NoticeTopic | None:
    """The topic that an address or a form names; None for all and for anything unknown."""
    return NoticeTopic(text) if text in NoticeTopic.values else None


def _inbox_address(topic: NoticeTopic | None) -> str:
    address = reverse("accounts:notifications")
    return f"{address}?topic={topic.value}" if topic else address


@require_safe
@signed_in
def notifications(request: SignedInRequest) -> HttpResponse:
    """The inbox, unread first; `?topic=` shows one topic."""
    topic = _topic(request.GET.get("topic"))
    unread = unread_by_topic(request.user)
    if topic:
        unread.setdefault(topic, 0)
    tabs = [{"label": "全部", "url": _inbox_address(None), "active": topic is None, "count": None}]
    for other in NoticeTopic:
        if other in unread:
            label = other.label.partition("（")[0]
            tabs.append(
                {
                    "label": label,
                    "url": _inbox_address(other),
                    "active": other == topic,
                    "count": unread[other] or None,
                }
            )
    context = {
        "page_obj": Paginator(inbox(request.user, topic), PER_PAGE).get_page(request.GET.get("page")),
        "topic": topic,
        "tabs": tabs if len(tabs) > 1 else [],
        "unread": unread.get(topic, 0) if topic else sum(unread.values()),
    }
    return render(request, "accounts/notifications.html", context)


@require_POST
@signed_in
def notification_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark one message as read and go where it points, within this site; with `stay` back to the inbox."""
    message = mark_read(notification_id=pk, by=request.user, at=timezone.now())
    # allowed_hosts empty: only paths of this site pass, whatever got into the table.
    if "stay" not in request.POST and message.url and url_has_allowed_host_and_scheme(message.url, allowed_hosts=None):
        return redirect(message.url)
    return redirect(_inbox_address(_topic(request.POST.get("topic"))))


@require_POST
@signed_in
def notifications_read(request: SignedInRequest) -> HttpResponse:
    """Mark everything, or everything of one topic, as read."""
    topic = _topic(request.POST.get("topic"))
    count = mark_all_read(by=request.user, at=timezone.now(), topic=topic)
    messages.success(request, f"已将 {count} 条消息标为已读。" if count else "没有未读消息。")
    return redirect(_inbox_address(topic))


@require_http_methods(["GET", "POST"])
@signed_in
def notice_choices(request: SignedInRequest) -> HttpResponse:
    """How each kind of message reaches the person besides the inbox; one button returns to the defaults."""
    now, defaults = channels_of(request.user)
    chosen: dict[str, str] = {topic.value: channel.value for topic, channel in now.items()}
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        if "reset" in request.POST:
            chosen = {topic.value: channel.value for topic, channel in defaults.items()}
        else:
            chosen = {topic.value: request.POST.get(topic.value, "") for topic in NoticeTopic}
        try:
            choose_channels(choices=chosen, by=request.user, at=timezone.now())
        except Invalid as refused:
            errors = refused.errors
        else:
            messages.success(request, "已恢复默认的送达方式。" if "reset" in request.POST else "送达方式已保存。")
            return redirect("accounts:notice_choices")
    context = {
        "rows": [
            _row(topic, chosen[topic.value], defaults[topic], errors.get(topic.value, [])) for topic in NoticeTopic
        ],
        "channels": NoticeChannel.choices,
        "errors": [
            {"field_id": f"id_{topic.value}_0", "message": f"{topic.label}：{sentence}"}
            for topic in NoticeTopic
            for sentence in errors.get(topic.value, [])
        ],
        "has_errors": bool(errors),
    }
    return render(request, "accounts/notice_choices.html", context, status=422 if errors else 200)


def _row(topic: NoticeTopic, chosen: str, default: NoticeChannel, errors: list[str]) -> dict[str, Any]:
    """One line of the table: a topic and its channels, which of them is chosen and which is the default."""
    name, _, detail = topic.label.partition("（")
    return {
        "topic": topic,
        "name": name,
        "detail": detail.rstrip("）"),
        "errors": errors,
        "options": [
            {"channel": channel, "checked": channel.value == chosen, "default": channel == default}
            for channel in NoticeChannel
        ],
    }
