"""Drafts: begun from what is there, saved whole and kept whole; nobody overwrites what another one wrote."""

import copy
import datetime as dt
from dataclasses import replace

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from policies.actions import end_version, publish_version
from policies.actions.drafts import (
    create_clause,
    create_rules,
    discard_draft,
    draft_from,
    restore_edit,
    resume_draft,
    save_draft,
)
from policies.drafts import ClauseContent, RulesContent, content_of
from policies.errors import SecondPersonNeeded, VersionStateError
from policies.models import Clause, ClauseVersion, DraftEdit, PolicyRules, Publication, PublicationItem, VersionCase
from policies.queries import published_policy
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.policies import AT, clause_of

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=1)


@pytest.fixture
def editor():
    return AdministratorFactory()


@pytest.fixture
def draft(loaded, editor):
    """A draft of 3.4.5 from 2025 on."""
    version = clause_of("3.4.5").versions.get()
    return draft_from(version, valid_from=dt.date(2025, 1, 1), by=editor, at=AT)


def renamed(version, title):
    content = ClauseContent.of(version)
    return replace(content, definition={**copy.deepcopy(content.definition), "title": title})


def test_a_draft_says_what_its_version_says_from_another_day_on(draft, editor):
    published = clause_of("3.4.5").versions.get(number=1)
    assert (draft.number, draft.state, draft.edit) == (2, "draft", 1)
    assert (draft.based_on, draft.drafted_by) == (published, editor)
    assert content_of(draft) == replace(ClauseContent.of(published), valid_from=dt.date(2025, 1, 1))
    units = list(draft.units.values_list("role", "order", "unit__name", "group__printed"))
    assert units == list(published.units.values_list("role", "order", "unit__name", "group__printed"))
    assert list(history(draft).values_list("event", "actor_id")) == [("policies.version_drafted", editor.pk)]


def test_the_content_of_a_loaded_version_has_the_sum_that_the_load_gave_it(loaded):
    version = clause_of("3.4.1").versions.get()
    assert ClauseContent.of(version).sha256 == version.content_sha256
    content = ClauseContent.of(version)
    assert ClauseContent.from_json(content.as_json()) == content


def test_every_save_is_kept_and_may_be_restored(draft, editor):
    draft = save_draft(draft, content=renamed(draft, "甲"), expected_edit=1, by=editor, at=AT)
    draft = save_draft(draft, content=renamed(draft, "乙"), expected_edit=2, by=editor, at=LATER, note="试一试")
    first = draft.edits.get(edit=2)
    draft = restore_edit(first, expected_edit=3, by=editor, at=LATER)
    assert draft.definition["title"] == "甲"
    titles = [edit.content["definition"]["title"] for edit in draft.edits.order_by("edit")]
    assert titles == ["“5G+智慧工厂”建设补助", "甲", "乙", "甲"]
    assert draft.edits.first().note == "恢复到第 2 次修改"
    with pytest.raises(DatabaseError), transaction.atomic():
        DraftEdit.objects.filter(pk=first.pk).delete()


def test_saving_what_stands_there_adds_nothing(draft, editor):
    same = save_draft(draft, content=ClauseContent.of(draft), expected_edit=1, by=editor, at=LATER)
    assert same.edit == 1
    assert draft.edits.count() == 1


def test_the_second_of_two_editors_is_told_who_was_first(draft, editor):
    other = AdministratorFactory(name="钱后来")
    save_draft(draft, content=renamed(draft, "甲"), expected_edit=1, by=other, at=AT)
    with pytest.raises(Conflict, match=r"钱后来在.*保存了第 2 次修改，您打开的是第 1 次"):
        save_draft(draft, content=renamed(draft, "乙"), expected_edit=1, by=editor, at=LATER)
    draft.refresh_from_db()
    assert draft.definition["title"] == "甲"


def test_everybody_who_wrote_in_a_draft_needs_another_one_to_publish_it(draft, editor):
    other, third = AdministratorFactory(), AdministratorFactory()
    published = clause_of("3.4.5").versions.get(number=1)
    draft = save_draft(draft, content=renamed(draft, "智慧工厂补助"), expected_edit=1, by=other, at=AT)
    end_version(published, valid_to=dt.date(2024, 12, 31), by=third, at=AT)
    for author in (editor, other):
        with pytest.raises(SecondPersonNeeded, match="由您起草或修改过"):
            publish_version(draft, by=author, at=LATER)
    publish_version(draft, by=third, at=LATER)
    assert draft.published_by == third


def test_a_published_version_is_not_edited(loaded, editor):
    version = clause_of("3.4.5").versions.get()
    with pytest.raises(VersionStateError, match="已发布，不能修改"):
        save_draft(version, content=renamed(version, "甲"), expected_edit=1, by=editor, at=AT)


def test_a_draft_that_waits_for_publication_stays_as_it_was_submitted(draft, editor):
    publication = Publication.objects.create(
        document=draft.clause.document, reason="演示", content_sha256="0" * 64, submitted_by=editor, submitted_at=AT
    )
    PublicationItem.objects.create(publication=publication, clause_version=draft)
    with pytest.raises(VersionStateError, match="已提交发布"):
        save_draft(draft, content=renamed(draft, "甲"), expected_edit=1, by=editor, at=LATER)
    with pytest.raises(VersionStateError, match="已提交发布"):
        discard_draft(draft, expected_edit=1, reason="不要了", by=editor, at=LATER)


def test_a_draft_is_put_aside_and_taken_up_again_with_everything_in_it(draft, editor):
    draft = save_draft(draft, content=renamed(draft, "甲"), expected_edit=1, by=editor, at=AT)
    with pytest.raises(Invalid, match="请写明原因"):
        discard_draft(draft, expected_edit=2, reason=" ", by=editor, at=AT)
    draft = discard_draft(draft, expected_edit=2, reason="暂缓", by=editor, at=AT)
    assert draft.state == "discarded"
    with pytest.raises(VersionStateError, match="已搁置，不能修改"):
        save_draft(draft, content=renamed(draft, "乙"), expected_edit=2, by=editor, at=AT)
    draft = resume_draft(draft, expected_edit=2, reason="继续", by=editor, at=LATER)
    assert (draft.state, draft.definition["title"], draft.edits.count()) == ("draft", "甲", 2)


def test_discarded_drafts_are_nobodys_business_outside(draft, editor):
    discard_draft(draft, expected_edit=1, reason="暂缓", by=editor, at=AT)
    assert list(ClauseVersion.objects.visible_to(UserFactory()).filter(clause=draft.clause)) == [draft.based_on]


@pytest.mark.parametrize("who", [UserFactory, AuditorFactory])
def test_only_administrators_write(draft, who):
    person = who()
    with pytest.raises(NotAllowed):
        save_draft(draft, content=renamed(draft, "甲"), expected_edit=1, by=person, at=AT)
    with pytest.raises(NotAllowed):
        draft_from(draft.based_on, valid_from=dt.date(2025, 1, 1), by=person, at=AT)
    with pytest.raises(NotAllowed):
        create_rules(draft.clause.document, by=person, at=AT)


def test_days_in_the_wrong_order_are_refused(draft, editor):
    content = replace(ClauseContent.of(draft), valid_to=dt.date(2024, 1, 1))
    with pytest.raises(Invalid, match="失效日期不能早于生效日期") as refused:
        save_draft(draft, content=content, expected_edit=1, by=editor, at=AT)
    assert refused.value.field == "valid_to"
    with pytest.raises(Invalid, match="不能晚于有效期的最后一天"):
        draft_from(draft.based_on, valid_from=dt.date(2026, 1, 1), by=editor, at=AT)


def test_units_follow_the_bracket_and_an_unknown_one_is_left_to_the_lints(draft, editor):
    bracket = "[牵头单位：市财政局、市科技局；配合单位：市不存在局；责任单位：各县区（开发区、湾里管理局）]"
    content = replace(ClauseContent.of(draft), bracket=bracket)
    draft = save_draft(draft, content=content, expected_edit=1, by=editor, at=AT)
    assert [(unit.role, unit.name) for unit in draft.units.order_by("role", "order")] == [
        ("lead", "市财政局"),
        ("lead", "市科技局"),
        ("responsible", "各县区（开发区、湾里管理局）"),
    ]


def test_a_clause_is_cut_out_of_the_text(loaded, editor):
    node = clause_of("3.4.5").node
    quote = clause_of("3.4.5").versions.get().quote
    fields = {"title": "新条款", "node": node, "bracket": "", "is_monetary": True, "by": editor, "at": AT}
    with pytest.raises(Invalid, match="不在所选条文中"):
        create_clause(loaded, clause_id="9.9", quote="原文没有的句子。", **fields)
    with pytest.raises(Invalid, match=r"已有条款 3\.4\.5"):
        create_clause(loaded, clause_id="3.4.5", quote=quote, **fields)
    version = create_clause(loaded, clause_id="9.9", quote=quote, **fields)
    assert version.clause.order == Clause.objects.filter(document=loaded).exclude(pk=version.clause_id).count()
    assert version.definition == {"id": "9.9", "title": "新条款", "sentence": quote}
    assert (version.valid_from, version.valid_to) == (loaded.valid_from, loaded.valid_to)


def test_rules_take_their_groups_along_and_are_dated_with_them(loaded, editor):
    published = PolicyRules.objects.get(document=loaded)
    third = AdministratorFactory()
    before = published_policy(loaded.number, 2025)
    draft = draft_from(published, valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
    assert [group["name"] for group in draft.definition["groups"]] == ["研发投入"]
    changed = copy.deepcopy(draft.definition)
    changed["groups"][0]["clauses"] = ["3.4.1", "3.4.2"]
    content = replace(RulesContent.of(draft), definition=changed)
    draft = save_draft(draft, content=content, expected_edit=1, by=editor, at=AT)
    end_version(published, valid_to=dt.date(2024, 12, 31), by=third, at=AT)
    publish_version(draft, by=third, at=LATER)
    assert published_policy(loaded.number, 2024).groups == before.groups
    assert [group.clauses for group in published_policy(loaded.number, 2025).groups] == [("3.4.1", "3.4.2")]


def test_cases_come_along_and_are_fixed_with_the_version(draft, editor):
    case = VersionCase.objects.create(
        version=draft, number=1, title="一个项目", document={}, expected={}, entered_by=editor, entered_at=AT
    )
    end_version(draft.based_on, valid_to=dt.date(2024, 12, 31), by=None, at=AT)
    publish_version(draft, by=AdministratorFactory(), at=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        case.delete()
    again = draft_from(draft, valid_from=dt.date(2025, 6, 1), by=editor, at=LATER)
    assert [one.title for one in again.cases.all()] == ["一个项目"]
