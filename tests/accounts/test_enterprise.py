"""The enterprise's own pages, its account for payments and its yearly figures."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.actions.bank import save_bank_account
from accounts.actions.figures import save_figures
from accounts.models import Enterprise, YearlyFigures
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories.accounts import (
    AT,
    EnterpriseFactory,
    EnterpriseMemberFactory,
    PendingEnterpriseFactory,
    UserFactory,
    YearlyFiguresFactory,
)

pytestmark = pytest.mark.django_db
BANK = {
    "bank_account_name": "演示公司",
    "bank_name": "演示银行南昌支行",
    "bank_code": "100000000001",
    "bank_account": "6222 0000 1111 2222 333",
}
DIGITS = "6222000011112222333"


def set_bank(enterprise, by, **changes):
    version = changes.pop("expected_version", enterprise.version)
    return save_bank_account(enterprise=enterprise, data={**BANK, **changes}, expected_version=version, by=by, at=AT)


def test_the_account_is_encrypted_at_rest(enterprise, legal):
    set_bank(enterprise, legal)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM accounts_enterprise e WHERE id = %s", [enterprise.pk])
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(data::text, ' ') FROM audit_auditevent")
        recorded = cursor.fetchone()[0]
    for secret in (DIGITS, BANK["bank_code"], BANK["bank_name"]):
        assert secret not in stored
    assert DIGITS not in recorded
    assert Enterprise.objects.get(pk=enterprise.pk).bank_account == DIGITS


def test_the_account_is_masked_on_every_page(enterprise, legal, agent, handler, as_user):
    set_bank(enterprise, legal)
    own = as_user(legal).get(reverse("accounts:enterprise")).content.decode()
    assert "2333" in own
    pages = [own, as_user(agent).get(reverse("accounts:enterprise")).content.decode()]
    pages += [as_user(legal).get(reverse("accounts:bank_account")).content.decode()]
    pages += [as_user(legal).get(reverse("accounts:notifications")).content.decode()]
    officer = as_user(handler).get(reverse("accounts:verification", args=[enterprise.pk])).content.decode()
    assert "2333" not in officer
    assert all(DIGITS not in page for page in (*pages, officer))


def test_a_change_is_told_to_everybody_of_the_enterprise(enterprise, legal, agent):
    set_bank(enterprise, legal)
    assert agent.notifications.get().title == "收款账户已变更"
    event = AuditEvent.objects.get(event="accounts.bank_account_changed")
    assert event.data == {"from": "", "to": "**** **** 2333"}


def test_only_a_legal_member_sets_it(enterprise, agent, handler, as_user):
    with pytest.raises(NotAllowed):
        set_bank(enterprise, agent)
    with pytest.raises(NotFound):
        set_bank(enterprise, handler)
    assert as_user(agent).post(reverse("accounts:bank_account"), BANK).status_code == 403


def test_faults_all_at_once(enterprise, legal, as_user):
    with pytest.raises(Invalid) as caught:
        set_bank(enterprise, legal, bank_account_name="", bank_code="12", bank_account="abc")
    assert set(caught.value.errors) == {"bank_account_name", "bank_code", "bank_account"}
    answers = {**BANK, "bank_code": "12", "version": enterprise.version}
    response = as_user(legal).post(reverse("accounts:bank_account"), answers)
    assert response.status_code == 422
    assert "行号（联行号）应为 12 位数字。" in response.content.decode()


def test_an_outdated_page_is_a_conflict(enterprise, legal, as_user):
    set_bank(enterprise, legal)
    with pytest.raises(Conflict):
        set_bank(enterprise, legal, expected_version=1)
    assert as_user(legal).post(reverse("accounts:bank_account"), {**BANK, "version": 1}).status_code == 409
    saved = as_user(legal).post(reverse("accounts:bank_account"), {**BANK, "version": 2})
    assert saved.status_code == 302


def test_the_page_says_what_is_missing(district, as_user):
    row = PendingEnterpriseFactory(district=district)
    agent = EnterpriseMemberFactory(enterprise=row, role="agent").user
    page = as_user(agent).get(reverse("accounts:enterprise")).content.decode()
    assert f"等待{district.name}核实" in page
    assert "本单位还没有法定代表人（授权人）账号" in page
    assert "尚未填写" in page


def test_verified_has_a_verifier_and_pending_has_none(enterprise):
    for change in ({"verified_by": None}, {"verified_at": None}, {"status": "pending"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Enterprise.objects.filter(pk=enterprise.pk).update(**change)


@pytest.mark.parametrize("code", ["91360100MAI0000001", "9136", "91360100ma00000010"])
def test_the_database_refuses_codes_of_another_form(code):
    with pytest.raises(IntegrityError), transaction.atomic():
        EnterpriseFactory(uscc=code)


# Yearly figures -------------------------------------------------------------------------------------------------


def figures(enterprise, by, values, expected):
    return save_figures(enterprise=enterprise, policy_year=2025, values=values, expected_version=expected, by=by, at=AT)


def test_figures_are_made_changed_and_recorded(enterprise, agent, legal):
    first = figures(enterprise, agent, {"revenue": "100.00", "rd_staff": 3}, None)
    assert first.version == 1
    second = figures(enterprise, legal, {"revenue": "200.00", "rd_staff": 3}, 1)
    assert (second.pk, second.version, second.updated_by) == (first.pk, 2, legal)
    changes = [
        event.data["changes"] for event in AuditEvent.objects.filter(event="accounts.figures_saved").order_by("pk")
    ]
    assert changes[1] == {"revenue": {"from": "100.00", "to": "200.00"}}


def test_equal_figures_keep_the_version(enterprise, agent):
    figures(enterprise, agent, {"revenue": "100.00"}, None)
    assert figures(enterprise, agent, {"revenue": "100.00"}, 1).version == 1
    assert AuditEvent.objects.filter(event="accounts.figures_saved").count() == 1


@pytest.mark.parametrize("expected", [None, 1, 3])
def test_an_outdated_version_is_a_conflict(enterprise, agent, legal, expected):
    YearlyFiguresFactory(enterprise=enterprise, policy_year=2025, version=2, updated_by=legal)
    with pytest.raises(Conflict) as caught:
        figures(enterprise, agent, {"revenue": "1.00"}, expected)
    assert caught.value.changed_by == legal.name
    assert YearlyFigures.objects.get().version == 2


def test_a_version_of_nothing_is_a_conflict(enterprise, agent):
    with pytest.raises(Conflict):
        figures(enterprise, agent, {}, 1)


def test_figures_are_for_members_only(enterprise, handler):
    for user in (handler, EnterpriseMemberFactory().user, UserFactory()):
        with pytest.raises(NotFound):
            figures(enterprise, user, {}, None)


def test_the_page_lists_the_years(enterprise, legal, as_user, django_assert_max_num_queries):
    YearlyFiguresFactory(enterprise=enterprise, policy_year=2024)
    YearlyFiguresFactory(enterprise=enterprise, policy_year=2025)
    client = as_user(legal)
    with django_assert_max_num_queries(22):
        page = client.get(reverse("accounts:enterprise")).content.decode()
    assert page.index("2025 年度") < page.index("2024 年度")
