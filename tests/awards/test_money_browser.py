"""From approval to money and back in the browser: three approved files of one enterprise through choice, cap, publicity
with an objection, letters, payment with a return, and a repayment.

Figures, in 元: 3.3.1 gives 2,469,135.78, 3.4.1 3,000,000.00 (one group), 3.4.5 9,000,000.00. Sales of 2.2 亿元 cap the
sum at 11,000,000.00. The enterprise chooses 3.3.1 although 3.4.1 pays more; the cap then cuts in clause order:
⌊11,000,000.00 × 2,469,135.78 ÷ 11,469,135.78⌋ = 2,368,137.76 and the rest, 8,631,862.24.
"""

import re
import subprocess
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.enums import UnitRole
from applications.enums import State
from applications.models import Application
from awards.actions import compute_award
from awards.enums import AwardState
from awards.models import Award, Envelope, Objection, PublicityRound, Recovery
from common.money import yuan
from common.outbox.actions import run_owed
from common.workdays import end_of_day
from letters.models import Letter
from tests.awards.test_compute import with_sales
from tests.factories.awards import fund, payer
from tests.factories.reviews import approver, make_approved, officer
from tests.reviews.test_browser import chromium, signed_in

__all__ = ["chromium"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
]
ACCOUNT = "6200000000000001234"
ANOTHER = "6200000000000009876"
RESEARCH, SMART = "市科技局", "市工信局"


class Clock:
    """The clock of the pages and of the database's answers; it runs, and can be put forward."""

    def __init__(self) -> None:
        self.real = timezone.now
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return self.real() + self.ahead

    def forward_to(self, moment: datetime) -> None:
        self.ahead = moment - self.real()


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr("django.utils.timezone.now", made)
    monkeypatch.setattr("awards.actions.objections.database_now", made)
    monkeypatch.setattr("awards.actions.publicity_closing.database_now", made)
    return made


@pytest.fixture
def company(policies_loaded):
    """An enterprise with a bank account and three approved files, their awards computed, their budgets given."""
    made = with_sales("220000000.00")
    enterprise = made.enterprise
    enterprise.bank_account_name, enterprise.bank_name = enterprise.name, "演示银行南昌分行"
    enterprise.bank_code, enterprise.bank_account = "100000000001", ACCOUNT
    enterprise.save()
    for clause in ("3.3.1", "3.4.1", "3.4.5"):
        fund(compute_award(application_id=make_approved(made, clause).pk, at=timezone.now()))
    Envelope.objects.update(subject_code="2150805", subject_name="中小企业发展专项")
    return made


def award_of(clause: str) -> Award:
    return Award.objects.get(application__clause__clause_id=clause)


def table_row(page: Page, *words: str):
    row = page.locator("main tbody tr")
    for word in words:
        row = row.filter(has_text=word)
    return row.first


def deliver(clock: Clock) -> None:
    """The worker's part: everything that is due now."""
    assert "failed" not in {outcome.value for outcome, count in run_owed(at=clock()).items() if count}


def printed(letter: Letter, page: Page, address: str) -> str:
    """The text of an issued letter, as downloaded by the person of this page."""
    answer = page.context.request.get(address)
    assert answer.status == 200
    out = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.body(), capture_output=True, check=True)
    text = re.sub(r"\s+", "", out.stdout.decode())
    assert letter.number is not None
    assert letter.number in text
    return text


def settle(page: Page, second: Page, account: str) -> None:
    page.goto(account)
    page.get_by_role("button", name=re.compile("提出核算")).click()
    expect(page.get_by_role("heading", name="待确认的核算")).to_be_visible()
    second.goto(account)
    second.get_by_role("button", name=re.compile("确认核定")).click()
    expect(second.get_by_role("heading", name="待确认的核算")).to_have_count(0)


def publish(page: Page, second: Page, url: str, name: str) -> int:
    page.goto(url + reverse("awards:round_new"))
    page.get_by_label("公示标题").fill(f"2024年度电子信息产业奖补资金公示（{name}）")
    page.get_by_label("异议受理联系方式").fill("电子信息处，0791-83986888")
    page.locator("input[name=awards]").check()
    page.get_by_role("button", name="提交审核人员发布").click()
    expect(page.get_by_text("等待发布")).to_be_visible()
    pk = PublicityRound.objects.latest("pk").pk
    second.goto(url + reverse("awards:round", args=[pk]))
    second.locator("[data-dialog-open=publish]").click()
    second.locator("#publish").get_by_role("button", name="发布", exact=True).click()
    expect(second.locator("main")).to_contain_text("公示中")
    return pk


def make_list(page: Page, url: str, budget: str) -> str:
    page.goto(url + reverse("awards:payment_lists"))
    table_row(page, budget).get_by_role("link", name=re.compile("编制清单")).click()
    page.get_by_role("button", name=re.compile("^列入全部")).click()
    expect(page.get_by_role("heading", name=re.compile("^拨付清单"))).to_be_visible()
    return page.url


def send(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("[data-dialog-open=send]").click()
    page.get_by_role("button", name="确认送拨付").click()
    expect(page.locator("main")).to_contain_text("送拨付）")


def all_paid(page: Page, address: str, total: str) -> None:
    """The bank says that all of a list is paid; a sum that is not the list's is refused and changes nothing."""
    for said in ("0.01", total):
        page.goto(address)
        page.get_by_label("银行回单合计").fill(said)
        page.get_by_role("button", name=re.compile("全部已拨付")).click()
        if said != total:
            expect(page.locator("[role=alert]")).to_contain_text(re.compile("合计|不一致"))
    expect(page.locator("main")).to_contain_text("已办结")


def test_from_three_approvals_to_payment_and_back(company, clock, chromium, live_server):
    url = live_server.url
    account = url + reverse("awards:account", args=[award_of("3.4.5").account_id])
    pages: dict[object, Page] = {}

    def at(user) -> Page:
        if user not in pages:
            pages[user] = signed_in(chromium, live_server, user)
        return pages[user]

    # The enterprise sees the recommendation and chooses the other clause; who and when stands there.
    enterprise = at(company.legal)
    enterprise.goto(account)
    expect(enterprise.locator("main")).to_contain_text("推荐 3.4.1")
    enterprise.get_by_role("radio", name=re.compile("^3.3.1")).check()
    enterprise.get_by_role("button", name="确定选择").click()
    expect(enterprise.locator("main")).to_contain_text(re.compile(f"{company.legal.name} 于.*选择了 3.3.1"))

    # Two people of a lead settle all of it; the cap stands there with its figures, the cut in words.
    settle(at(officer(SMART)), at(approver(SMART)), account)
    assert [award_of(clause).settled_fen for clause in ("3.3.1", "3.4.1", "3.4.5")] == [236813776, 0, 863186224]
    assert award_of("3.4.1").state == AwardState.NOTHING
    enterprise.goto(account)
    for words in ("11,000,000.00", "220,000,000.00", "2,368,137.76", "8,631,862.24"):
        expect(enterprise.locator("main")).to_contain_text(words)
    deliver(clock)

    # Both leads show what they settled; anybody objects to one item, and only that one waits.
    publish(at(officer(SMART)), at(approver(SMART)), url, "工信")
    publish(at(officer(RESEARCH)), at(approver(RESEARCH)), url, "科技")
    deliver(clock)
    anybody = chromium.new_context(locale="zh-CN").new_page()
    anybody.goto(url + reverse("awards:public_rounds"))
    anybody.get_by_role("link", name=re.compile("科技")).first.click()
    main = anybody.locator("main")
    for words in (company.enterprise.name, "3.3.1", "2,368,137.76"):
        expect(main).to_contain_text(words)
    expect(main).not_to_contain_text(company.enterprise.uscc)
    anybody.get_by_role("link", name=re.compile("^提出异议")).click()
    anybody.get_by_label("姓名或单位名称").fill("万建国")
    anybody.get_by_label("联系电话").fill("13970812345")
    anybody.get_by_label("异议内容和事实依据").fill("该企业申报的研发投入含有外协加工费，请核查专项审计报告。")
    anybody.get_by_role("button", name="提交异议").click()
    expect(anybody.locator("main")).to_contain_text(re.compile(r"异议\d{4}-0001"))
    assert (award_of("3.3.1").state, award_of("3.4.5").state) == (AwardState.OBJECTED, AwardState.PUBLIC)

    # The period ends: what nobody objected to is approved by itself, the held item waits for its answer.
    clock.forward_to(max(end_of_day(day) for day in PublicityRound.objects.values_list("last_day", flat=True)))
    deliver(clock)
    assert (award_of("3.3.1").state, award_of("3.4.5").state) == (AwardState.OBJECTED, AwardState.APPROVED)
    pages.clear()  # sessions of the week before have ended
    objection = url + reverse("awards:objection", args=[Objection.objects.get().pk])
    drafts, decides = at(officer(RESEARCH)), at(approver(RESEARCH))
    drafts.goto(objection)
    drafts.get_by_role("radio", name="异议不成立").check()
    drafts.get_by_label("答复内容").fill("经核对专项审计报告，外协加工费未计入申报的研发投入。")
    drafts.get_by_role("button", name="提交审核").click()
    expect(drafts.locator("main")).to_contain_text("答复待审核")
    decides.goto(objection)
    decides.locator("[data-dialog-open=decide]").click()
    decides.locator("#decide").get_by_role("button", name="发出答复").click()
    expect(decides.locator("main")).to_contain_text("异议不成立")
    deliver(clock)
    assert award_of("3.3.1").state == AwardState.APPROVED

    # Letters: an approval each for what is paid, a notice for what is zero, with amounts in capitals.
    enterprise = at(company.legal)
    kinds = {}
    for letter in Letter.objects.filter(enterprise=company.enterprise, request_key__startswith="award:"):
        text = printed(letter, enterprise, url + reverse("letters:pdf", args=[letter.pk]))
        kinds[text] = letter.kind
    assert sorted(kinds.values()) == ["approval", "approval", "refusal"]
    whole = "".join(kinds)
    for words in ("2,368,137.76", "贰佰叁拾陆万捌仟壹佰叁拾柒元柒角陆分", "8,631,862.24", "重复"):
        assert words in whole

    # 市财政局 pays both shares; the bank returns one, the enterprise mends its account, it is paid on another list.
    first, second = at(payer()), at(payer(another=True))
    lists = [make_list(first, url, "市级"), make_list(first, url, "高新区")]
    for address in lists:
        send(second, address)
    deliver(clock)
    first.goto(lists[0])
    first.locator("select[name=row1-kind]").select_option("returned")
    first.locator("[name=row1-reason]").fill("账号与户名不符")
    first.locator("select[name=row2-kind]").select_option("paid")
    first.get_by_role("button", name="录入所填结果").click()
    expect(first.locator("main")).to_contain_text("账号与户名不符")
    all_paid(first, lists[1], "5500000.00")  # half of the cap, to the 分
    deliver(clock)
    returned = Award.objects.get(payments__state="returned")
    enterprise.goto(url + reverse("awards:award", args=[returned.pk]))
    expect(enterprise.locator("main")).to_contain_text("账号与户名不符")
    expect(enterprise.locator("main")).not_to_contain_text(ACCOUNT)
    enterprise.goto(url + reverse("accounts:bank_account"))
    enterprise.locator("[name=bank_account_name]").fill(company.enterprise.name)
    enterprise.locator("[name=bank_name]").fill("演示银行南昌高新支行")
    enterprise.locator("[name=bank_code]").fill("100000000001")
    enterprise.locator("[name=bank_account]").fill(ANOTHER)
    enterprise.locator("main form button[type=submit]").first.click()
    expect(enterprise.locator("main")).to_contain_text(ANOTHER[-4:])
    again = make_list(first, url, "市级")
    send(second, again)
    all_paid(first, again, yuan(returned.city_fen))
    deliver(clock)
    assert set(Award.objects.exclude(settled_fen=0).values_list("state", flat=True)) == {AwardState.PAID}
    enterprise.goto(url + reverse("awards:award", args=[returned.pk]))
    expect(enterprise.locator("main")).to_contain_text("已拨付")

    # A finding after payment: decided by two, demanded by letter, back in two instalments, closed.
    smart = award_of("3.4.5")
    reports, decides = at(officer(SMART)), at(approver(SMART))
    reports.goto(url + reverse("awards:recovery_new", args=[smart.pk]))
    reports.locator("main [name=finding]").fill("验收后三个月内拆除并转让了部分设备。")
    reports.get_by_role("button", name="报告", exact=True).click()
    recovery = url + reverse("awards:recovery", args=[Recovery.objects.get().pk])
    reports.goto(recovery)
    draft = reports.locator("form[action$='/draft/']")
    draft.locator("[name=amount]").fill("1000000.01")
    draft.locator("[name=due_on]").fill(f"{timezone.localdate(clock()) + timedelta(days=30)}")
    draft.locator("[name=reason]").fill("设备转让不符合补助条件，按比例退回。")
    draft.get_by_role("button", name="提交审核").click()
    expect(reports.locator("main")).to_contain_text("决定待审核")
    decides.goto(recovery)
    decides.locator("[data-dialog-open=decide]").click()
    decides.locator("#decide").get_by_role("button", name="决定追回").click()
    expect(decides.locator("main")).to_contain_text("已发追回通知")
    deliver(clock)
    enterprise.goto(recovery)
    expect(enterprise.locator("main")).to_contain_text("1,000,000.01")
    expect(enterprise.locator("main")).not_to_contain_text("拆除并转让")
    for number, amount in enumerate(("400000.00", "600000.01"), start=1):
        first.goto(recovery)
        receipt = first.locator("form[action$='/receipts/']")
        receipt.locator("[name=amount]").fill(amount)
        receipt.locator("[name=on]").fill(f"{timezone.localdate(clock())}")
        receipt.locator("[name=reference]").fill(f"HD-{number}")
        receipt.get_by_role("button", name="登记", exact=True).click()
        expect(first.locator("main")).to_contain_text(f"HD-{number}")
    expect(first.locator("main")).to_contain_text("已结清")

    # What everybody may read says the same.
    anybody.goto(url + reverse("awards:open_data"))
    for words in (company.enterprise.name, "8,631,862.24", "2,368,137.76"):
        expect(anybody.locator("main")).to_contain_text(words)
    assert set(Application.objects.values_list("state", flat=True)) == {State.AWARDED}
    # The browser notes every refused form; anything else is a defect.
    assert [fault for page in pages.values() for fault in page.faults if "422" not in fault] == []


def test_leaders_of_the_paying_unit_are_another_role(policies_loaded):
    """The factories above use two finance people; the leader reverses, and is neither of them."""
    assert len({payer(), payer(another=True), payer(UnitRole.LEADER)}) == 3
