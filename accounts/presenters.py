"""Rows of pages about enterprises, for components/summary_list.html."""

from typing import Any

from django.urls import NoReverseMatch, reverse

from accounts.enums import EnterpriseStatus
from accounts.models import Enterprise
from common.fields import mask_account
from common.templatetags.ui import zhdate

_TONES = {
    EnterpriseStatus.PENDING: "warning",
    EnterpriseStatus.VERIFIED: "success",
    EnterpriseStatus.REJECTED: "danger",
}


def status_tone(enterprise: Enterprise) -> str:
    """The tone of the state's badge."""
    return _TONES[EnterpriseStatus(enterprise.status)]


def enterprise_rows(enterprise: Enterprise) -> list[dict[str, Any]]:
    """What an enterprise says about itself, in the order of the form."""
    return [
        {"key": "名称", "value": enterprise.name},
        {"key": "统一社会信用代码", "value": enterprise.uscc},
        {"key": "主体类型", "value": enterprise.get_kind_display()},
        {"key": "所属县区（开发区）", "value": enterprise.district.name},
        {"key": "法定代表人", "value": enterprise.legal_representative},
        {"key": "联系人", "value": enterprise.contact_name},
        {"key": "联系电话", "value": enterprise.contact_phone},
        {"key": "注册地址", "value": enterprise.address},
        {"key": "成立日期", "value": zhdate(enterprise.established_on)},
        {"key": "行业代码（GB/T 4754）", "value": enterprise.industry_code},
    ]


def bank_rows(enterprise: Enterprise) -> list[dict[str, Any]]:
    """The account for payments, masked; empty where there is none yet."""
    if not enterprise.bank_account:
        return []
    return [
        {"key": "户名", "value": enterprise.bank_account_name},
        {"key": "开户行", "value": enterprise.bank_name},
        {"key": "行号", "value": enterprise.bank_code},
        {"key": "账号", "value": mask_account(enterprise.bank_account)},
    ]


#: Rooms of 政策维护 that lie across documents, as the tabs of units and people show them; the rooms to the left name
#: their own pages (policies/presenters.py), of which accounts knows the addresses only.
_HOUSE = (
    ("文件", "editing:home"),
    ("申报通知", "editing:calls"),
    ("参考利率", "editing:series"),
    ("工作日历", "editing:calendar"),
    ("单位组", "editing:unit_groups"),
    ("单位", "accounts:units"),
    ("人员与角色", "accounts:people"),
)


def house_tabs(active: str) -> list[dict[str, Any]]:
    """The tabs of 政策维护 across documents; `active` is the name of an address. Missing pages are left out."""
    found = []
    for label, name in _HOUSE:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        found.append({"label": label, "url": url, "active": name == active, "count": None})
    return found
