"""The pages of calls: what they show, what they refuse with everything typed kept, who is let in."""

import datetime as dt
from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Unit
from common.workdays import SHANGHAI
from policies.actions.late_filing import grant_late_filing
from policies.actions.windows import add_windows
from policies.models import Call, CallWindow, LateFiling
from tests.factories.accounts import AdministratorFactory, AuditorFactory, EnterpriseFactory
from tests.factories.policies import AT, clause_of, make_call

pytestmark = pytest.mark.django_db
AFTER = dt.datetime(2026, 5, 6, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def editor(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


@pytest.fixture
def issued(loaded, time_machine):
    time_machine.move_to(AT)
    return make_call(loaded)


def days(opens_on="2026-02-01", closes_on="2026-05-31", **more):
    return {
        "opens_on": opens_on,
        "closes_on": closes_on,
        "seen_opens": "2026-02-01",
        "seen_closes": "2026-04-30",
        "reason": "应企业请求",
        **more,
    }


def text_of(answer):
    return answer.content.decode()


def test_a_call_is_issued_in_two_steps(client, editor, loaded, time_machine):
    time_machine.move_to(AT)
    address = reverse("editing:call_new")
    first = client.get(address)
    assert loaded.number in text_of(first)
    second = client.get(address, {"document": loaded.pk, "policy_year": "2025"})
    assert text_of(second).count('name="clauses"') == 18
    posted = {
        "document": loaded.pk,
        "policy_year": 2025,
        "title": "2025年度申报通知",
        "text": "正文第一段",
        "opens_on": "2026-03-10",
        "closes_on": "2026-03-01",
        "clauses": [clause_of("3.4.5").pk],
    }
    refused = client.post(address, posted)
    assert refused.status_code == 422
    assert "截止日期不能早于开始日期。" in text_of(refused)
    assert "正文第一段" in text_of(refused)
    assert not Call.objects.exists()
    answer = client.post(address, posted | {"closes_on": "2026-06-30"})
    call = Call.objects.get()
    assert answer["Location"] == reverse("editing:call", args=[call.pk])
    assert list(call.clauses.all()) == [clause_of("3.4.5")]
    assert "2025年度申报通知" in text_of(client.get(reverse("editing:calls")))


@pytest.mark.parametrize(
    ("year", "sentence"),
    [("2026", "不在有效期内"), ("", "请填写政策年度"), ("二〇二五", "四位数字"), ("99999", "四位数字")],
    ids=["not governed", "missing", "in words", "too long"],
)
def test_a_year_that_the_document_does_not_govern_is_refused(client, editor, loaded, year, sentence):
    answer = client.get(reverse("editing:call_new"), {"document": loaded.pk, "policy_year": year})
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_a_call_shows_windows_leaves_and_its_history(client, editor, issued):
    add_windows(
        issued,
        clauses=[clause_of("3.4.5")],
        districts=[Unit.objects.get(name="高新区")],
        opens_on=date(2026, 2, 1),
        closes_on=date(2026, 5, 31),
        reason="系统升级",
        by=editor,
        at=AT,
    )
    leave = grant_late_filing(
        issued,
        enterprise=EnterpriseFactory(name="演示企业"),
        clause=clause_of("3.3.1"),
        closes_on=date(2026, 5, 20),
        reason="系统故障",
        by=editor,
        at=AFTER,
    )
    html = text_of(client.get(reverse("editing:call", args=[issued.pk])))
    for words in ("2026年5月31日 24:00", "演示企业", leave.enterprise.uscc, "单独规定受理时间", "理由：系统升级"):
        assert words in html
    public = text_of(client.get(issued.url))
    assert "2026年5月31日 24:00" in public
    assert "高新区" in public
    assert "演示企业" not in public


def test_days_are_moved_and_a_refusal_keeps_what_was_typed(client, editor, issued):
    address = reverse("editing:call_days", args=[issued.pk])
    refused = client.post(address, days(opens_on="2026-02-15"))
    assert refused.status_code == 422
    assert "已提交的申报会落在受理时间以外" in text_of(refused)
    assert 'value="2026-02-15"' in text_of(refused)
    assert "应企业请求" in text_of(refused)
    assert client.post(address, days()).status_code == 302
    issued.refresh_from_db()
    assert issued.closes_on == date(2026, 5, 31)


def test_a_conflict_keeps_what_was_typed_and_a_second_attempt_is_about_the_present(client, editor, issued):
    Call.objects.update(closes_on=date(2026, 5, 15))
    address = reverse("editing:call_days", args=[issued.pk])
    conflict = client.post(address, days(closes_on="2026-06-30"))
    html = text_of(conflict)
    assert conflict.status_code == 409
    assert "2026年5月15日" in html
    assert 'value="2026-06-30"' in html
    assert 'value="2026-05-15"' in html
    again = days(closes_on="2026-06-30", seen_closes="2026-05-15")
    assert client.post(address, again).status_code == 302


def test_windows_are_added_changed_and_given_up(client, editor, issued):
    posted = {
        "clauses": [clause_of("3.4.5").pk],
        "districts": list(Unit.objects.filter(name__in=["高新区", "经开区"]).values_list("pk", flat=True)),
        "opens_on": "2026-02-01",
        "closes_on": "2026-05-31",
        "reason": "系统升级",
    }
    address = reverse("editing:window_new", args=[issued.pk])
    assert client.post(address, posted).status_code == 302
    refused = client.post(address, posted)
    assert refused.status_code == 422
    assert "已有受理时间" in text_of(refused)
    row = CallWindow.objects.first()
    place = reverse("editing:window", args=[issued.pk, row.pk])
    assert client.post(place, days(closes_on="2026-06-30", seen_closes="2026-05-31")).status_code == 302
    end = reverse("editing:window_end", args=[issued.pk, row.pk])
    assert client.get(end)["Location"] == place
    seen = {"seen_opens": "2026-02-01", "seen_closes": "2026-06-30"}
    assert "请填写理由" in text_of(client.post(end, seen))
    assert client.post(end, seen | {"reason": "不再需要"}).status_code == 302
    assert CallWindow.objects.count() == 1


def test_a_leave_is_granted_to_an_enterprise_that_was_searched(client, editor, issued, time_machine):
    company = EnterpriseFactory(name="南昌演示半导体有限公司")
    address = reverse("editing:late_new", args=[issued.pk])
    found = client.get(address, {"q": company.uscc[:10]})
    assert company.name in text_of(found)
    assert "没有找到企业" in text_of(client.get(address, {"q": "没有这一家"}))
    posted = {
        "enterprise": company.pk,
        "clause": clause_of("3.4.5").pk,
        "closes_on": "2026-05-20",
        "reason": "系统故障",
    }
    early = client.post(address, posted)
    assert early.status_code == 422
    assert "尚未截止，无需准予" in text_of(early)
    assert "系统故障" in text_of(early)
    time_machine.move_to(AFTER)
    assert client.post(address, posted).status_code == 302
    leave = LateFiling.objects.get()
    revoke = reverse("editing:late_revoke", args=[issued.pk, leave.pk])
    assert client.post(revoke, {"reason": ""}).status_code == 422
    assert client.post(revoke, {"reason": "材料不实"}).status_code == 302
    assert client.post(revoke, {"reason": "材料不实"}).status_code == 409
    assert "已撤销：材料不实" in text_of(client.get(reverse("editing:call", args=[issued.pk])))


def test_auditors_read_and_see_no_buttons(client, issued):
    client.force_login(AuditorFactory())
    html = text_of(client.get(reverse("editing:call", args=[issued.pk])))
    assert reverse("editing:call_days", args=[issued.pk]) not in html
    assert client.get(reverse("editing:call_days", args=[issued.pk])).status_code == 403
    assert client.get(reverse("editing:call_new")).status_code == 403
