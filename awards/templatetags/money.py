"""The rooms of awards as tabs, for those who may enter."""

from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse

from accounts.access import ENTERPRISE, OFFICER, Role, roles_of
from accounts.models import UnitMember

register = template.Library()

#: label, address name, roles that see it (None: everybody), whether only for the paying unit.
OFFICE: tuple[tuple[str, str, tuple[Role, ...], bool], ...] = (
    ("奖补", "awards:list", (*ENTERPRISE, *OFFICER, Role.AUDITOR), False),
    ("年度核算", "awards:accounts", (*ENTERPRISE, *OFFICER, Role.AUDITOR), False),
    ("批量核算", "awards:batches", (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER, Role.LEADER, Role.AUDITOR), False),
    ("资金预算", "awards:envelopes", (*OFFICER, Role.AUDITOR), False),
    ("公示和异议", "awards:rounds", (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER, Role.LEADER, Role.AUDITOR), False),
    ("拨付", "awards:payment_lists", (Role.FINANCE, Role.LEADER, Role.AUDITOR), True),
    ("追回", "awards:recoveries", (*ENTERPRISE, *OFFICER, Role.AUDITOR), False),
    ("表格导入", "awards:imports", (*OFFICER, Role.AUDITOR), False),
)
#: What everybody may read.
PUBLIC = (
    ("公示", "awards:public_rounds"),
    ("奖补公开", "awards:open_data"),
    ("年度报告", "awards:yearly_report"),
)


def _tab(label: str, name: str, here: str) -> dict[str, Any] | None:
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    active = here == url if name == "awards:list" else here.startswith(url)
    return {"label": label, "url": url, "active": active, "count": None}


@register.inclusion_tag("components/tabs.html", takes_context=True)
def money_tabs(context: Context) -> dict[str, Any]:
    """The rooms that the person may enter, the present one marked."""
    request = context["request"]
    roles, user = roles_of(request.user), request.user
    pays = (
        Role.AUDITOR in roles
        or UnitMember.objects.filter(user=user, is_active=True, unit__is_active=True, unit__is_finance=True).exists()
    )
    tabs = [
        _tab(label, name, request.path)
        for label, name, allowed, paying in OFFICE
        if roles & set(allowed) and (pays or not paying)
    ]
    return {"tabs": [tab for tab in tabs if tab], "label": "奖补资金"}


@register.inclusion_tag("components/tabs.html", takes_context=True)
def public_tabs(context: Context) -> dict[str, Any]:
    """What everybody may read of the awards."""
    tabs = [_tab(label, name, context["request"].path) for label, name in PUBLIC]
    return {"tabs": [tab for tab in tabs if tab], "label": "公示与公开"}
