"""What was compiled is used again until something that went into it changes, and then at once no longer."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.canonical import digest
from policies.actions import publish_version
from policies.api import fresh, library_data
from policies.errors import PolicyUnknown, PolicyYearError
from policies.models import ClauseGroup, ClauseVersion, PolicySetting, SeriesValue
from policies.queries import published_policy
from tests.factories.accounts import UserFactory
from tests.factories.policies import AT, NUMBER, clause_of
from tests.policies.rules.support import claim, document, loan
from tests.policies.test_versions import copy_of

pytestmark = pytest.mark.django_db

SMART = claim("3.4.5", projects=[{"investment": "80000000.00"}])


def total(post, *claims, year=2025):
    return post(document(*claims, year=year)).json()["settlement"]["total"]


def test_a_draft_changes_nothing_and_a_published_version_counts_at_once(loaded, post):
    assert total(post, SMART) == "5000000.00"
    first = clause_of("3.4.5").versions.get()
    ClauseVersion.objects.filter(pk=first.pk).update(valid_to=dt.date(2024, 12, 31))
    award = {**first.definition["award"], "row_cap": None}
    uncapped = {**first.definition, "award": award, "untranslated": ["单个项目最高不超过500万元"]}
    second = copy_of(first, 2, dt.date(2025, 1, 1), dt.date(2025, 12, 31), definition=uncapped)
    second.definition_sha256 = digest(uncapped)
    second.save()
    assert post(document(SMART, year=2025)).status_code == 422
    publish_version(second, by=UserFactory(), at=AT)
    assert total(post, SMART) == "40000000.00"
    assert total(post, SMART, year=2024) == "5000000.00"


def test_a_setting_counts_at_once(loaded, post):
    loans = claim("3.1.2", loans=[loan("10000000.00", "2025-01-01")])
    before = total(post, loans)
    row = PolicySetting.objects.get(document=loaded, key="day_count")
    row.pk, row.number, row.value = None, 2, 365
    row.save()
    assert total(post, loans) < before


def test_a_rate_of_the_series_counts_at_once(loaded, post):
    loans = claim("3.1.2", loans=[loan("10000000.00", "2025-01-01")])
    before = total(post, loans)
    SeriesValue.objects.filter(value="3.00").update(value="2.00")
    assert total(post, loans) < before


def test_a_confirmed_group_is_seen_at_once(loaded, client):
    def confirmed():
        return {group["name"]: group["confirmed"] for group in client.get("/api/v1/clauses").json()["groups"]}

    assert confirmed() == {"研发投入": False}
    ClauseGroup.objects.update(confirmed_at=AT, confirmed_by=UserFactory())
    assert confirmed() == {"研发投入": True}


def test_every_table_that_is_read_is_part_of_the_stamp(loaded):
    with CaptureQueriesContext(connection) as captured:
        published_policy(NUMBER, 2024)
        library_data._policies()
        library_data._clauses({"number": NUMBER}, 2024)
    read = {name for query in captured for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
    assert read
    assert read <= {model._meta.db_table for model, _ in fresh.STAMPED}


def test_what_was_published_while_a_value_was_made_is_not_missed(loaded, monkeypatch):
    kept, stamps = fresh.Kept(), iter("aabbbb")
    monkeypatch.setattr(fresh, "stamp", lambda: next(stamps))
    assert kept.get("key", lambda: 1) == 1  # a, a: kept under a
    assert kept.get("key", lambda: 2) == 2  # b, b
    assert kept.get("key", lambda: 3) == 2
    stamps = iter("cddd")
    assert kept.get("key", lambda: 4) == 4  # c, d: not kept
    assert kept.get("key", lambda: 5) == 5


def test_not_more_than_a_few_are_kept(loaded, monkeypatch):
    kept = fresh.Kept()
    monkeypatch.setattr(fresh, "stamp", lambda: "same")
    for key in range(10 * fresh._KEEP):
        kept.get(key, lambda: "value")
    assert len(kept._values) <= fresh._KEEP


def test_compiled_once(loaded):
    assert fresh.current_policy(NUMBER, 2024) is fresh.current_policy(NUMBER, 2024)


def test_what_does_not_exist_is_asked_for_each_time(loaded):
    for _ in range(2):
        with pytest.raises(PolicyUnknown):
            fresh.current_policy("演示〔2099〕1号", 2024)
        with pytest.raises(PolicyYearError):
            fresh.current_policy(NUMBER, 2026)
