"""Applications for tests: enterprises with people, sample facts for every clause, drafts, filled and filed files.

`policies_loaded` is a fixture to import into a package's conftest: it loads the shipped corpus once for the package's
tests and empties the database behind them.
"""

import copy
import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from accounts.actions.figures import save_figures
from accounts.enums import EnterpriseKind, EnterpriseRole
from accounts.models import Enterprise, Unit, User
from applications.actions import request_correction, start_application, submit_application
from applications.actions.corrections import PointInput
from applications.models import Application, Attachment, Correction, Revision
from applications.queries.completeness import evidence_status
from common import storage
from policies.actions import issue_call, load_corpus
from policies.models import Call, Clause, Document
from tests.factories.accounts import EnterpriseFactory, EnterpriseMemberFactory, UserFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
OPENS_ON, CLOSES_ON = date(2026, 2, 1), date(2026, 4, 30)
POLICY = "洪府发〔2023〕30号"
YEAR = 2024

FIGURES: dict[str, Any] = {
    "revenue": "3200000000.00",
    "revenue_prev": "2000000000.00",
    "sales_ex_tax": "3000000000.00",
    "rd_expense": "150000000.00",
    "rd_staff": 180,
    "newly_introduced": False,
}

#: One complete and valid set of facts for every clause that pays money.
FACTS: dict[str, dict[str, Any]] = {
    "3.1.1": {"agreement_no": "洪一企一策〔2024〕1号", "purpose": "扩大生产规模"},
    "3.1.2": {
        "loans": [
            {
                "bank": "演示银行",
                "contract_no": "JK-2024-001",
                "project": "二期厂房",
                "principal": "50000000.00",
                "drawn_on": "2024-03-01",
                "interest_paid": "1500000.00",
            }
        ]
    },
    "3.1.3a": {"listed_on": "2024-05-20", "exchange": "上海证券交易所"},
    "3.1.3b": {"neeq_listed_on": "2024-06-18"},
    "3.1.3c": {"equity_raised": "30000000.00", "investor": "演示创业投资基金", "received_on": "2024-07-01"},
    "3.1.3d": {"refinanced": "20000000.00", "venue": "江西联合股权交易中心", "received_on": "2024-08-01"},
    "3.2.1": {"agreement_no": "一事一议〔2024〕2号", "matter": "重大项目落地", "district_support": "5000000.00"},
    "3.2.2": {"investor_fortune500": True, "investment": "1200000000.00", "production_started_on": "2024-09-10"},
    "3.2.3": {"status_list": "china_ei_100", "list_year": 2024, "settlement_sales_ex_tax": "2000000000.00"},
    "3.3.1": {"silicon_led_rd": "12345678.90"},
    "3.3.2": {
        "product_sales": [
            {"category": "chip", "sales_ex_tax": "30000000.00"},
            {"category": "mocvd", "sales_ex_tax": "8000000.00"},
        ]
    },
    "3.4.1": {"base_rd_subsidy": "3000000.00", "base_grant_no": "洪科字〔2024〕8号"},
    "3.4.2": {"targets": "三年内新增发明专利二十件。"},
    "3.4.4": {"project_name": "硅衬底专项", "total_budget": "20000000.00"},
    "3.4.5": {
        "projects": [
            {"name": "智慧工厂一期", "investment": "8000000.00", "accepted_on": "2024-06-30"},
            {"name": "智慧工厂二期", "investment": "12000000.00", "accepted_on": "2024-11-30"},
        ]
    },
    "3.7.2": {"platform_name": "演示供应链平台", "turnover": "900000000.00"},
    "3.8.2": {"events": [{"name": "供需对接会", "held_on": "2024-10-12", "cost": "1500000.00"}]},
    "3.8.3": {
        "introduced": [
            {
                "name": "演示外地企业",
                "uscc": "91360100MA35A1B2XU",
                "above_scale_on": "2024-12-01",
                "event": "供需对接会",
            }
        ]
    },
}


def load_policies() -> None:
    """Load the shipped corpus unless it stands in the database already."""
    if not Document.objects.exists():
        load_corpus(by=None, at=AT)


@pytest.fixture(scope="package")
def _policies_of_package(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        load_policies()
    yield
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def policies_loaded(_policies_of_package, db) -> Document:
    """The policy document; a test that empties the database gets it loaded again."""
    load_policies()
    return Document.objects.get(number=POLICY)


@dataclass(frozen=True)
class Company:
    """An enterprise with its two people."""

    enterprise: Enterprise
    legal: User
    agent: User


def make_company(*, district: str = "高新区", kind: str = EnterpriseKind.ENTERPRISE, **values: Any) -> Company:
    """A verified enterprise with a legal representative and an agent."""
    enterprise = EnterpriseFactory(district=Unit.objects.get(name=district), kind=kind, **values)
    legal, agent = UserFactory(name="法人甲"), UserFactory(name="经办乙")
    EnterpriseMemberFactory(enterprise=enterprise, user=legal, role=EnterpriseRole.LEGAL)
    EnterpriseMemberFactory(enterprise=enterprise, user=agent, role=EnterpriseRole.AGENT)
    return Company(enterprise, legal, agent)


def make_call(
    year: int = YEAR, *, opens_on: date = OPENS_ON, closes_on: date = CLOSES_ON, number: str = POLICY
) -> Call:
    """The call of a policy and year with a window around AT; made once."""
    document = Document.objects.get(number=number)
    existing = Call.objects.filter(document=document, policy_year=year).first()
    return existing or issue_call(
        document,
        policy_year=year,
        title=f"{year}年度申报通知（测试）",
        text="",
        opens_on=opens_on,
        closes_on=closes_on,
        by=None,
        at=AT,
    )


def clause(clause_id: str) -> Clause:
    """A clause of the policy; with the number of another policy before it (演示府发〔2026〕9号 3.4.5), of that one."""
    number, _, own = clause_id.rpartition(" ")
    return Clause.objects.get(document__number=number or POLICY, clause_id=own)


def make_draft(company: Company, clause_id: str = "3.4.5", *, year: int = YEAR, at: datetime = AT) -> Application:
    """An application just started."""
    chosen = clause(clause_id)
    make_call(year, number=chosen.document.number)
    return start_application(enterprise=company.enterprise, clause=chosen, policy_year=year, by=company.agent, at=at)


def put_file(
    application: Application, key: str, *, shared: bool, by: User, content: bytes = b"%PDF-demo"
) -> Attachment:
    """A stored attachment, without going through the checks of an upload."""
    data = content + key.encode()
    return Attachment.objects.create(
        enterprise=application.enterprise,
        policy_year=application.policy_year,
        application=None if shared else application,
        evidence_key=key,
        name=f"{key}.pdf",
        kind="pdf",
        content_type="application/pdf",
        size=len(data),
        sha256=storage.put(data),
        uploaded_at=AT,
        uploaded_by=by,
    )


def fill(application: Application, company: Company, **facts: Any) -> Application:
    """Complete figures, facts and evidence; `facts` replaces sample facts."""
    figures = company.enterprise.yearly_figures.filter(policy_year=application.policy_year).first()
    if figures is None:
        save_figures(
            enterprise=company.enterprise,
            policy_year=application.policy_year,
            values=dict(FIGURES),
            expected_version=None,
            by=company.agent,
            at=AT,
        )
    application.draft = copy.deepcopy(FACTS[application.clause.clause_id] | facts)
    application.draft_version += 1
    application.save(update_fields=["draft", "draft_version"])
    for status in evidence_status(application):
        if status.is_missing:
            put_file(application, status.evidence.key, shared=status.evidence.shared, by=company.agent)
    return application


def make_filled(company: Company, clause_id: str = "3.4.5", *, year: int = YEAR) -> Application:
    """An application that can be filed."""
    return fill(make_draft(company, clause_id, year=year), company)


def file(application: Application, company: Company, *, key: str = "", at: datetime = AT) -> Revision:
    """File it as the legal representative, with `at` as the clock's answer."""
    stamp = f"{application.pk}-{application.revisions.count()}-{at.isoformat()}"
    return submit_application(
        application=application,
        idempotency_key=key or hashlib.sha256(stamp.encode()).hexdigest(),
        promise=True,
        by=company.legal,
        at=at,
        clock=lambda: at,
    )


def make_filed(company: Company, clause_id: str = "3.4.5", *, year: int = YEAR, at: datetime = AT) -> Revision:
    """A filed application's first revision; `revision.application` is the application."""
    return file(make_filled(company, clause_id, year=year), company, at=at)


def make_correction(application: Application, officer: User, *points: PointInput, due_on: date) -> Correction:
    """An open correction asked for by the district."""
    return request_correction(
        application=application,
        unit=application.enterprise.district,
        stage_label="初审",
        points=points or [PointInput("general", "", "请补充说明。")],
        due_on=due_on,
        by=officer,
        at=AT,
    )
