"""The pages of 追回: who sees which form, what is kept of what was typed, what a list costs."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UnitRole
from accounts.models import Ban
from applications.actions.messages import Enclosure
from awards.actions.set_offs import propose_set_off
from awards.enums import RecoveryState, Share
from awards.models import Award, Recovery
from awards.recovery_presenters import steps_of
from common.outbox.actions import run_owed
from common.templatetags.ui import zhdate
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import make_company
from tests.factories.awards import make_approved_award, payer
from tests.factories.exports import pdf_of
from tests.factories.recoveries import FOUND_AT, decide, draft, find, make_demanded, make_paid_award
from tests.factories.reviews import approver, officer

LEAD = "市工信局"
SCRIPT = '<script>alert("x")</script>'


@pytest.fixture
def paid(company) -> Award:
    return make_paid_award(company)


@pytest.fixture
def demanded(paid) -> Recovery:
    return make_demanded(paid)


def page(client, user, name: str, *args, **query) -> str:
    client.force_login(user)
    response = client.get(reverse(f"awards:{name}", args=args), query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def post(client, user, name: str, recovery: Recovery, **data):
    client.force_login(user)
    version = Recovery.objects.get(pk=recovery.pk).version
    return client.post(reverse(f"awards:{name}", args=[recovery.pk]), {"expected_version": version, **data})


class TestList:
    def test_the_enterprise_sees_what_was_demanded_and_nothing_else(self, client, paid, company):
        find(paid)
        assert "没有需要退回的资金" in page(client, company.legal, "recoveries")
        text = page(client, officer(LEAD), "recoveries")
        assert paid.application.number in text
        assert "已发现，待决定" in text
        decide(draft(Recovery.objects.get()))
        text = page(client, company.legal, "recoveries")
        assert "1,000,000.00" in text
        assert "待决定" not in text

    def test_a_stranger_sees_nothing(self, client, demanded, stranger):
        assert demanded.award.application.number not in page(client, stranger.legal, "recoveries")
        client.force_login(stranger.legal)
        assert client.get(reverse("awards:recovery", args=[demanded.pk])).status_code == 404

    def test_it_asks_as_often_for_three_as_for_one(self, client, demanded):
        user = payer()
        page(client, user, "recoveries")  # session, content types

        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as caught:
                page(client, user, "recoveries")
            return len(caught)

        once = queries()
        for district in ("经开区", "高新区"):
            make_demanded(make_paid_award(make_company(district=district)))
        assert Recovery.objects.count() == 3
        assert queries() == once

    def test_every_tab_opens_and_a_spoilt_one_is_the_first(self, client, demanded):
        for view in ("deciding", "demanded", "closed", "dropped", "nonsense", SCRIPT):
            assert SCRIPT not in page(client, officer(LEAD), "recoveries", view=view)


class TestReporting:
    def test_from_the_award_to_the_recovery(self, client, paid):
        client.force_login(officer(LEAD))
        url = reverse("awards:recovery_new", args=[paid.pk])
        files = {"attachments": SimpleUploadedFile("照片.pdf", pdf_of("照片"))}
        response = client.post(url, {"finding": f"设备不在现场 {SCRIPT}", **files})
        recovery = Recovery.objects.get()
        assert response.url == reverse("awards:recovery", args=[recovery.pk])
        text = client.get(response.url).content.decode()
        assert SCRIPT not in text
        assert "照片.pdf" in text
        file = client.get(reverse("awards:recovery_file", args=[recovery.pk, recovery.files.get().pk]))
        assert (file.status_code, file["X-Content-Type-Options"]) == (200, "nosniff")

    def test_nothing_typed(self, client, paid):
        client.force_login(officer(LEAD))
        response = client.post(reverse("awards:recovery_new", args=[paid.pk]), {"finding": " "})
        assert response.status_code == 422
        assert "请填写发现的问题。" in response.content.decode()

    def test_whoever_may_not_is_told(self, client, paid):
        client.force_login(officer("高新区"))
        assert client.get(reverse("awards:recovery_new", args=[paid.pk])).status_code == 403


class TestDeciding:
    def test_the_handler_drafts_and_the_approver_decides(self, client, paid):
        recovery = find(paid)
        text = page(client, officer(LEAD), "recovery", recovery.pk)
        assert "拟定追回决定" in text
        assert 'value="3"' in text, "the policy's years stand in the form"
        due = timezone.localdate() + timedelta(days=30)
        values = {"amount": "1,000,000", "due_on": due.isoformat(), "ban_years": "1", "reason": "发票虚开。"}
        assert post(client, officer(LEAD), "recovery_draft", recovery, **values).status_code == 302
        text = page(client, approver(LEAD), "recovery", recovery.pk)
        assert "拟作的决定" in text
        assert "data-dialog-open" in text
        assert "data-dialog-open" not in page(client, officer(LEAD), "recovery", recovery.pk)
        assert post(client, approver(LEAD), "recovery_decide", recovery).status_code == 302
        recovery.refresh_from_db()
        assert (recovery.state, recovery.amount_fen, recovery.ban_years) == (RecoveryState.DEMANDED, 1_000_000_00, 1)

    def test_faults_come_back_with_what_was_typed(self, client, paid):
        recovery = find(paid)
        response = post(
            client,
            officer(LEAD),
            "recovery_draft",
            recovery,
            amount="-5",
            due_on="2020-01-01",
            ban_years="99",
            reason="写好的理由",
        )
        text = response.content.decode()
        assert response.status_code == 422
        for words in ("金额不能为负数", "退款期限须晚于今天", "限制申报最长 10 年", "写好的理由", "错误："):
            assert words in text, words
        recovery.refresh_from_db()
        assert recovery.state == RecoveryState.FOUND

    def test_a_stale_version_keeps_the_text(self, client, paid):
        recovery = draft(find(paid))
        response = post(client, approver(LEAD), "recovery_return", recovery, expected_version="1", note="请核减")
        assert response.status_code == 409
        assert "请核减" in response.content.decode()

    def test_the_address_of_a_gesture_leads_to_the_page(self, client, paid):
        recovery = find(paid)
        client.force_login(officer(LEAD))
        for name in ("recovery_draft", "recovery_decide", "recovery_drop", "recovery_receipt", "ban_lift"):
            response = client.get(reverse(f"awards:{name}", args=[recovery.pk]))
            assert response.url == reverse("awards:recovery", args=[recovery.pk])

    @pytest.mark.parametrize("name", ["draft", "decide", "drop", "receipt", "reverse", "set_off", "ban"])
    def test_a_unit_that_only_reads_changes_nothing(self, client, demanded, name):
        values = {"amount": "5", "reason": "x", "reference": "x", "on": "2026-04-20", "target": "1:city"}
        address = "ban_lift" if name == "ban" else f"recovery_{name}"
        response = post(client, officer("高新区"), address, demanded, **values)
        assert response.status_code in {403, 409, 422}
        assert not demanded.receipts.exists()


class TestPaying:
    def test_instalments_with_the_balance_after_each(self, client, demanded):
        today = timezone.localdate().isoformat()
        for number, amount in enumerate(("400,000", "100000.50")):
            response = post(
                client, payer(), "recovery_receipt", demanded, amount=amount, on=today, reference=f"P-{number}"
            )
            assert response.status_code == 302
        text = page(client, payer(), "recovery", demanded.pk)
        assert "600,000.00" in text
        assert "499,999.50" in text

    def test_too_much_names_what_is_outstanding_and_keeps_the_sum(self, client, demanded):
        today = timezone.localdate().isoformat()
        response = post(
            client, payer(), "recovery_receipt", demanded, amount="2000000", on=today, reference="P", note="第一笔"
        )
        text = response.content.decode()
        assert response.status_code == 422
        assert "退款不能超过尚欠的 1,000,000.00 元，不能填写 2,000,000.00 元。" in text
        assert 'value="2000000"' in text
        assert "第一笔" in text

    def test_the_same_voucher_twice(self, client, demanded):
        today = timezone.localdate().isoformat()
        values = {"amount": "5", "on": today, "reference": "P-1"}
        assert post(client, payer(), "recovery_receipt", demanded, **values).status_code == 302
        response = post(client, payer(), "recovery_receipt", demanded, **values)
        assert response.status_code == 409
        assert "没有重复登记" in response.content.decode()
        assert demanded.receipts.count() == 1

    def test_a_reversal_and_a_foreign_entry(self, client, demanded, stranger):
        today = timezone.localdate().isoformat()
        post(client, payer(), "recovery_receipt", demanded, amount="5", on=today, reference="P-1")
        other = make_demanded(make_paid_award(stranger))
        row = demanded.receipts.get()
        response = post(client, payer(), "recovery_reverse", other, receipt=row.pk, note="更正")
        assert response.status_code == 422
        assert post(client, payer(), "recovery_reverse", demanded, receipt=row.pk, note="更正").status_code == 302
        text = page(client, payer(), "recovery", demanded.pk)
        assert "已冲减" in text
        assert f"冲减 {zhdate(timezone.localdate())} 到账的一笔（P-1）：更正" in text

    def test_what_the_enterprise_sees(self, client, demanded, company):
        run_owed(at=FOUND_AT)
        text = page(client, company.legal, "recovery", demanded.pk)
        for words in ("发票虚开，按规定追回。", "追回通知", "上传退款凭证", "1,000,000.00"):
            assert words in text, words
        for words in ("发票与合同金额不一致", str(officer(LEAD)), "发现的问题", "登记退款", "从后续奖补抵扣"):
            assert words not in text, words

    def test_the_voucher_is_for_those_inside_and_the_enterprise(self, client, demanded, company):
        client.force_login(company.agent)
        url = reverse("awards:recovery_voucher", args=[demanded.pk])
        client.post(url, {"attachments": SimpleUploadedFile("回单.pdf", pdf_of("回单"))})
        file = demanded.files.get()
        address = reverse("awards:recovery_file", args=[demanded.pk, file.pk])
        for user, status in ((company.legal, 200), (payer(), 200), (AuditorFactory(), 200), (officer("高新区"), 404)):
            client.force_login(user)
            assert client.get(address).status_code == status

    def test_a_finding_s_documents_are_not_for_the_enterprise(self, client, paid, company):
        from awards.actions.recoveries import report_finding

        files = [Enclosure("线索.pdf", SimpleUploadedFile("线索.pdf", pdf_of("线索")))]
        recovery = report_finding(award=paid, finding="x", files=files, by=officer(LEAD), at=FOUND_AT)
        decide(draft(recovery))
        client.force_login(company.legal)
        address = reverse("awards:recovery_file", args=[recovery.pk, recovery.files.get().pk])
        assert client.get(address).status_code == 404
        assert "线索.pdf" not in page(client, company.legal, "recovery", recovery.pk)

    def test_no_file_is_a_sentence(self, client, demanded, company):
        response = post(client, company.legal, "recovery_voucher", demanded)
        assert response.status_code == 422
        assert "请选择退款凭证文件。" in response.content.decode()


class TestSetOff:
    def test_proposed_and_decided(self, client, demanded, company):
        later = make_approved_award(company, "3.3.2")
        text = page(client, officer(LEAD), "recovery", demanded.pk)
        assert f'value="{later.pk}:city"' in text
        values = {"target": f"{later.pk}:city", "amount": "1000", "reason": "企业同意。"}
        assert post(client, officer(LEAD), "recovery_set_off", demanded, **values).status_code == 302
        assert "待审核的抵扣" in page(client, approver(LEAD), "recovery", demanded.pk)
        proposal = demanded.set_off_proposals.get()
        response = post(client, approver(LEAD), "recovery_set_off_decide", demanded, expected_version=proposal.version)
        assert response.status_code == 302
        text = page(client, company.legal, "recovery", demanded.pk)
        assert f"从 {later.application.number} 的市级资金抵扣" in text
        assert "999,000.00" in text
        # Whoever wonders why less of the later award is paid finds the claim from there.
        for user in (company.legal, officer(LEAD), payer()):
            text = page(client, user, "award", later.pk)
            assert f"抵扣：{demanded.award.application.number} 的追回" in text
            assert reverse("awards:recovery", args=[demanded.pk]) in text

    def test_another_enterprise_s_award_is_none(self, client, demanded, stranger):
        later = make_approved_award(stranger, "3.3.2")
        values = {"target": f"{later.pk}:city", "amount": "1000", "reason": "x"}
        response = post(client, officer(LEAD), "recovery_set_off", demanded, **values)
        assert response.status_code == 422
        assert "请选择列出的奖补。" in response.content.decode()

    def test_nothing_chosen_and_nothing_typed_is_told_at_once(self, client, demanded):
        """Not one fault after the other: whoever forgot the award is told of the sum and the reason as well."""
        response = post(client, officer(LEAD), "recovery_set_off", demanded, target="", amount="一千", reason=" ")
        assert response.status_code == 422
        faults = response.context["set_off_form"].errors
        assert set(faults) == {"target", "amount", "reason"}
        assert 'value="一千"' in response.content.decode()
        response = post(client, payer(), "recovery_reverse", demanded, receipt="", note="")
        assert (response.status_code, set(response.context["reverse_form"].errors)) == (422, {"receipt", "note"})

    def test_sent_back(self, client, demanded, company):
        later = make_approved_award(company, "3.3.2")
        propose_set_off(
            recovery=demanded, award=later, share=Share.CITY, amount_fen=5, reason="x", by=officer(LEAD), at=FOUND_AT
        )
        response = post(
            client, approver(LEAD), "recovery_set_off_return", demanded, expected_version=1, note="先催收。"
        )
        assert response.status_code == 302
        assert "先催收。" in page(client, officer(LEAD), "recovery", demanded.pk)


class TestBan:
    def test_the_head_lifts_it_on_the_page(self, client, paid, company):
        # Decided today: a page knows no other day.
        now = timezone.now()
        recovery = find(paid, at=now)
        draft(recovery, ban_years=1, due_on=timezone.localdate() + timedelta(days=30), at=now)
        decide(recovery, at=now)
        assert "限制申报至" in page_of_enterprise(client, company)
        head = officer(LEAD, UnitRole.LEADER)
        assert "提前解除" in page(client, head, "recovery", recovery.pk)
        assert "提前解除" not in page(client, approver(LEAD), "recovery", recovery.pk)
        assert post(client, head, "ban_lift", recovery, reason=" ").status_code == 422
        assert post(client, head, "ban_lift", recovery, reason="已整改。").status_code == 302
        assert Ban.objects.get().lifted_reason == "已整改。"
        assert "限制申报至" not in page_of_enterprise(client, company)


def page_of_enterprise(client, company) -> str:
    client.force_login(company.legal)
    return client.get(reverse("accounts:enterprise")).content.decode()


def test_whoever_does_not_read_the_letter_is_told_that_it_went_out(demanded):
    steps = steps_of(demanded, None, inside=True, days_left=5)
    assert {step["label"]: step["state"] for step in steps}["追回通知"] == "done"


def test_the_page_of_the_award_leads_to_it(client, demanded, company):
    address = reverse("awards:recovery", args=[demanded.pk])
    for user in (company.legal, officer(LEAD), payer()):
        assert address in page(client, user, "award", demanded.award_id)
