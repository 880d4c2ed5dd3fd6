"""Invented people and enterprises for demonstrations: every unit with its officers, three enterprises, all marked 演示.

Goes through the same actions as real people, so that the audit trail of a demonstration is whole.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from stdnum.cn import uscc as stdnum_uscc

from accounts.actions.bank import save_bank_account
from accounts.actions.figures import save_figures
from accounts.actions.registration import register_enterprise
from accounts.actions.verification import verify_enterprise
from accounts.enums import EnterpriseKind, EnterpriseRole, EnterpriseStatus, SystemRole, UnitRole
from accounts.models import Enterprise, EnterpriseMember, Unit, UnitMember, User
from common.errors import Conflict, NotFound

LEADING_UNIT = "市工信局"
FINANCE_UNIT = "市财政局"
DEMO_MAIL = "@demo.invalid"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛"


@dataclass(frozen=True)
class DemoAccount:
    """One account to try; `password` is empty where the account stood already and no password was given."""

    username: str
    password: str
    name: str
    organisation: str
    role: str


@dataclass(frozen=True)
class _Person:
    username: str
    role: EnterpriseRole
    name: str


@dataclass(frozen=True)
class _DemoEnterprise:
    code_body: str
    district: str
    people: tuple[_Person, ...]
    data: dict[str, Any]
    bank: dict[str, str] | None
    figures: dict[int, dict[str, object]]
    verified: bool


_LARGE = _DemoEnterprise(
    code_body="91360106MA9XYXY01",
    district="高新区",
    people=(
        _Person("qiye.faren", EnterpriseRole.LEGAL, "演示万法人"),
        _Person("qiye.jingban", EnterpriseRole.AGENT, "演示方经办"),
    ),
    data={
        "name": "演示芯屏科技（南昌）有限公司",
        "kind": EnterpriseKind.ENTERPRISE,
        "legal_representative": "演示万法人",
        "contact_name": "演示方经办",
        "contact_phone": "0791-88000001",
        "address": "南昌高新技术产业开发区演示大道 1 号",
        "established_on": date(2012, 6, 18),
        "industry_code": "3974",
    },
    bank={
        "bank_account_name": "演示芯屏科技（南昌）有限公司",
        "bank_name": "演示银行南昌高新支行",
        "bank_code": "100000000001",
        "bank_account": "6200000000000001234",
    },
    figures={
        2024: {
            "revenue": "2150000000.00",
            "revenue_prev": "1820000000.00",
            "sales_ex_tax": "2080000000.00",
            "rd_expense": "126000000.00",
            "rd_staff": 168,
            "newly_introduced": False,
        },
        2025: {
            "revenue": "2468000000.00",
            "revenue_prev": "2150000000.00",
            "sales_ex_tax": "2390000000.00",
            "rd_expense": "158600000.00",
            "rd_staff": 203,
            "newly_introduced": False,
        },
    },
    verified=True,
)
_ASSOCIATION = _DemoEnterprise(
    code_body="51360100MJ9XYXY02",
    district="红谷滩区",
    people=(_Person("xiehui.faren", EnterpriseRole.LEGAL, "演示严会长"),),
    data={
        "name": "演示电子信息行业协会",
        "kind": EnterpriseKind.ASSOCIATION,
        "legal_representative": "演示严会长",
        "contact_name": "演示严会长",
        "contact_phone": "0791-88000002",
        "address": "南昌市红谷滩区演示路 2 号",
        "established_on": date(2016, 3, 1),
    },
    bank={
        "bank_account_name": "演示电子信息行业协会",
        "bank_name": "演示银行南昌红谷滩支行",
        "bank_code": "100000000002",
        "bank_account": "6200000000000005678",
    },
    figures={
        2024: {"revenue": "3200000.00", "revenue_prev": "2900000.00", "sales_ex_tax": "3100000.00"},
        2025: {"revenue": "3600000.00", "revenue_prev": "3200000.00", "sales_ex_tax": "3500000.00"},
    },
    verified=True,
)
_SMALL = _DemoEnterprise(
    code_body="91360108MA9XYXY03",
    district="经开区",
    people=(_Person("xiaoqi.faren", EnterpriseRole.LEGAL, "演示小企业主"),),
    data={
        "name": "演示微光电子（南昌）有限公司",
        "kind": EnterpriseKind.ENTERPRISE,
        "legal_representative": "演示小企业主",
        "contact_name": "演示小企业主",
        "contact_phone": "13800000003",
        "address": "南昌经济技术开发区演示街 3 号",
        "established_on": date(2023, 9, 1),
        "industry_code": "3982",
    },
    bank=None,
    figures={
        2024: {
            "revenue": "18600000.00",
            "revenue_prev": "9200000.00",
            "sales_ex_tax": "18000000.00",
            "rd_expense": "2100000.00",
            "rd_staff": 12,
            "newly_introduced": True,
        },
        2025: {
            "revenue": "32500000.00",
            "revenue_prev": "18600000.00",
            "sales_ex_tax": "31800000.00",
            "rd_expense": "3300000.00",
            "rd_staff": 19,
            "newly_introduced": False,
        },
    },
    verified=False,
)
_MATERIALS = _DemoEnterprise(
    code_body="91360111MA9XYXY04",
    district="青山湖区",
    people=(_Person("cailiao.faren", EnterpriseRole.LEGAL, "演示晶法人"),),
    data={
        "name": "演示晶源材料（南昌）有限公司",
        "kind": EnterpriseKind.ENTERPRISE,
        "legal_representative": "演示晶法人",
        "contact_name": "演示晶法人",
        "contact_phone": "0791-88000004",
        "address": "南昌市青山湖区演示路 4 号",
        "established_on": date(2015, 4, 20),
        "industry_code": "3985",
    },
    bank={
        "bank_account_name": "演示晶源材料（南昌）有限公司",
        "bank_name": "演示银行南昌青山湖支行",
        "bank_code": "100000000004",
        "bank_account": "6200000000000004321",
    },
    figures={
        2024: {
            "revenue": "468000000.00",
            "revenue_prev": "341000000.00",
            "sales_ex_tax": "452000000.00",
            "rd_expense": "36500000.00",
            "rd_staff": 74,
            "newly_introduced": False,
        },
    },
    verified=True,
)
_TERMINALS = _DemoEnterprise(
    code_body="91360121MA9XYXY05",
    district="南昌县（小蓝经开区）",
    people=(_Person("zhongduan.faren", EnterpriseRole.LEGAL, "演示端法人"),),
    data={
        "name": "演示智联终端（南昌）股份有限公司",
        "kind": EnterpriseKind.ENTERPRISE,
        "legal_representative": "演示端法人",
        "contact_name": "演示端法人",
        "contact_phone": "0791-88000005",
        "address": "南昌县小蓝经济技术开发区演示路 5 号",
        "established_on": date(2010, 11, 8),
        "industry_code": "3922",
    },
    bank={
        "bank_account_name": "演示智联终端（南昌）股份有限公司",
        "bank_name": "演示银行南昌小蓝支行",
        "bank_code": "100000000005",
        "bank_account": "6200000000000005432",
    },
    figures={
        2024: {
            "revenue": "1360000000.00",
            "revenue_prev": "1120000000.00",
            "sales_ex_tax": "1310000000.00",
            "rd_expense": "58200000.00",
            "rd_staff": 96,
            "newly_introduced": False,
        },
    },
    verified=True,
)
DEMO_ENTERPRISES = (_LARGE, _ASSOCIATION, _SMALL, _MATERIALS, _TERMINALS)

_WORDS = {
    UnitRole.HANDLER: "jingban",
    UnitRole.APPROVER: "shenhe",
    UnitRole.FINANCE: "caiwu",
    UnitRole.LEADER: "fuzeren",
    UnitRole.EXPERT: "zhuanjia",
}
#: Units with a second 经办, so that a task can be given, taken over and passed on.
_LARGE_UNITS = ("市工信局", "市科技局", "市商务局", "高新区")
#: How many outside people are on the list of a unit that convenes panels.
_EXPERTS = {"市科技局": 4, LEADING_UNIT: 2}


class _Loader:
    """One run; remembers what to tell and how passwords are set."""

    def __init__(self, *, at: datetime, password: str | None) -> None:
        self.at = at
        self.given = password
        self.fresh = password or secrets.token_urlsafe(9)
        self.accounts: list[DemoAccount] = []

    @cached_property
    def hashed(self) -> str:
        """The fresh password as stored; hashed once, because sixty times take seconds."""
        return make_password(self.fresh)

    def person(self, username: str, name: str, organisation: str, role: str, system_role: str = "") -> User:
        """The account of this name, made where it is missing; an existing one gets a password only if one was given."""
        user = User.objects.filter(username=username).first()
        shown = self.given or ""
        if user is None:
            user = User(username=username, name=name, email=f"{username}{DEMO_MAIL}", date_joined=self.at)
            user.system_role = system_role
            user.password = self.hashed
            user.save()
            shown = self.fresh
        elif not user.email.endswith(DEMO_MAIL):
            raise Conflict(f"用户名 {username} 已被真实账号使用，不能载入演示数据。")
        elif self.given and not user.check_password(self.given):
            user.set_password(self.given)
            user.save(update_fields=["password"])
        self.accounts.append(DemoAccount(username, shown, user.name, organisation, role))
        return user

    def officers(self) -> None:
        """经办, 审核, 负责人 of every unit, a second 经办 in large ones, 财务 where money is paid, experts."""
        for number, unit in enumerate(Unit.objects.filter(is_active=True)):
            roles = [UnitRole.HANDLER, UnitRole.APPROVER]
            # Payment takes two of them.
            roles += [UnitRole.FINANCE] * 2 if unit.name == FINANCE_UNIT else []
            roles += [UnitRole.LEADER]
            roles += [UnitRole.HANDLER] if unit.name in _LARGE_UNITS else []
            roles += [UnitRole.EXPERT] * _EXPERTS.get(unit.name, 0)
            for offset, role in enumerate(roles):
                surname = _SURNAMES[(3 * number + offset) % len(_SURNAMES)]
                before = roles[:offset].count(role)
                username = f"{unit.code}.{_WORDS[role]}{before + 1 if before else ''}"
                title = "专家" if role == UnitRole.EXPERT else role.label
                user = self.person(username, f"演示{surname}{title}", unit.name, role.label)
                UnitMember.objects.get_or_create(unit=unit, user=user, role=role)

    def enterprise(self, demo: _DemoEnterprise) -> None:
        """One enterprise with its people; what stands already is left as it is."""
        name = str(demo.data["name"])
        users = [self.person(p.username, p.name, name, p.role.label) for p in demo.people]
        code = demo.code_body + stdnum_uscc.calc_check_digit(demo.code_body)
        if Enterprise.objects.filter(uscc=code).exists():
            return
        first = users[0]
        data = {**demo.data, "uscc": code, "district": _unit(demo.district), "role": demo.people[0].role}
        enterprise = register_enterprise(user=first, data=data, at=self.at)
        for user, person in zip(users[1:], demo.people[1:], strict=True):
            EnterpriseMember.objects.create(enterprise=enterprise, user=user, role=person.role)
        if demo.bank:
            enterprise = save_bank_account(
                enterprise=enterprise, data=demo.bank, expected_version=enterprise.version, by=first, at=self.at
            )
        for year, values in demo.figures.items():
            save_figures(
                enterprise=enterprise, policy_year=year, values=values, expected_version=None, by=first, at=self.at
            )
        if demo.verified and enterprise.status == EnterpriseStatus.PENDING:
            officers = UnitMember.objects.filter(
                unit=enterprise.district, role=UnitRole.HANDLER, user__email__endswith=DEMO_MAIL
            )
            verify_enterprise(enterprise=enterprise, by=officers.order_by("pk")[0].user, at=self.at)


def _unit(name: str) -> Unit:
    unit = Unit.objects.filter(name=name).first()
    if unit is None:
        raise NotFound(f"单位“{name}”不存在，请先执行 manage.py load_policies。")
    return unit


@transaction.atomic
def load_demo(*, at: datetime, password: str | None = None) -> list[DemoAccount]:
    """Make what is missing of the demonstration and return its accounts; safe to repeat.

    password: one for all accounts; None makes one up for accounts that are new now and leaves the others alone.
    Raises NotFound where the units have not been loaded (policies' command does that), Conflict where a real account
    has one of the names.
    """
    _unit(LEADING_UNIT)
    loader = _Loader(at=at, password=password)
    loader.person("admin", "演示管理员", "系统管理", SystemRole.ADMINISTRATOR.label, SystemRole.ADMINISTRATOR)
    # Policies are published by a second administrator.
    loader.person("admin2", "演示复核管理员", "系统管理", SystemRole.ADMINISTRATOR.label, SystemRole.ADMINISTRATOR)
    loader.person("shenji", "演示审计", "审计", SystemRole.AUDITOR.label, SystemRole.AUDITOR)
    loader.officers()
    for demo in DEMO_ENTERPRISES:
        loader.enterprise(demo)
    return loader.accounts
