"""What the page frame shows: navigation by role, who is signed in, unread messages."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts.access import ENTERPRISE, OFFICER, Role, memberships_of, roles_of
from accounts.enums import UnitKind

#: Shown to districts only: bureaus have no enterprises of their own to verify.
VERIFICATION = "企业核实"

# label, address name, icon, roles that see it (None = everyone), whether only for the signed-in
NAVIGATION: tuple[tuple[str, str, str, tuple[Role, ...] | None], ...] = (
    ("政策库", "policies:index", "book", None),
    ("我的申报", "applications:list", "folder", ENTERPRISE),
    ("我的奖补", "awards:list", "award", ENTERPRISE),
    ("我的文书", "letters:list", "file-text", ENTERPRISE),
    ("文书", "letters:list", "file-text", (*OFFICER, Role.AUDITOR)),
    ("企业信息", "accounts:enterprise", "building", ENTERPRISE),
    ("我的待办", "reviews:queue", "inbox", OFFICER),
    ("全部案卷", "reviews:cases", "archive", (*OFFICER, Role.AUDITOR)),
    ("我的评审", "reviews:expert_desk", "clipboard-check", (Role.EXPERT,)),
    ("办理总览", "reviews:overview", "bar-chart", (Role.LEADER, Role.AUDITOR)),
    ("本单位", "reviews:unit", "people", (Role.OFFICER_APPROVER, Role.LEADER)),
    ("外出代办", "reviews:absences", "calendar-check", (Role.OFFICER_HANDLER,)),
    (VERIFICATION, "accounts:verification_queue", "person-check", (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER)),
    ("奖补资金", "awards:list", "calculator", (*OFFICER, Role.AUDITOR)),
    ("政策维护", "editing:home", "pencil-square", (Role.ADMINISTRATOR, Role.AUDITOR)),
    ("文书用语", "letters:texts", "file-text", (Role.ADMINISTRATOR,)),
    ("分担比例", "awards:ratios", "calculator", (Role.ADMINISTRATOR,)),
    ("政策模拟", "awards:simulations", "sliders", (Role.ADMINISTRATOR, Role.AUDITOR)),
    ("系统管理", "admin:index", "gear", (Role.ADMINISTRATOR,)),
    ("公示与公开", "awards:public_rounds", "bar-chart", None),
    ("文书核验", "letters:verify", "shield-check", None),
)

#: What the address of an entry has more than the addresses of its whole room.
ROOMS = {"awards:public_rounds": "publicity/"}
#: Rooms elsewhere that belong to an entry.
BESIDE = {"editing:home": ("/people/", "/units/", "/rights/", "/awards/impact/", "/applications/versions/")}


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _who(user: Any, roles: frozenset[Role]) -> tuple[dict[str, str], bool]:
    """The person as the frame shows them, and whether they are an officer of a district."""
    enterprises, units = memberships_of(user)
    memberships = [(membership.enterprise.name, membership.get_role_display()) for membership in enterprises]
    of_district = False
    if not memberships:
        memberships = [(membership.unit.name, membership.get_role_display()) for membership in units]
        of_district = any(membership.unit.kind == UnitKind.DISTRICT for membership in units)
    org, role_label = memberships[0] if memberships else ("", user.get_system_role_display() if roles else "")
    return {"name": user.name or user.username, "org": org, "role_label": role_label}, of_district


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame's data as `shell`; touches the database only for the signed-in."""
    user: Any = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    roles = roles_of(user) if signed_in else frozenset()
    who, of_district = _who(user, roles) if signed_in else (None, False)
    nav: list[dict[str, Any]] = []
    for label, name, icon, allowed in NAVIGATION:
        if (allowed is not None and not roles & set(allowed)) or (label == VERIFICATION and not of_district):
            continue
        url = _address(name)
        if url:
            room = url.removesuffix(ROOMS.get(name, ""))
            entry = {"label": label, "name": name, "url": url, "room": room, "icon": icon}
            nav.append({**entry, "active": False, "count": None})
    # Where one entry's address lies below another's, the page belongs to the nearer one.
    here = [
        (len(room), entry)
        for entry in nav
        for room in (entry["room"], *BESIDE.get(entry["name"], ()))
        if request.path.startswith(room)
    ]
    if here:
        max(here, key=lambda found: found[0])[1]["active"] = True
    return {
        "shell": {
            "nav": nav,
            "who": who,
            "notifications": user.notifications.filter(read_at=None).count() if signed_in else 0,
            "notifications_url": _address("accounts:notifications"),
            "profile_url": _address("accounts:profile"),
            "login_url": _address("account_login"),
            "logout_url": _address("account_logout"),
            "signup_url": _address("account_signup"),
        }
    }
