"""What the pages of 政策维护 share: where one is inside a document, and what a version is called."""

from typing import Any

from django.urls import reverse

from policies.models import ClauseVersion, Document, PolicyRules
from policies.queries.cases import needs_cases

Version = ClauseVersion | PolicyRules

#: Rooms of one document, in the order in which one is made: label, name of the address (argument: slug).
_ROOMS = (
    ("总览", "editing:document"),
    ("正文", "editing:document_text"),
    ("申报材料", "editing:document_evidence"),
    ("产业目标", "editing:document_targets"),
    ("待确认事项", "editing:settings"),
    ("发布", "editing:publications"),
)
#: Rooms across documents.
_HOUSE = (
    ("文件", "editing:home"),
    ("申报通知", "editing:calls"),
    ("参考利率", "editing:series"),
    ("工作日历", "editing:calendar"),
    ("单位组", "editing:unit_groups"),
    ("单位", "accounts:units"),
    ("人员与角色", "accounts:people"),
)


def tabs(active: str, document: Document | None = None) -> list[dict[str, Any]]:
    """The tabs of a document's rooms, or without a document of the whole of 政策维护; `active` is an address name."""
    rooms, named = (_HOUSE, []) if document is None else (_ROOMS, [document.slug])
    return [
        {"label": label, "url": reverse(name, args=named), "active": name == active, "count": None}
        for label, name in rooms
    ]


def editor_url(version: Version) -> str:
    """The page on which a version is read and, as a draft, edited."""
    return reverse("editing:clause" if isinstance(version, ClauseVersion) else "editing:rules", args=[version.pk])


def version_ways(version: Version, here: str) -> list[dict[str, Any]]:
    """The tabs of one version's pages; `here` is content, cases, compare or history."""
    kind = "clause" if isinstance(version, ClauseVersion) else "rules"
    ways = [("内容", editor_url(version), "content")]
    if isinstance(version, ClauseVersion) and needs_cases(version):
        ways.append(("算例", reverse("editing:cases", args=[version.pk]), "cases"))
    for label, page in (("对照", "compare"), ("沿革", "history")):
        ways.append((label, reverse(f"editing:{kind}_{page}", args=[version.pk]), page))
    return [{"label": label, "url": url, "active": page == here, "count": None} for label, url, page in ways]
