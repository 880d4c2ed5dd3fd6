"""Dated versions: chosen by the policy year, kept apart and immutable by the database itself."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import Conflict, Invalid
from policies.actions import change_setting, confirm_setting, publish_version, retire_version
from policies.errors import PolicyUnknown, PolicyYearError, VersionStateError
from policies.models import ClauseUnit, ClauseVersion, PolicyRules, PolicySetting
from policies.queries import (
    call_for,
    clause_version_for,
    clauses_open_for,
    open_calls,
    published_policy,
    setting_value,
)
from tests.factories.accounts import AdministratorFactory, UserFactory
from tests.factories.policies import AT, NUMBER, clause_of, make_call

pytestmark = pytest.mark.django_db


def copy_of(version, number, valid_from, valid_to, **changes):
    fields = {
        name: getattr(version, name)
        for name in (
            *("clause", "definition", "definition_sha256", "quote", "bracket", "evidence"),
            *("source_sha256", "content_sha256"),
        )
    }
    return ClauseVersion(**{**fields, "number": number, "valid_from": valid_from, "valid_to": valid_to, **changes})


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_years_in_force_have_a_policy(loaded, year):
    assert published_policy(NUMBER, year).number == NUMBER
    assert clause_version_for(clause_of("3.4.5"), year).number == 1


@pytest.mark.parametrize("year", [2022, 2026])
def test_a_year_without_policy_is_an_error_and_never_a_fallback(loaded, year):
    with pytest.raises(PolicyYearError, match=f"{year}年度"):
        published_policy(NUMBER, year)
    with pytest.raises(PolicyYearError, match="有效期"):
        clause_version_for(clause_of("3.4.5"), year)


def test_unknown_number(loaded):
    with pytest.raises(PolicyUnknown, match="没有文号"):
        published_policy("洪府发〔1999〕1号", 2024)


def test_a_retired_clause_governs_no_year(loaded):
    version = clause_of("3.4.5").versions.get()
    retire_version(version, by=UserFactory(), at=AT)
    with pytest.raises(PolicyYearError, match="没有适用于2024年度"):
        clause_version_for(clause_of("3.4.5"), 2024)
    assert "3.4.5" not in {clause.id for clause in published_policy(NUMBER, 2024).clauses}


def test_two_versions_share_the_years_between_them(loaded):
    first = clause_of("3.4.5").versions.get()
    ClauseVersion.objects.filter(pk=first.pk).update(valid_to=dt.date(2024, 12, 31))
    second = copy_of(first, 2, dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    second.save()
    publish_version(second, by=UserFactory(), at=AT)
    assert clause_version_for(first.clause, 2024) == first
    assert clause_version_for(first.clause, 2025) == second


@pytest.mark.parametrize(
    ("valid_from", "valid_to"),
    [
        (dt.date(2025, 12, 31), dt.date(2026, 12, 31)),
        (dt.date(2024, 1, 1), dt.date(2024, 1, 1)),
        (dt.date(2020, 1, 1), None),
    ],
)
def test_overlapping_published_versions_are_refused_by_the_database(loaded, valid_from, valid_to):
    first = clause_of("3.4.5").versions.get()
    with pytest.raises(IntegrityError, match="clauseversion_no_overlap"), transaction.atomic():
        copy_of(first, 2, valid_from, valid_to, state="published", published_at=AT).save()
    draft = copy_of(first, 2, valid_from, valid_to)
    draft.save()
    with pytest.raises(VersionStateError, match="重叠"):
        publish_version(draft, by=UserFactory(), at=AT)


def test_versions_of_other_clauses_and_drafts_may_overlap(loaded):
    first = clause_of("3.4.5").versions.get()
    copy_of(first, 2, first.valid_from, first.valid_to).save()
    assert first.clause.versions.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "改动"},
        {"definition": {}},
        {"valid_to": dt.date(2030, 1, 1)},
        {"valid_from": dt.date(2020, 1, 1)},
        {"state": "draft", "published_at": None},
        {"bracket": "[牵头单位：市商务局]"},
        {"evidence": []},
    ],
)
def test_a_published_version_cannot_be_changed_even_by_sql(loaded, change):
    version = clause_of("3.4.5").versions.get()
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        ClauseVersion.objects.filter(pk=version.pk).update(**change)


def test_a_published_version_and_its_units_cannot_be_deleted_or_extended(loaded):
    version = clause_of("3.4.5").versions.get()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM policies_clauseversion WHERE id = %s", [version.pk])
    with pytest.raises(IntegrityError, match="units of a published version"), transaction.atomic():
        version.units.all().delete()
    with pytest.raises(IntegrityError, match="units of a published version"), transaction.atomic():
        version.units.update(order=7)
    with pytest.raises(IntegrityError, match="units of a published version"), transaction.atomic():
        ClauseUnit.objects.create(version=version, role="cooperating", order=0, unit=version.units.first().unit)


def test_published_rules_cannot_be_changed(loaded):
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        PolicyRules.objects.update(definition={})


def test_a_published_version_may_end_earlier_and_be_retired_once(loaded):
    version = clause_of("3.4.5").versions.get()
    ClauseVersion.objects.filter(pk=version.pk).update(valid_to=dt.date(2025, 6, 30))
    retire_version(version, by=UserFactory(), at=AT)
    assert version.state == "retired"
    with pytest.raises(VersionStateError):
        retire_version(version, by=UserFactory(), at=AT)
    with pytest.raises(VersionStateError):
        publish_version(version, by=UserFactory(), at=AT)


def test_a_unit_row_names_a_unit_or_a_group(loaded):
    version = copy_of(clause_of("3.4.5").versions.get(), 2, dt.date(2024, 1, 1), None)
    version.save()
    with pytest.raises(IntegrityError, match="clauseunit_unit_or_group"), transaction.atomic():
        ClauseUnit.objects.create(version=version, role="lead", order=0)


def test_calls_cover_all_clauses_or_those_named(loaded):
    whole = make_call(loaded, 2025)
    some = make_call(loaded, 2024, (clause_of("3.4.5"),))
    assert set(open_calls(dt.date(2026, 3, 2))) == {whole, some}
    assert list(open_calls(dt.date(2026, 4, 30))) != []
    assert list(open_calls(dt.date(2026, 5, 1))) == []
    assert call_for(clause_of("3.3.1"), 2025) == whole
    assert call_for(clause_of("3.3.1"), 2024) is None
    assert call_for(clause_of("3.4.5"), 2024) == some
    assert call_for(clause_of("3.4.3"), 2025) is None
    assert clauses_open_for(2025).count() == 18
    assert [clause.clause_id for clause in clauses_open_for(2024)] == ["3.4.5"]
    assert clauses_open_for(2024, dt.date(2026, 5, 1)).count() == 0


def test_a_call_for_a_year_or_clause_that_the_policy_does_not_govern_is_refused(loaded):
    with pytest.raises(PolicyYearError):
        make_call(loaded, 2026)
    with pytest.raises(Invalid, match="资金条款"):
        make_call(loaded, 2025, (clause_of("3.4.3"),))
    with pytest.raises(Invalid, match="截止日期"):
        make_call(loaded, 2025, opens_on=dt.date(2026, 3, 2), closes_on=dt.date(2026, 3, 1))


def test_a_setting_is_confirmed_once_and_changed_by_a_new_row_from_a_day(loaded):
    setting = PolicySetting.objects.get(key="day_count")
    by = AdministratorFactory()
    confirm_setting(setting, by=by, at=AT)
    with pytest.raises(Conflict):
        confirm_setting(setting, by=by, at=AT)
    changed = change_setting(setting, value=365, valid_from=dt.date(2025, 1, 1), reason="银行按365天", by=by, at=AT)
    assert changed.number == 2
    assert (setting_value(loaded, "day_count", 2024), setting_value(loaded, "day_count", 2025)) == (360, 365)
    assert published_policy(NUMBER, 2024).settings.day_count.value == 360
    assert published_policy(NUMBER, 2025).settings.day_count.value == 365
    with pytest.raises(Conflict):
        change_setting(setting, value=360, valid_from=dt.date(2025, 1, 1), reason="旧的一版", by=by, at=AT)


def test_a_setting_takes_only_values_that_the_engine_knows(loaded):
    setting, by = PolicySetting.objects.get(key="day_count"), AdministratorFactory()
    with pytest.raises(Invalid, match="可选范围"):
        change_setting(
            setting, value=364, valid_from=dt.date(2025, 1, 1), reason="试", by=AdministratorFactory(), at=AT
        )
    with pytest.raises(Invalid, match="理由"):
        change_setting(setting, value=365, valid_from=dt.date(2025, 1, 1), reason=" ", by=by, at=AT)
