"""Who sees which award, and what the pages tell: the enterprise its own, nobody a held one before its time."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import UnitRole
from awards.actions import compute_award
from awards.enums import AwardState
from awards.models import Award
from awards.urls import awards as room
from common.canonical import digest
from reviews.enums import Outcome, StageKind
from tests.awards.test_compute import held_award
from tests.awards.test_recompute import overwrite, set_day_count
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.applications import FACTS, file, fill, make_company, make_draft
from tests.factories.awards import forward, make_award, settle
from tests.factories.reviews import (
    LATER,
    advance_to,
    approver,
    case_of,
    decide,
    make_case,
    officer,
    task_of,
)

MISSING = 987654321


def test_no_address_is_left_out():
    """Those of the other rooms stand in tests/architecture and in the tests of their room."""
    assert {pattern.name for pattern in room.urlpatterns} == {"list", "award", "receipt"}


@pytest.fixture
def awards(company, stranger):
    """One award of each enterprise: 3.4.5 in 高新区 (led by 市工信局), 3.1.3b in 经开区 (led by 市金融办)."""
    other = advance_to(make_case(stranger, "3.1.3b"), StageKind.LEAD)
    decide(task_of(other))

    return make_award(company), settled(other)


def settled(case) -> Award:
    """The award of a case that its leads approved, settled by them."""
    award = compute_award(application_id=case.application_id, at=LATER)
    settle(award.account)
    return Award.objects.get(pk=award.pk)


def status(user, address: str, method: str = "get") -> int:
    client = Client()
    if user is not None:
        client.force_login(user)
    return getattr(client, method)(address).status_code


#: role → what it sees of (own, other).
SEES = {
    "enterprise_legal": (200, 404),
    "enterprise_agent": (200, 404),
    "stranger_legal": (404, 200),
    "district": (200, 404),
    "lead_handler": (200, 404),
    "lead_approver": (200, 404),
    "lead_leader": (200, 404),
    "other_lead": (404, 200),
    "treasury_finance": (404, 200),  # nothing is to be paid yet; 市财政局 was consulted on 3.1.3b
    "treasury_handler": (404, 200),  # 市财政局 was consulted on 3.1.3b, not on 3.4.5
    "unit_finance_elsewhere": (404, 404),
    "auditor": (200, 200),
    "administrator": (403, 403),
    "plain": (403, 403),
    "anonymous": (302, 302),
    "suspended": (302, 302),
}


def test_every_address_for_every_role(awards, company, stranger):
    suspended = officer("市工信局", UnitRole.FINANCE)
    suspended.is_active = False
    suspended.save(update_fields=["is_active"])
    people = {
        "enterprise_legal": company.legal,
        "enterprise_agent": company.agent,
        "stranger_legal": stranger.legal,
        "district": officer("高新区"),
        "lead_handler": officer("市工信局"),
        "lead_approver": approver("市工信局"),
        "lead_leader": officer("市工信局", UnitRole.LEADER),
        "other_lead": officer("市金融办"),
        "treasury_finance": officer("市财政局", UnitRole.FINANCE),
        "treasury_handler": officer("市财政局"),
        "unit_finance_elsewhere": officer("市科技局", UnitRole.FINANCE),
        "auditor": AuditorFactory(),
        "administrator": AdministratorFactory(),
        "plain": UserFactory(),
        "anonymous": None,
        "suspended": suspended,
    }
    assert set(people) == set(SEES)
    listed = {403: 403, 302: 302}
    wrong = []
    for role, user in people.items():
        for award, wanted in zip(awards, SEES[role], strict=True):
            address = reverse("awards:award", args=[award.pk])
            if (found := status(user, address)) != wanted:
                wrong.append((role, address, found, wanted))
            # What somebody sent is kept on a page of its own where the session is over.
            if (found := status(user, address, "post")) != {403: 403, 302: 401}.get(wanted, 405):
                wrong.append((role, address, "POST", found))
            address = reverse("awards:receipt", args=[award.pk])  # its document claims this one award
            if (found := status(user, address)) != wanted:
                wrong.append((role, address, found, wanted))
        wanted = listed.get(SEES[role][0], 200)
        if (found := status(user, reverse("awards:list"))) != wanted:
            wrong.append((role, "list", found, wanted))
        if (found := status(user, reverse("awards:award", args=[MISSING]))) != listed.get(SEES[role][0], 404):
            wrong.append((role, "missing", found))
    assert wrong == []


def test_the_list_holds_what_the_pages_show(awards, company):
    for user, wanted in ((company.legal, {awards[0]}), (AuditorFactory(), set(awards))):
        assert set(Award.objects.visible_to(user)) == wanted


class TestHeld:
    @pytest.fixture
    def held(self, company, monkeypatch):
        return held_award(company, monkeypatch)

    def test_hidden_from_the_enterprise_and_from_payment(self, held, company, client):
        for user in (company.legal, company.agent, officer("市财政局", UnitRole.FINANCE)):
            assert not Award.objects.visible_to(user).exists()
            assert status(user, reverse("awards:award", args=[held.pk])) == 404
        client.force_login(company.legal)
        assert held.application.number not in client.get(reverse("awards:list")).content.decode()

    def test_shown_to_the_lead_with_both_figures(self, held, client):
        client.force_login(officer("市工信局"))
        page = client.get(reverse("awards:award", args=[held.pk])).content.decode()
        assert "8,000,000.00" in page
        assert "9,000,000.00" in page
        assert "待人工核对" in page


def test_the_enterprise_reads_its_working_and_no_opinion(company, client):
    case = advance_to(make_case(company, "3.3.2"), StageKind.CONSULTATION)

    decide(task_of(case), outcome=Outcome.REMARKS, reasons="内部意见甲")
    decide(task_of(case), reasons="内部理由乙")
    award = settled(case)
    client.force_login(company.legal)
    page = client.get(reverse("awards:award", args=[award.pk])).content.decode()
    assert "3,800,000.00" in page
    assert "叁佰捌拾万元整" in page
    for hidden in ("内部意见甲", "内部理由乙", officer("市工信局").name, officer("市财政局").name):
        assert hidden not in page


def test_what_is_zero_says_why(company, client):
    make_award(company, "3.4.2")
    second = make_award(company, "3.4.1")
    assert second.state == AwardState.NOTHING
    client.force_login(company.legal)
    assert "就高不就低" in client.get(reverse("awards:list")).content.decode()
    page = client.get(reverse("awards:award", args=[second.pk])).content.decode()
    assert "“研发投入”类同类型条款只奖补一项：企业未另作选择，就高取 3.4.2" in page


def test_the_list_asks_as_often_for_three_rows_as_for_one(company, client):
    auditor = AuditorFactory()
    client.force_login(auditor)
    make_award(company, "3.4.5")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("awards:list"))
        assert answer.status_code == 200
        return len(queries)

    one = asked()
    make_award(company, "3.3.2")
    make_award(make_company(district="经开区"), "3.4.5")
    assert asked() == one
    assert Award.objects.count() == 3


def test_hostile_text_is_shown_not_run(policies_loaded, client):
    payload = "<script>alert(1)</script>"
    company = make_company(name=f"演示{payload}有限公司")

    project = FACTS["3.4.5"]["projects"][0] | {"name": f"\"'><img src=x onerror=alert(1)>{payload}"}
    case = case_of(file(fill(make_draft(company), company, projects=[project]), company))
    advance_to(case, None)
    award = settled(case)
    client.force_login(company.legal)
    for address in (reverse("awards:list"), reverse("awards:award", args=[award.pk])):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


class TestReceipt:
    @pytest.fixture
    def pair(self, company):
        """Two awards of one enterprise, led by 市工信局 and by 市金融办; the later receipt holds the facts of both."""
        first = forward(make_award(company), AwardState.PUBLIC)  # it stays, and with it its own receipt
        other = advance_to(make_case(company, "3.1.3b"), StageKind.LEAD)
        decide(task_of(other))
        return first, settled(other)

    def page(self, client, user, award):
        client.force_login(user)
        return client.get(reverse("awards:award", args=[award.pk])).content.decode()

    def test_the_page_proves_it_and_shows_its_sums(self, company, client):
        award = make_award(company)
        page = self.page(client, company.legal, award)
        assert "凭据核验：" in page
        assert 'data-state="same"' in page
        assert "各项金额与计算过程均与凭据相同" in page
        for name in ("sha256", "definition_sha256", "engine_sha256", "facts_sha256", "answer_sha256", "source_sha256"):
            assert award.receipt[name] in page

    def test_the_page_tells_what_was_touched(self, company, client):
        award = make_award(company)
        overwrite("awards_award", award.pk, settled_fen=8_999_999_99)
        page = self.page(client, company.legal, award)
        assert 'data-state="touched"' in page
        assert "奖补记录的核定金额为 8,999,999.99 元，凭据为 9,000,000.00 元。" in page

    def test_the_page_tells_later_changes(self, company, client):
        award = make_award(company, "3.1.2")
        set_day_count()
        page = self.page(client, AuditorFactory(), award)
        assert 'data-state="same"' in page
        assert "设置「贷款贴息的计息年天数」现为 365，出具时为 360。" in page

    def test_the_file_is_the_receipt(self, company, client):
        award = make_award(company)
        client.force_login(company.agent)
        answer = client.get(reverse("awards:receipt", args=[award.pk]))
        assert answer["Content-Type"] == "application/json"
        assert "attachment" in answer["Content-Disposition"]
        assert "no-store" in answer["Cache-Control"]
        assert "“5G+智慧工厂”" in answer.content.decode()
        found = json.loads(answer.content)
        assert found == award.receipt
        assert digest({key: value for key, value in found.items() if key != "sha256"}) == found["sha256"]

    def test_facts_of_other_clauses_are_for_those_who_see_them(self, pair, company, client):
        """A unit that leads one clause does not read through the receipt what was filed under another."""
        first, second = pair
        other_lead = officer("市金融办")
        assert status(other_lead, reverse("awards:award", args=[second.pk])) == 200
        assert status(other_lead, reverse("awards:receipt", args=[second.pk])) == 404
        page = self.page(client, other_lead, second)
        assert reverse("awards:receipt", args=[second.pk]) not in page
        assert "只有可以查看全部内容的人员才能下载" in page
        # The treasury was consulted on the second alone; it reads the first once that is to be paid.
        treasury = officer("市财政局", UnitRole.FINANCE)
        assert status(treasury, reverse("awards:receipt", args=[second.pk])) == 404
        Award.objects.filter(pk=first.pk).update(state=AwardState.APPROVED, approved_at=LATER)
        for user in (company.legal, AuditorFactory(), treasury):
            assert status(user, reverse("awards:receipt", args=[second.pk])) == 200
            assert reverse("awards:receipt", args=[second.pk]) in self.page(client, user, second)
        assert status(officer("市工信局"), reverse("awards:receipt", args=[first.pk])) == 200
