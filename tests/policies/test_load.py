"""Loading the corpus: complete, repeatable, and never over a published version."""

import datetime as dt
import shutil
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Unit
from common.audit.models import AuditEvent
from policies.actions.load import CorpusFault, load_corpus
from policies.models import (
    Call,
    Clause,
    ClauseGroup,
    ClauseVersion,
    Document,
    PolicyRules,
    PolicySetting,
    PolicyTarget,
    ReferenceSeries,
    UnitGroup,
)
from policies.queries import published_policy, units_of
from policies.rules.corpus import CORPUS, corpus_policies
from tests.factories.policies import AT, NUMBER, clause_of, load_policy_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def corpus(tmp_path):
    """A copy of the corpus to change."""
    return shutil.copytree(CORPUS, tmp_path / "corpus")


def _change(corpus, clause, old, new):
    path = corpus / "hongfufa-2023-30" / "clauses" / f"{clause}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_corpus_arrives_whole(loaded):
    assert list(Document.objects.values_list("number", flat=True)) == [NUMBER, "洪工信提字〔2024〕13号"]
    assert Clause.objects.count() == 28
    assert Clause.objects.filter(is_monetary=True).count() == 18
    assert set(ClauseVersion.objects.values_list("number", "state", "valid_from", "valid_to")) == {
        (1, "published", dt.date(2023, 10, 10), dt.date(2025, 12, 31))
    }
    assert (Unit.objects.filter(kind="bureau").count(), Unit.objects.filter(kind="district").count()) == (11, 12)
    assert PolicySetting.objects.filter(confirmed_at__isnull=False).count() == 0
    assert [str(value.value) for value in ReferenceSeries.objects.get(key="lpr_1y").values.all()][-1] == "3.00"


def test_the_published_policy_is_the_corpus(loaded):
    assert published_policy(NUMBER, 2024) == corpus_policies()[NUMBER]


def test_units_stand_as_printed(loaded):
    def names(clause_id):
        units = units_of(clause_of(clause_id).versions.get())
        return [[item.name for item in role] for role in (units.lead, units.cooperating, units.responsible)]

    full = "各县区（开发区、湾里管理局）"
    assert names("3.2.3") == [["市商务局", "市工信局"], ["市财政局", "市税务局"], [full]]
    assert names("3.4.5") == [["市工信局"], [], [full]]
    assert names("3.2.1") == [[full], [], []]
    assert names("3.7.1")[2] == ["各县区（开发区）"]
    assert names("3.8.1") == [["市工信局", "市商务局"], ["市财政局", "市各有关单位"], []]


def test_湾里管理局_is_in_one_group_of_districts_only(loaded):
    wanli = Unit.objects.get(code="wanli")
    assert list(wanli.groups.values_list("code", flat=True)) == ["R-full"]
    assert UnitGroup.objects.get(code="R-noWL").members.count() == 11
    assert UnitGroup.objects.get(code="open").members.count() == 0


def test_targets_and_group(loaded):
    rows = PolicyTarget.objects.filter(year=2026)
    assert rows.count() == 9
    assert rows.get(unit__code="gaoxin").target_fen == 195_000_000_000 * 100
    assert rows.get(unit__isnull=True).target_fen == 300_000_000_000 * 100
    group = ClauseGroup.objects.get(name="研发投入")
    assert [member.clause.clause_id for member in group.members.all()] == ["3.3.1", "3.4.1", "3.4.2"]


def test_evidence_is_common_first_then_the_clauses_own(loaded):
    evidence = clause_of("3.4.5").versions.get().evidence
    assert [item["label"] for item in evidence] == [
        *("营业执照", "年度审计报告", "纳税申报表", "信用报告", "真实性承诺书"),
        *("合同", "发票", "付款凭证", "验收意见"),
    ]
    assert all(item["required"] for item in evidence)


def test_second_run_changes_nothing_and_says_so(loaded):
    events = AuditEvent.objects.count()
    assert load_policy_report().changes == []
    assert AuditEvent.objects.count() == events
    out = StringIO()
    call_command("load_policies", stdout=out)
    assert "没有变化" in out.getvalue()


def test_a_changed_clause_becomes_a_draft_beside_the_published_version(loaded, corpus):
    before = ClauseVersion.objects.get(clause=clause_of("3.4.5"))
    _change(corpus, "3.4.5", 'help = "每个项目填一行。"', 'help = "每个已验收的项目填一行。"')
    report = load_corpus(by=None, at=AT, root=corpus)
    assert len(report.changes) == 1
    assert "草稿" in report.changes[0]
    draft = ClauseVersion.objects.get(clause=clause_of("3.4.5"), number=2)
    assert draft.state == "draft"
    assert draft.definition["facts"][0]["help"] == "每个已验收的项目填一行。"
    again = ClauseVersion.objects.get(pk=before.pk)
    assert (again.state, again.definition, again.content_sha256) == (
        "published",
        before.definition,
        before.content_sha256,
    )
    assert load_corpus(by=None, at=AT, root=corpus).changes == []


def test_what_an_administrator_set_survives_a_load(loaded):
    Unit.objects.filter(code="gongxin").update(letter_prefix="洪工信函")
    PolicySetting.objects.filter(key="day_count").update(value=365)
    load_policy_report()
    assert Unit.objects.get(code="gongxin").letter_prefix == "洪工信函"
    assert PolicySetting.objects.get(key="day_count").value == 365


def test_an_unproven_corpus_loads_nothing(corpus):
    _change(corpus, "3.4.5", 'value = "5000000.00"', 'value = "50000000.00"')
    with pytest.raises(CorpusFault) as fault:
        load_corpus(by=None, at=AT, root=corpus)
    assert "3.4.5.toml" in str(fault.value.faults[0])
    assert Document.objects.count() == 0
    with pytest.raises(CommandError):
        call_command("load_policies", root=corpus, stderr=StringIO())


def test_every_publication_is_in_the_audit_trail(loaded):
    published = AuditEvent.objects.filter(event="policies.version_published")
    assert published.count() == ClauseVersion.objects.count() + PolicyRules.objects.count()


def test_demonstration_calls_lie_around_the_given_day(loaded):
    from policies import demo

    today = dt.date(2026, 11, 5)
    calls = demo.load(today, at=AT)
    assert [call.policy_year for call in calls] == [2024, 2025]
    assert all(call.is_open_on(today) and "演示" in call.title for call in calls)
    assert demo.load(today, at=AT) == []
    assert Call.objects.count() == 2
