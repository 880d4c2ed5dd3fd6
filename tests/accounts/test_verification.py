"""The district's answer: who may give it, once, about what was seen; and the enterprise's correction."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from accounts.actions.verification import reject_enterprise, resubmit_enterprise, update_enterprise, verify_enterprise
from accounts.enums import EnterpriseStatus, UnitRole
from accounts.models import Enterprise, UnitMember
from accounts.workflow import TRANSITIONS, target
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories.accounts import (
    AT,
    AdministratorFactory,
    AuditorFactory,
    BureauFactory,
    DistrictFactory,
    EnterpriseFactory,
    EnterpriseMemberFactory,
    PendingEnterpriseFactory,
    RejectedEnterpriseFactory,
    UnitMemberFactory,
    UserFactory,
    make_uscc,
)

pytestmark = pytest.mark.django_db


def page(enterprise) -> str:
    return reverse("accounts:verification", args=[enterprise.pk])


def test_accepting(pending, handler, as_user):
    response = as_user(handler).post(page(pending), {"action": "accept", "accept-version": pending.version})
    assert response.status_code == 302
    pending.refresh_from_db()
    assert (pending.status, pending.verified_by) == (EnterpriseStatus.VERIFIED, handler)
    assert AuditEvent.objects.filter(event="accounts.enterprise_verified", subject_id=str(pending.pk)).count() == 1
    assert pending.members.get().user.notifications.get().title == "企业信息已核实"


def test_rejecting_tells_the_enterprise_why(pending, approver, as_user):
    answers = {"action": "reject", "reject-version": pending.version, "reject-reason": "法定代表人与营业执照不一致。"}
    assert as_user(approver).post(page(pending), answers).status_code == 302
    pending.refresh_from_db()
    assert pending.status == EnterpriseStatus.REJECTED
    member = pending.members.get().user
    assert member.notifications.get().body == "法定代表人与营业执照不一致。"
    assert "法定代表人与营业执照不一致。" in as_user(member).get(reverse("accounts:enterprise")).content.decode()


def test_rejecting_needs_a_reason(pending, handler, as_user):
    response = as_user(handler).post(page(pending), {"action": "reject", "reject-version": pending.version})
    assert response.status_code == 422
    assert "请填写退回原因。" in response.content.decode()
    for reason in ("   ", "长" * 501):
        with pytest.raises(Invalid):
            reject_enterprise(enterprise=pending, reason=reason, by=handler, at=AT)
    pending.refresh_from_db()
    assert pending.status == EnterpriseStatus.PENDING


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (UnitRole.HANDLER, True),
        (UnitRole.APPROVER, True),
        (UnitRole.LEADER, False),
        (UnitRole.FINANCE, False),
    ],
)
def test_only_handlers_and_approvers_of_the_district(pending, district, role, allowed, as_user):
    user = UnitMemberFactory(unit=district, role=role).user
    if allowed:
        assert as_user(user).get(page(pending)).status_code == 200
        verify_enterprise(enterprise=pending, by=user, at=AT)
    else:
        assert as_user(user).get(page(pending)).status_code == 403
        with pytest.raises(NotAllowed):
            verify_enterprise(enterprise=pending, by=user, at=AT)


def test_another_district_sees_nothing(pending, foreign_handler, as_user):
    client = as_user(foreign_handler)
    assert client.get(page(pending)).status_code == 404
    assert client.post(page(pending), {"action": "accept", "accept-version": 1}).status_code == 404
    assert pending.name not in client.get(reverse("accounts:verification_queue")).content.decode()
    for act in (
        lambda: verify_enterprise(enterprise=pending, by=foreign_handler, at=AT),
        lambda: reject_enterprise(enterprise=pending, reason="无", by=foreign_handler, at=AT),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_missing_enterprise_looks_like_a_foreign_one(handler, as_user):
    assert as_user(handler).get(reverse("accounts:verification", args=[987654])).status_code == 404


@pytest.mark.parametrize("make", [AdministratorFactory, AuditorFactory])
def test_administrators_and_auditors_do_not_verify(pending, make, as_user):
    user = make()
    assert as_user(user).get(page(pending)).status_code == 403
    with pytest.raises(NotAllowed):
        verify_enterprise(enterprise=pending, by=user, at=AT)


def test_a_bureau_does_not_verify(pending):
    user = UnitMemberFactory(unit=BureauFactory(), role=UnitRole.HANDLER).user
    with pytest.raises(NotFound):
        verify_enterprise(enterprise=pending, by=user, at=AT)


def test_who_acts_for_the_enterprise_does_not_verify_it(pending, handler):
    EnterpriseMemberFactory(enterprise=pending, user=handler)
    with pytest.raises(NotAllowed):
        verify_enterprise(enterprise=pending, by=handler, at=AT)


def test_demoted_meanwhile(pending, handler, as_user):
    client = as_user(handler)
    UnitMember.objects.filter(user=handler).update(is_active=False)
    assert client.post(page(pending), {"action": "accept", "accept-version": 1}).status_code == 403
    with pytest.raises(NotFound):
        verify_enterprise(enterprise=pending, by=handler, at=AT)


def test_twice_is_a_conflict(pending, handler, approver, as_user):
    verify_enterprise(enterprise=pending, by=handler, at=AT)
    response = as_user(approver).post(page(pending), {"action": "accept", "accept-version": 1})
    assert response.status_code == 409
    assert "已经核实" in response.content.decode()
    with pytest.raises(Conflict):
        reject_enterprise(enterprise=pending, reason="晚了", by=approver, at=AT)
    assert AuditEvent.objects.filter(event__startswith="accounts.enterprise_", subject_id=str(pending.pk)).count() == 1


def test_an_edit_meanwhile_is_a_conflict_and_what_was_typed_stays(pending, handler, as_user):
    member = pending.members.get().user
    update_enterprise(enterprise=pending, data={"address": "新地址"}, expected_version=1, by=member, at=AT)
    answers = {"action": "reject", "reject-version": 1, "reject-reason": "写了很久的原因"}
    response = as_user(handler).post(page(pending), answers)
    assert response.status_code == 409
    text = response.content.decode()
    assert "写了很久的原因" in text
    assert "新地址" in text
    pending.refresh_from_db()
    assert pending.status == EnterpriseStatus.PENDING
    answers["reject-version"] = response.context["reject"].data["reject-version"]
    assert as_user(handler).post(page(pending), answers).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once(pending, handler, approver):
    """Both press the button in the same moment: one decision, one conflict, one audit event."""
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def press(user):
        start.wait()
        try:
            verify_enterprise(enterprise=pending, by=user, at=AT, expected_version=pending.version)
            outcomes.append("done")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[user]) for user in (handler, approver)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "done"]
    assert AuditEvent.objects.filter(event="accounts.enterprise_verified").count() == 1
    assert Enterprise.objects.get(pk=pending.pk).version == pending.version + 1


def test_rejected_corrects_and_resubmits(district, handler, as_user):
    row = RejectedEnterpriseFactory(district=district)
    member = EnterpriseMemberFactory(enterprise=row).user
    client = as_user(member)
    code = make_uscc()
    answers = {
        "name": row.name, "uscc": code, "kind": row.kind, "district": district.pk, "legal_representative": "新法人",
        "contact_name": row.contact_name, "contact_phone": row.contact_phone, "version": row.version,
    }  # fmt: skip
    assert client.post(reverse("accounts:enterprise_edit"), answers).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.uscc, row.rejection_reason, row.verified_by) == (EnterpriseStatus.PENDING, code, "", None)
    assert handler.notifications.get().title == f"企业信息已更正，待核实：{row.name}"
    changes = AuditEvent.objects.get(event="accounts.enterprise_resubmitted").data
    assert changes["legal_representative"] == {"from": "张三", "to": "新法人"}
    with pytest.raises(Conflict):
        resubmit_enterprise(enterprise=row, data={}, expected_version=row.version, by=member, at=AT)


@pytest.mark.parametrize(
    ("field", "reopens"),
    [("name", True), ("uscc", True), ("kind", True), ("district", True), ("address", False), ("contact_name", False)],
)
def test_a_change_of_what_the_district_vouched_for_reopens(enterprise, legal, field, reopens):
    value = {"uscc": make_uscc(), "kind": "association", "district": DistrictFactory()}.get(field, "改动后的内容")
    saved = update_enterprise(enterprise=enterprise, data={field: value}, expected_version=1, by=legal, at=AT)
    assert saved.status == (EnterpriseStatus.PENDING if reopens else EnterpriseStatus.VERIFIED)
    assert (saved.verified_by is None) is reopens


def test_a_move_asks_the_new_district(enterprise, legal, handler, foreign_handler):
    new = foreign_handler.unit_memberships.get().unit
    update_enterprise(enterprise=enterprise, data={"district": new}, expected_version=1, by=legal, at=AT)
    assert foreign_handler.notifications.count() == 1
    assert not handler.notifications.exists()
    with pytest.raises(NotFound):
        verify_enterprise(enterprise=enterprise, by=handler, at=AT)


def test_saving_what_stands_changes_nothing(enterprise, legal):
    saved = update_enterprise(
        enterprise=enterprise, data={"name": enterprise.name}, expected_version=1, by=legal, at=AT
    )
    assert saved.version == 1
    assert not AuditEvent.objects.filter(event="accounts.enterprise_changed").exists()


def test_colleagues_do_not_overwrite_each_other(enterprise, legal, agent, as_user):
    update_enterprise(enterprise=enterprise, data={"address": "同事填的地址"}, expected_version=1, by=legal, at=AT)
    answers = {
        "name": enterprise.name, "uscc": enterprise.uscc, "kind": enterprise.kind, "district": enterprise.district_id,
        "legal_representative": "我填的法人", "contact_name": "甲", "contact_phone": "13800000000", "version": 1,
    }  # fmt: skip
    response = as_user(agent).post(reverse("accounts:enterprise_edit"), answers)
    assert response.status_code == 409
    assert "我填的法人" in response.content.decode()
    assert "同事填的地址" in response.content.decode()


def test_a_taken_code_on_editing(enterprise, legal):
    other = EnterpriseFactory()
    with pytest.raises(Invalid) as caught:
        update_enterprise(enterprise=enterprise, data={"uscc": other.uscc}, expected_version=1, by=legal, at=AT)
    assert list(caught.value.errors) == ["uscc"]


def test_strangers_do_not_edit(enterprise):
    stranger = EnterpriseMemberFactory().user
    with pytest.raises(NotFound):
        update_enterprise(enterprise=enterprise, data={"name": "别人"}, expected_version=1, by=stranger, at=AT)


@pytest.mark.parametrize("gesture", list(TRANSITIONS))
@pytest.mark.parametrize("status", EnterpriseStatus.values)
def test_the_whole_table(gesture, status):
    row = Enterprise(status=status)
    sources, leads_to = TRANSITIONS[gesture]
    if status in sources:
        assert target(gesture, row) == leads_to
    else:
        with pytest.raises(Conflict):
            target(gesture, row)


def test_the_queue_lists_filters_and_finds(district, handler, as_user):
    waiting = PendingEnterpriseFactory(district=district, name="等待核实的演示公司")
    done = EnterpriseFactory(district=district, name="已经核实的演示公司")
    client = as_user(handler)
    address = reverse("accounts:verification_queue")
    everything = client.get(address).content.decode()
    assert everything.index(waiting.name) < everything.index(done.name)
    assert done.name not in client.get(address, {"status": "pending"}).content.decode()
    found = client.get(address, {"q": done.uscc.lower()[:12]}).content.decode()
    assert done.name in found or waiting.name in found
    assert "没有符合条件的企业" in client.get(address, {"q": "不存在"}).content.decode()
    assert client.get(address, {"status": "nonsense"}).status_code == 200


def test_the_queue_costs_the_same_for_1_and_50(district, handler, as_user, django_assert_num_queries):
    client = as_user(handler)
    address = reverse("accounts:verification_queue")
    EnterpriseFactory(district=district)
    client.get(address)

    def count() -> int:
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    few = count()
    EnterpriseFactory.create_batch(49, district=district, verified_by=UserFactory())
    assert count() == few
    assert few <= 12
