"""What the lints refuse is not published; what they accept is, by somebody else than its author."""

import copy
import datetime as dt
import json
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from common.audit.actions import record
from common.audit.models import AuditEvent
from common.canonical import digest
from policies.actions import publish_version, retire_version
from policies.actions.load import load_corpus
from policies.actions.versions import DRAFTED, publish_versions
from policies.errors import SecondPersonNeeded, VersionFaulty
from policies.models import ClauseGroupMember, ClauseVersion, Node, PolicyRules
from policies.queries import lint_version, lint_year, published_policy
from policies.rules.corpus import CORPUS
from tests.factories.accounts import AdministratorFactory, UserFactory
from tests.factories.policies import AT, NUMBER, clause_of
from tests.policies.lint.support import FOLDER, TEXT

pytestmark = pytest.mark.django_db

SPOILT = 'clauses["3.4.2"].award.rate'


def draft_of(clause_id, change=None, **fields):
    """A draft that would replace the published version, which is retired."""
    published = clause_of(clause_id).versions.get()
    retire_version(published, by=None, at=AT)
    definition = copy.deepcopy(published.definition)
    if change is not None:
        change(definition)
    names = ("clause", "quote", "bracket", "evidence", "source_sha256", "content_sha256", "valid_from", "valid_to")
    kept = {name: getattr(published, name) for name in names}
    new = {**kept, "number": 2, "definition": definition, "definition_sha256": digest(definition), **fields}
    return ClauseVersion.objects.create(**new)


def rate_of_500(definition):
    definition["award"]["rate"]["value"] = "500%"


def test_the_text_of_the_database_is_the_text_of_the_pinned_hash(loaded):
    from policies.queries.lint import source_text

    assert source_text(loaded) == TEXT == (FOLDER / "text.txt").read_text(encoding="utf-8")


def test_the_loaded_policy_has_no_fault(loaded):
    assert [lint_year(loaded, year) for year in (2023, 2024, 2025)] == [[], [], []]


def test_a_sound_draft_is_published(loaded):
    draft = draft_of("3.4.2", lambda definition: definition.update(title="研发中心补贴"))
    assert lint_version(draft) == []
    publish_version(draft, by=UserFactory(), at=AT)
    assert draft.state == "published"
    assert {clause.title for clause in published_policy(NUMBER, 2024).clauses} >= {"研发中心补贴"}


def test_a_draft_with_faults_is_stored_and_not_published(loaded):
    def change(definition):
        rate_of_500(definition)
        definition["conditions"][0]["value"].pop("quote")

    draft = draft_of("3.4.2", change)
    events = AuditEvent.objects.filter(event="policies.version_published").count()
    with pytest.raises(VersionFaulty, match="3 处问题") as refused:
        publish_version(draft, by=UserFactory(), at=AT)
    assert set(refused.value.errors) == {f"{SPOILT}.value", 'clauses["3.4.2"].conditions[0].value.quote'}
    said = "".join(refused.value.errors[f"{SPOILT}.value"])
    assert "超过 100%" in said
    assert "「15%」读作 15%，与所填的比例 500%不符" in said
    assert refused.value.status == 422
    draft.refresh_from_db()
    assert (draft.state, draft.published_at) == ("draft", None)
    assert AuditEvent.objects.filter(event="policies.version_published").count() == events


def test_a_definition_that_is_none_is_refused(loaded):
    draft = draft_of("3.4.2", lambda definition: definition.clear())
    with pytest.raises(VersionFaulty) as refused:
        publish_version(draft, by=UserFactory(), at=AT)
    assert any("缺少“奖补计算”" in sentence for told in refused.value.errors.values() for sentence in told)


def test_a_version_is_judged_with_the_group_it_would_be_in(loaded):
    draft = draft_of("3.4.2", lambda definition: definition.update(exempt={"quote": "“一企一策”“一事一议”除外"}))
    with pytest.raises(VersionFaulty) as refused:
        publish_version(draft, by=UserFactory(), at=AT)
    assert list(refused.value.errors) == ['groups["研发投入"].clauses']
    ClauseGroupMember.objects.filter(clause=draft.clause).delete()
    publish_version(draft, by=UserFactory(), at=AT)


def test_rules_that_take_a_figure_away_from_a_clause_are_refused(loaded):
    published = PolicyRules.objects.get()
    retire_version(published, by=None, at=AT)
    definition = copy.deepcopy(published.definition)
    definition["year_facts"] = [fact for fact in definition["year_facts"] if fact["key"] != "rd_staff"]
    fields = {"document": loaded, "valid_from": published.valid_from, "valid_to": published.valid_to}
    draft = PolicyRules.objects.create(number=2, definition=definition, definition_sha256=digest(definition), **fields)
    with pytest.raises(VersionFaulty) as refused:
        publish_version(draft, by=UserFactory(), at=AT)
    assert list(refused.value.errors) == ['clauses["3.4.2"].conditions[2].fact']


def test_a_figure_may_be_declared_before_the_clause_that_reads_it(loaded):
    published = PolicyRules.objects.get()
    retire_version(published, by=None, at=AT)
    definition = copy.deepcopy(published.definition)
    definition["year_facts"].append({**definition["year_facts"][0], "key": "exports", "label": "出口额"})
    fields = {"document": loaded, "valid_from": published.valid_from, "valid_to": published.valid_to}
    draft = PolicyRules.objects.create(number=2, definition=definition, definition_sha256=digest(definition), **fields)
    publish_version(draft, by=UserFactory(), at=AT)
    assert [fault.path for fault in lint_year(loaded, 2024)] == ['year_facts["exports"].informational']


def test_years_of_the_version_are_what_counts(loaded):
    """Production from 2025 on can happen under a version for 2025, not under one that ends with 2024."""

    def change(definition):
        definition["conditions"][2]["not_before"] = "2025-01-01"

    draft = draft_of("3.2.2", change, valid_to=dt.date(2024, 12, 31))
    with pytest.raises(VersionFaulty, match="处问题"):
        publish_version(draft, by=UserFactory(), at=AT)
    draft.valid_from, draft.valid_to = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
    draft.save()
    publish_version(draft, by=UserFactory(), at=AT)


def test_a_version_that_governs_no_year_is_judged_all_the_same(loaded):
    draft = draft_of("3.4.2", rate_of_500, valid_from=dt.date(2024, 1, 1), valid_to=dt.date(2024, 6, 30))
    with pytest.raises(VersionFaulty) as refused:
        publish_version(draft, by=UserFactory(), at=AT)
    assert list(refused.value.errors) == [f"{SPOILT}.value"]


def test_rules_cannot_take_the_place_of_the_documents_head(loaded):
    published = PolicyRules.objects.get()
    retire_version(published, by=None, at=AT)
    definition = {**published.definition, "valid_to": "2030-12-31"}
    fields = {"document": loaded, "valid_from": published.valid_from, "valid_to": published.valid_to}
    draft = PolicyRules.objects.create(number=2, definition=definition, definition_sha256=digest(definition), **fields)
    with pytest.raises(VersionFaulty) as refused:
        publish_version(draft, by=UserFactory(), at=AT)
    assert list(refused.value.errors) == ["valid_to"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"bracket": "[牵头单位：市演示局]"}, "bracket"),
        ({"quote": "演示"}, "sentence"),
        ({"source_sha256": "0" * 64}, "source_sha256"),
    ],
)
def test_clauses_that_pay_nothing_are_judged_by_what_they_print(loaded, fields, path):
    draft = draft_of("3.4.3", **fields)
    with pytest.raises(VersionFaulty) as refused:
        publish_version(draft, by=UserFactory(), at=AT)
    assert f'clauses["3.4.3"].{path}' in refused.value.errors


def test_a_sound_clause_that_pays_nothing_is_published(loaded):
    draft = draft_of("3.4.3")
    publish_version(draft, by=UserFactory(), at=AT)
    assert draft.state == "published"


def test_a_quota_of_a_clause_that_pays_nothing_reads_as_its_value(loaded):
    draft = draft_of("3.4.3", lambda definition: definition["quota"].update(value=30))
    assert [fault.path for fault in lint_version(draft)] == ['clauses["3.4.3"].quota.value']


def test_a_text_that_was_changed_in_the_database_proves_nothing(loaded):
    Node.objects.filter(ref="3.1.1").update(text="演示")
    draft = draft_of("3.4.2")
    with pytest.raises(VersionFaulty) as refused:
        publish_version(draft, by=UserFactory(), at=AT)
    assert "source_sha256" in refused.value.errors


def test_together_all_or_none(loaded):
    sound, faulty = draft_of("3.4.1"), draft_of("3.4.2", rate_of_500)
    with pytest.raises(VersionFaulty):
        publish_versions([sound, faulty], by=UserFactory(), at=AT)
    assert set(ClauseVersion.objects.filter(number=2).values_list("state", flat=True)) == {"draft"}


def test_whoever_wrote_a_draft_does_not_publish_it(loaded):
    author, other = UserFactory(), UserFactory()
    draft = draft_of("3.4.2")
    with transaction.atomic():
        record(DRAFTED, subject=draft, by=author, at=AT)
    with pytest.raises(SecondPersonNeeded, match="另一位管理员"):
        publish_version(draft, by=author, at=AT)
    publish_version(draft, by=other, at=AT)


def test_a_loaded_clause_that_does_not_agree_with_the_database_waits_as_a_draft(loaded, tmp_path):
    """An administrator put an exempt clause and capped ones into one group; nothing is published into that."""
    group = clause_of("3.4.2").group_membership.group
    ClauseGroupMember.objects.create(group=group, clause=clause_of("3.1.1"), order=9)
    retire_version(clause_of("3.1.1").versions.get(), by=None, at=AT)
    corpus = shutil.copytree(CORPUS, tmp_path / "corpus")
    file = corpus / "hongfufa-2023-30" / "clauses" / "3.1.1.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("用于哪些事项", "用于哪些具体事项"), encoding="utf-8")
    changes = load_corpus(by=None, at=AT, root=corpus).changes
    assert [line for line in changes if line.startswith(("发布", "新增草稿"))] == [
        f"新增草稿：{clause_of('3.1.1')} 第2版，与现行规则放在一起有 1 处问题，待管理员处理"
    ]
    assert clause_of("3.1.1").versions.get(number=2).state == "draft"


# ------------------------------------------------------------------------------------------ administration


@pytest.fixture
def administrator(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


def test_a_draft_shows_its_faults_and_a_published_version_none(client, administrator, loaded):
    draft = draft_of("3.4.2", rate_of_500)
    page = client.get(reverse("admin:policies_clauseversion_change", args=[draft.pk])).content.decode()
    assert "核对结果" in page
    assert "超过 100%" in page
    assert "award.rate.value" in page
    published = clause_of("3.4.1").versions.get()
    page = client.get(reverse("admin:policies_clauseversion_change", args=[published.pk])).content.decode()
    assert "核对结果" not in page


def test_a_sound_draft_says_so(client, administrator, loaded):
    draft = draft_of("3.4.2")
    page = client.get(reverse("admin:policies_clauseversion_change", args=[draft.pk])).content.decode()
    assert "没有问题，可以发布。" in page


# ------------------------------------------------------------------------------------------------- command


def run(*args, **options):
    out = StringIO()
    try:
        call_command("lint_policy", *args, stdout=out, **options)
    except SystemExit as end:
        return out.getvalue(), end.code
    return out.getvalue(), 0


def test_the_command_judges_published_years(loaded):
    out, status = run()
    assert status == 0
    assert [line for line in out.splitlines() if "没有问题" in line] == [
        f"{NUMBER} {year}年度：没有问题" for year in (2023, 2024, 2025)
    ]
    assert run(NUMBER, "--policy-year", "2024")[0] == f"{NUMBER} 2024年度：没有问题\n"


def test_the_command_judges_drafts_and_ends_with_1(loaded):
    draft = draft_of("3.4.2", rate_of_500)
    out, status = run("--drafts", "--json")
    assert status == 1
    faults = [fault for fault in json.loads(out) if fault["what"] == f"草稿 {draft}"]
    assert {fault["path"] for fault in faults} == {f"{SPOILT}.value"}
    assert faults[0]["severity"] == "error"
    assert faults[0]["mend"]
    out, _ = run("--drafts")
    assert f"错误\t{SPOILT}.value\t" in out


def test_the_command_judges_the_corpus(tmp_path):
    assert run("--corpus") == ("语料：没有问题\n", 0)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("洪府发〔1999〕1号",), "没有文号为"),
        ((NUMBER, "--policy-year", "2026"), "不在有效期内"),
        (("--policy-year", "2024"), "请写明文号"),
        (("--corpus", "--drafts"), "不能与文号"),
    ],
)
def test_the_command_says_what_it_cannot_do(loaded, args, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        run(*args)
    assert refused.value.returncode == 2
