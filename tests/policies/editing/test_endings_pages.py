"""The pages on which published versions leave force: what they show, what they refuse and with which words; and what
the public reads afterwards."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from applications.models import Application
from policies.actions import end_version, retire_version
from policies.actions.publication import submit_publication
from policies.models import Call, Publication
from policies.queries.publications import Ending
from tests.factories.accounts import AdministratorFactory, AuditorFactory, EnterpriseFactory, UserFactory
from tests.factories.policies import AT, clause_of, make_call

pytestmark = pytest.mark.django_db
SLUG = "hongfufa-2023-30"
LAST = dt.date(2024, 12, 31)


@pytest.fixture
def desk(client, writer):
    client.force_login(writer)
    return client


@pytest.fixture
def version(loaded):
    return clause_of("3.4.5").versions.get()


def text(response):
    return response.content.decode()


def page():
    return reverse("editing:publications", args=[SLUG])


def sent(version, act="", day="", **fields):
    name = f"clause-{version.pk}"
    return {"end": name, f"act_{name}": act, f"day_{name}": day, "reason": "财政资金到期", **fields}


def application(version, name, *, year=2025, filed=False):
    """An application under a version: a draft, or filed."""
    return Application.objects.create(
        enterprise=EnterpriseFactory(name=name),
        clause=version.clause,
        policy_year=year,
        call=Call.objects.filter(policy_year=year).first() or make_call(version.clause.document, year),
        clause_version=version,
        number=f"{year}-{name}" if filed else None,
        filed_at=AT if filed else None,
        state="under_review" if filed else "draft",
        created_at=AT,
        created_by=UserFactory(),
    )


def test_the_history_of_a_published_version_leads_here(desk, version, loaded):
    told = text(desk.get(reverse("editing:clause_history", args=[version.pk])))
    assert f"{page()}?end=clause-{version.pk}#new-title" in told
    assert "停用或提前终止这个版本" in told
    rules = loaded.rules.get()
    assert f"?end=rules-{rules.pk}#new-title" in text(desk.get(reverse("editing:rules_history", args=[rules.pk])))
    shown = text(desk.get(page(), {"end": f"clause-{version.pk}"}))
    assert f'name="act_clause-{version.pk}"' in shown
    desk.force_login(AuditorFactory())
    assert "停用或提前终止这个版本" not in text(desk.get(reverse("editing:clause_history", args=[version.pk])))


@time_machine.travel(dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC), tick=False)
def test_what_it_means_is_told_before_it_is_submitted(desk, version):
    application(version, "已提交公司", filed=True)
    application(version, "起草中公司")
    told = text(desk.post(page(), sent(version, "end", "2024-12-31", check="1")))
    assert "有效期由2023年10月10日至2025年12月31日，改为至2024年12月31日" in told
    assert "2025 年度，不能再申报" in told
    assert "2025 年度 1 件，仍按第 1 版办完" in told
    assert "1 份将不能提交，填报人会收到消息：起草中公司（2025 年度）" in told
    assert "此条款不再受理，通知本身不变" in told
    assert not Publication.objects.exists()
    told = text(desk.post(page(), sent(version, "retire", check="1")))
    assert "发布时停用，此后不再适用于任何政策年度，不能恢复" in told
    assert "2023、2024、2025 年度，不能再申报" in told


def test_what_is_missing_or_wrong_stands_at_its_field(desk, version):
    empty = desk.post(page(), sent(version, submit="1"))
    assert empty.status_code == 422
    assert "第 1 版：请选择停用或提前终止。" in text(empty)
    no_day = desk.post(page(), sent(version, "end", submit="1"))
    assert no_day.status_code == 422
    assert "第 1 版：请填写终止日期。" in text(no_day)
    assert f'href="#id_day_clause-{version.pk}"' in text(no_day)
    assert "财政资金到期" in text(no_day)
    assert desk.post(page(), sent(version, "end", "昨天", submit="1")).status_code == 422
    late = desk.post(page(), sent(version, "end", "2026-12-31", submit="1"))
    assert late.status_code == 422
    assert "终止日期只能提前" in text(late)
    assert 'value="2026-12-31"' in text(late)
    no_reason = desk.post(page(), sent(version, "retire", submit="1", reason=""))
    assert "请填写理由" in text(no_reason)
    nothing = desk.post(page(), {"reason": "x", "submit": "1"})
    assert nothing.status_code == 422
    assert "请至少选择一份草稿，或一个要停用、提前终止的版本。" in text(nothing)
    assert not Publication.objects.exists()


def test_parts_are_added_and_removed_without_scripts_and_nothing_typed_is_lost(desk, version):
    other = clause_of("3.4.4").versions.get()
    added = text(desk.post(page(), sent(version, "end", "2024-12-31", add="1", add_end=f"clause-{other.pk}")))
    assert f'name="act_clause-{other.pk}"' in added
    assert 'value="2024-12-31"' in added
    assert "财政资金到期" in added
    assert "处需要更正" not in added
    both = {**sent(version, "end", "2024-12-31"), "end": [f"clause-{version.pk}", f"clause-{other.pk}"]}
    removed = text(desk.post(page(), {**both, "drop": f"clause-{other.pk}"}))
    assert f'name="act_clause-{other.pk}"' not in removed
    assert 'value="2024-12-31"' in removed


def test_a_version_that_left_meanwhile_is_told(desk, version):
    retire_version(version, by=None, at=AT)
    response = desk.post(page(), sent(version, "retire", submit="1"))
    assert response.status_code == 422
    assert "有的已经停用，或已在另一件待发布的申请中" in text(response)
    assert desk.get(page(), {"end": ["clause-999", "nonsense"]}).status_code == 200


def test_the_whole_way(desk, version, second):
    application(version, "起草中公司")
    response = desk.post(page(), sent(version, "retire", submit="1"))
    publication = Publication.objects.get()
    own = reverse("editing:publication", args=[publication.pk])
    assert response.url == own
    told = text(desk.get(own))
    assert "停用和提前终止" in told
    assert "本次发布由您提交" in told
    history = text(desk.get(reverse("editing:clause_history", args=[version.pk])))
    assert "已提交停用或提前终止，等待另一位管理员发布；在那以前仍然有效。" in history
    assert "停用或提前终止这个版本" not in history
    assert "第 1 版停用" in text(desk.get(page()))
    publish = reverse("editing:publication_publish", args=[publication.pk])
    assert desk.post(publish, {"seen": 1}).status_code == 403
    desk.force_login(second)
    told = text(desk.get(own))
    assert "起草中公司（2025 年度）" in told
    assert "不能恢复" in told
    assert desk.post(publish, {"seen": 1}).status_code == 302
    version.refresh_from_db()
    assert (version.state, version.retired_by) == ("retired", second)
    told = text(desk.get(own))
    assert "2023、2024、2025 年度不再有适用的版本" in told
    assert "不能再提交的草稿 1 份" in told
    history = text(desk.get(reverse("editing:clause_history", args=[version.pk])))
    assert "停用，由李起草提出，王复核发布：财政资金到期" in history
    assert "提出停用：财政资金到期" in history


def test_the_second_person_reads_what_moved(desk, version, writer, second):
    publication = submit_publication(
        version.clause.document, versions=[], endings=[Ending(version, None)], reason="演示", by=writer, at=AT
    )
    end_version(version, valid_to=LAST, by=AdministratorFactory(), at=AT)
    desk.force_login(second)
    told = text(desk.get(reverse("editing:publication", args=[publication.pk])))
    assert "在提交之后改为到2024年12月31日为止" in told
    assert "确认发布" not in told
    refused = desk.post(reverse("editing:publication_publish", args=[publication.pk]), {"seen": 1})
    assert refused.status_code == 409


def test_an_auditor_reads_and_does_nothing(desk, version, writer):
    publication = submit_publication(
        version.clause.document, versions=[], endings=[Ending(version, LAST)], reason="演示", by=writer, at=AT
    )
    desk.force_login(AuditorFactory())
    told = text(desk.get(reverse("editing:publication", args=[publication.pk])))
    assert "提前终止，到2024年12月31日为止" in told
    assert "确认发布" not in told
    assert desk.post(page(), sent(version, "retire", submit="1")).status_code == 403


# ---------------------------------------------------------------------------------------------- the public


def clause_page(client, **query):
    return text(client.get(reverse("policies:clause", args=[SLUG, "3.4.5"]), query))


class TestPublicPage:
    @pytest.fixture(autouse=True)
    def _today(self):
        with time_machine.travel(dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC), tick=False):
            yield

    def test_a_clause_of_a_year_that_is_taken_is_offered(self, client, version, loaded):
        make_call(loaded)
        told = clause_page(client)
        assert "申报此条款" in told
        assert "本条款的有效期已于2025年12月31日届满" in told
        assert "以前年度的申报仍在受理：2025 政策年度，至2026年4月30日" in told

    def test_a_retired_clause_says_since_when(self, client, version, loaded):
        call = make_call(loaded, clauses=(version.clause, clause_of("3.4.4")))
        retire_version(version, by=None, at=AT)
        told = clause_page(client)
        assert "申报此条款" not in told
        assert "本条款已于2026年3月2日停用" in told
        assert "现在不能申报" in told
        listed = text(client.get(reverse("policies:call", args=[call.pk])))
        assert "已停用或终止，不再受理" in listed
        assert reverse("applications:start", args=[version.clause_id]) not in listed
        assert reverse("applications:start", args=[clause_of("3.4.4").pk]) in listed

    def test_a_clause_that_ended_early_says_since_when(self, client, version, loaded):
        make_call(loaded)
        end_version(version, valid_to=LAST, by=None, at=AT)
        told = clause_page(client)
        assert "申报此条款" not in told
        assert "本条款的有效期已于2024年12月31日届满" in told

    def test_a_successor_takes_the_sentence_away(self, client, ready, loaded):
        end_version(clause_of("3.4.5").versions.get(number=1), valid_to=LAST, by=None, at=AT)
        type(ready).objects.filter(pk=ready.pk).update(state="published", published_at=AT, valid_to=None)
        assert "届满" not in clause_page(client)
        assert "届满" not in clause_page(client, version="1")
