"""Pages of an account: the enterprise reads its own and chooses; officers see before and after, enter and settle."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import UnitRole
from awards.actions import choose_in_group, propose_settlement, return_award
from awards.enums import AwardState
from awards.models import ExternalAward, Settlement, SettlementProposal
from awards.queries.preview import prepare_settlement
from tests.awards.entries import clause, colleague, external, fresh, sales, unit
from tests.awards.test_compute import with_sales
from tests.common.upload_samples import pdf
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import make_company
from tests.factories.awards import forward, fund, make_award, make_candidate, settle
from tests.factories.publicity import make_round, object_to
from tests.factories.reviews import LATER, approver, officer

PDF = pdf()


def url(account, name="account", **more):
    return reverse(f"awards:{name}", kwargs={"pk": account.pk, **more})


def page(client, user, address, status=200):
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def capped(policies_loaded):
    """Two candidates under a cap of 1000万, both led by 市工信局."""
    company = with_sales("200000000.00")
    first, second = (make_candidate(company, clause_id) for clause_id in ("3.4.5", "3.3.2"))
    return company, first.account, first, second


class TestOffice:
    def test_before_and_after_stand_beside_each_other(self, capped, client):
        _, account, first, _ = capped
        fund(first)
        shown = page(client, officer("市工信局"), url(account))
        for words in ("7,031,250.00", "2,968,750.00", "5% = 10,000,000.00 元", "尚未录入3.3.2条款", "提出核算"):
            assert words in shown

    def test_the_two_gestures(self, capped, client):
        _, account, first, second = capped
        for award in (first, second):
            fund(award)
        client.force_login(officer("市工信局"))
        seen = prepare_settlement(account, at=LATER).digest
        answer = client.post(url(account, "account_propose"), {"unit": unit().pk, "remark": "按规定", "seen": seen})
        assert answer.status_code == 302
        proposal = SettlementProposal.objects.get()
        assert "等待市工信局另一名审核人员确认" in page(client, officer("市工信局"), url(account))
        shown = page(client, approver("市工信局"), url(account))
        assert "确认核定，合计 10,000,000.00 元" in shown
        given = {"proposal": proposal.pk, "expected_version": proposal.version}
        assert client.post(url(account, "account_confirm"), given).status_code == 302
        assert client.post(url(account, "account_confirm"), given).status_code == 409  # twice
        assert Settlement.objects.count() == 1
        assert "第 1 次核算" in page(client, officer("市工信局"), url(account))

    def test_stale_it_is_said_and_cannot_be_confirmed(self, capped, client):
        _, account, first, second = capped
        for award in (first, second):
            fund(award)
        proposal = propose_settlement(account=account, unit=unit(), by=officer("市工信局"), at=LATER)
        sales(account, "100000000.00")
        assert "依据已变化" in page(client, approver("市工信局"), url(account))
        given = {"proposal": proposal.pk, "expected_version": proposal.version}
        assert client.post(url(account, "account_confirm"), given).status_code == 409
        answer = client.post(url(account, "account_withdraw"), given)
        assert answer.status_code == 422  # without a note
        assert client.post(url(account, "account_withdraw"), given | {"note": "数据已变"}).status_code == 302

    def test_not_enough_money_lists_every_budget(self, capped, client):
        _, account, first, second = capped
        fund(first, 1_000_00)
        fund(second, 1_000_00)
        proposal = propose_settlement(account=account, unit=unit(), by=officer("市工信局"), at=LATER)
        client.force_login(approver("市工信局"))
        answer = client.post(url(account, "account_confirm"), {"proposal": proposal.pk, "expected_version": 1})
        assert answer.status_code == 422
        assert answer.content.decode().count("不足。</li>") == 4

    def test_another_award_is_entered_with_its_file_and_withdrawn(self, company, client):
        account = make_candidate(company, "3.4.2").account
        client.force_login(officer("市科技局"))
        given = {"group": "研发投入", "amount": "50万", "source": "洪科字〔2025〕8号", "unit": unit("市科技局").pk}
        refused = client.post(url(account, "account_external"), given | {"document": SimpleUploadedFile("a.pdf", PDF)})
        assert refused.status_code == 422
        assert "洪科字〔2025〕8号" in refused.content.decode()  # what was typed stays
        assert "请重新选择" in refused.content.decode()
        given["amount"] = "500,000.00"
        assert client.post(url(account, "account_external"), given).status_code == 422  # no file
        answer = client.post(url(account, "account_external"), given | {"document": SimpleUploadedFile("a.pdf", PDF)})
        assert answer.status_code == 302
        row = ExternalAward.objects.get()
        shown = page(client, officer("市科技局"), url(account))
        assert "500,000.00" in shown
        file = client.get(url(account, "account_external_file", row=row.pk))
        assert (file.status_code, "attachment" in file["Content-Disposition"]) == (200, True)
        gone = url(account, "account_external_withdraw", row=row.pk)
        assert client.post(gone, {"reason": ""}).status_code == 422
        assert client.post(gone, {"reason": "录错"}).status_code == 302
        assert client.post(gone, {"reason": "录错"}).status_code == 409

    def test_a_checked_figure_of_zero_warns(self, capped, client):
        _, account, *_ = capped
        client.force_login(officer("市工信局"))
        given = {"key": "sales_ex_tax", "value": "-5", "source": "申报表", "unit": unit().pk}
        assert client.post(url(account, "account_figure"), given).status_code == 422
        answer = client.post(url(account, "account_figure"), given | {"value": "0"}, follow=True)
        assert "计入上限的奖补将全部核定为零" in answer.content.decode()

    def test_the_cap_is_lifted_by_the_leader_alone(self, capped, client):
        _, account, *_ = capped
        assert "批准突破上限（重点支持领域）" not in page(client, officer("市工信局"), url(account))
        given = {"how": "raise", "cap": "1200万元", "reason": "重点支持领域"}
        client.force_login(officer("市工信局"))
        file = {"document": SimpleUploadedFile("批件.pdf", PDF)}
        assert client.post(url(account, "account_override"), given | {"cap": "12000000"} | file).status_code == 403
        leader = officer("市工信局", UnitRole.LEADER)
        assert "批准突破上限（重点支持领域）" in page(client, leader, url(account))
        file = {"document": SimpleUploadedFile("批件.pdf", PDF)}
        assert client.post(url(account, "account_override"), given | {"cap": "9999999"} | file).status_code == 422
        file = {"document": SimpleUploadedFile("批件.pdf", PDF)}
        assert client.post(url(account, "account_override"), given | {"cap": "12000000"} | file).status_code == 302
        row = account.overrides.get()
        shown = page(client, leader, url(account))
        assert "突破前 10,000,000.00 元，突破后 12,000,000.00 元" in shown
        assert client.get(url(account, "account_override_file", row=row.pk)).status_code == 200

    def test_hostile_words_are_shown_not_run(self, capped, client):
        _, account, *_ = capped
        sales(account, "100.00", source="<script>alert(1)</script>")
        shown = page(client, officer("市工信局"), url(account))
        assert "<script>alert" not in shown
        assert "&lt;script&gt;" in shown

    def test_foreign_rows_of_another_account_do_not_exist(self, capped, client):
        _, account, *_ = capped
        other = make_candidate(make_company(), "3.4.2").account
        row = external(other)
        client.force_login(officer("市工信局"))
        assert client.get(url(account, "account_external_file", row=row.pk)).status_code == 404
        answer = client.post(url(account, "account_external_withdraw", row=row.pk), {"reason": "x"})
        assert answer.status_code == 404


class TestEnterprise:
    @pytest.fixture
    def pair(self, company):
        first, second = (make_candidate(company, clause_id) for clause_id in ("3.4.2", "3.4.1"))
        return company, first.account, first, second

    def test_it_chooses_on_its_page(self, pair, client):
        company, account, *_ = pair
        shown = page(client, company.agent, url(account))
        for words in ("推荐 3.4.2", "20,000,000.00 元（推荐）", "确定选择"):
            assert words in shown
        given = {"group": "研发投入", "clause": clause("3.4.1").pk}
        assert client.post(url(account, "account_choose"), given | {"clause": "0"}).status_code == 422
        assert client.post(url(account, "account_choose"), {"group": "没有"}).status_code == 422
        assert client.post(url(account, "account_choose"), given).status_code == 302
        assert "经办乙 于" in page(client, company.legal, url(account))
        assert account.choices.get().clause.clause_id == "3.4.1"

    def test_too_late_it_is_told_with_409(self, pair, client):
        company, account, first, _ = pair
        settle(account)
        forward(first, AwardState.PUBLIC)
        shown = page(client, company.agent, url(account))
        assert "不能再改选" in shown
        assert "确定选择" not in shown
        given = {"group": "研发投入", "clause": clause("3.4.1").pk}
        assert client.post(url(account, "account_choose"), given).status_code == 409

    def test_it_reads_nothing_that_is_said_inside(self, capped, client):
        company, account, first, second = capped
        for award in (first, second):
            fund(award)
        propose_settlement(account=account, unit=unit(), remark="内部说明甲", by=officer("市工信局"), at=LATER)
        sales(account, "150000000.00", source="内部依据乙")
        shown = page(client, company.legal, url(account))
        for hidden in ("内部说明甲", "待确认", officer("市工信局").name, "预算余额"):
            assert hidden not in shown
        assert "待核算" in shown

    def test_its_page_tells_why_less(self, capped, client):
        company, account, *_ = capped
        settle(account)
        shown = page(client, company.agent, url(account))
        assert "按比例核减：本件 3,800,000.00 元核减为 2,968,750.00 元" in shown
        assert approver("市工信局").name not in shown

    def test_what_was_returned_says_so_without_the_reason(self, company, client):
        award = make_award(company)
        return_award(
            award=award, reason="内部原因丙", expected_version=award.version, by=approver("市工信局"), at=LATER
        )
        for address in (url(award.account), reverse("awards:award", args=[award.pk])):
            assert "内部原因丙" not in page(client, company.legal, address)
        assert "内部原因丙" in page(client, officer("市工信局"), reverse("awards:award", args=[award.pk]))

    def test_gestures_of_officers_do_not_exist_for_it(self, pair, client):
        company, account, *_ = pair
        client.force_login(company.legal)
        for name in ("account_propose", "account_confirm", "account_figure", "account_external", "account_override"):
            assert client.post(url(account, name)).status_code == 403

    def test_an_officer_who_belongs_to_it_reads_it_as_the_enterprise(self, pair, client):
        company, account, *_ = pair
        unit().members.create(user=company.legal, role=UnitRole.HANDLER)
        shown = page(client, company.legal, url(account))
        assert "确定选择" in shown
        assert client.post(url(account, "account_propose")).status_code == 404


class TestList:
    def test_states_and_filters(self, capped, client, stranger):
        _, account, first, second = capped
        settled = make_award(stranger)
        user = officer("市工信局")

        def listed(**query):
            client.force_login(user)
            rows = client.get(reverse("awards:accounts"), query).context["rows"]
            return {(row["account"].pk, row["state"].value) for row in rows}

        assert listed() == {(account.pk, "open"), (settled.account_id, "settled")}
        assert listed(state="open") == {(account.pk, "open")}
        assert listed(year="2025") == set()
        assert listed(q=stranger.enterprise.name[:8] + "x") == set()
        assert listed(q=stranger.enterprise.uscc) == {(settled.account_id, "settled")}
        for award in (first, second):
            fund(award)
        propose_settlement(account=account, unit=unit(), by=user, at=LATER)
        assert (account.pk, "proposed") in listed(state="proposed")

    def test_something_new_makes_it_open_again(self, company, client):
        awards = [make_candidate(company, clause_id) for clause_id in ("3.4.2", "3.4.1")]
        account = awards[0].account
        settle(account)
        client.force_login(AuditorFactory())

        def state():
            return client.get(reverse("awards:accounts")).context["rows"][0]["state"].value

        assert state() == "settled"
        choose_in_group(
            account=account, group="研发投入", clause=clause("3.4.1"), by=company.legal, at=LATER + timedelta(hours=1)
        )
        assert state() == "open"

    def test_it_asks_as_often_for_three_rows_as_for_one(self, company, client):
        client.force_login(AuditorFactory())
        make_candidate(company)

        def asked():
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse("awards:accounts")).status_code == 200
            return len(queries)

        one = asked()
        make_award(make_company(), "3.3.2")
        make_candidate(make_company(district="经开区"))
        assert asked() == one

    def test_strangers_see_nothing(self, capped, client, stranger):
        _, account, *_ = capped
        for user in (stranger.legal, officer("市金融办"), officer("经开区")):
            client.force_login(user)
            assert client.get(reverse("awards:accounts")).context["rows"] == []
            assert client.get(url(account)).status_code == 404


class TestAwardPage:
    def test_a_candidate_has_a_page(self, company, client):
        award = make_candidate(company)
        for user in (company.legal, officer("市工信局"), AuditorFactory()):
            shown = page(client, user, reverse("awards:award", args=[award.pk]))
            assert "待核算" in shown
            assert "9,000,000.00" in shown
            assert "凭据核验" not in shown

    def test_the_shares_and_the_way(self, company, client):
        award = forward(make_award(company, "3.3.1"), AwardState.APPROVED)
        shown = page(client, company.legal, reverse("awards:award", args=[award.pk]))
        for words in (
            "1,234,567.89",
            "市级分担 50%",
            "高新区",
            "批复",
            "拨付",
            reverse("awards:account", args=[award.account_id]),
        ):
            assert words in shown

    def test_returned_before_it_was_settled_it_has_a_page(self, company, client):
        award = make_candidate(company)
        return_award(award=award, reason="复核", expected_version=1, by=approver("市工信局"), at=LATER)
        for user in (company.legal, officer("市工信局")):
            assert "退回" in page(client, user, reverse("awards:award", args=[award.pk]))

    def test_it_leads_to_what_else_there_is(self, company, client):
        award = make_award(company)
        address = reverse("awards:award", args=[award.pk])
        publicity = make_round(award)
        objection = object_to(publicity.items.get())
        case = reverse("reviews:case", args=[award.application.case.pk])
        own, public = (reverse(f"awards:{name}", args=[publicity.pk]) for name in ("round", "public_round"))
        about = reverse("awards:objection", args=[objection.pk])
        shown = page(client, officer("市工信局"), address)
        assert case in shown
        assert own in shown
        assert about in shown
        shown = page(client, company.legal, address)
        assert public in shown
        for hidden in (case, own, about, objection.number):
            assert hidden not in shown

    def test_what_was_returned_is_no_amount_any_more(self, company, client):
        award = make_award(company)
        address = reverse("awards:award", args=[award.pk])
        assert "不再有效" not in page(client, company.legal, address)
        return_award(award=award, reason="复核", expected_version=award.version, by=approver("市工信局"), at=LATER)
        assert "原核定金额（不再有效）" in page(client, company.legal, address)
        for listing in (reverse("awards:list"), url(award.account)):
            # The record of past settlements keeps its figures.
            shown = page(client, company.legal, listing).partition("核算记录")[0]
            assert 'data-label="核定' in shown
            assert not re.search(r'data-label="核定[^"]*">9,000,000', shown)

    def test_returning_by_its_page(self, company, client):
        award = make_award(company)
        address = reverse("awards:award_return", args=[award.pk])
        by = approver("市工信局")
        assert 'id="return-title"' in page(client, by, reverse("awards:award", args=[award.pk]))
        assert client.post(address, {"expected_version": award.version}).status_code == 422
        assert client.post(address, {"expected_version": 99, "reason": "有误"}).status_code == 409
        assert client.post(address, {"expected_version": award.version, "reason": "有误"}).status_code == 302
        assert client.post(address, {"expected_version": award.version, "reason": "有误"}).status_code == 409
        assert fresh(award).state == AwardState.RETURNED
        assert 'id="return-title"' not in page(client, by, reverse("awards:award", args=[award.pk]))
        client.force_login(colleague(UnitRole.APPROVER, "市科技局"))
        assert client.post(address, {"expected_version": 1, "reason": "x"}).status_code == 404

    def test_the_list_by_state(self, company, client):
        make_award(company)
        make_candidate(company, "3.3.2")
        client.force_login(company.legal)
        rows = client.get(reverse("awards:list"), {"state": "candidate"}).context["rows"]
        assert [row["award"].state for row in rows] == ["candidate"]
        assert len(client.get(reverse("awards:list")).context["rows"]) == 2
