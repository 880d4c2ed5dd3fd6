"""Definitions are kept by their content: once, for good, and never trusted without their hash."""

import json
import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.audit.queries import history
from common.canonical import digest
from policies.actions import keep_definition
from policies.models import KeptDefinition
from policies.queries import KeptDefinitionFault, kept_definition, published_policy
from policies.rules.receipt import definition_sha256
from tests.factories.policies import AT, NUMBER
from tests.policies.rules.support import policy, variant
from tests.reviews.threads import in_threads


def overwrite(sha256, definition):
    """As somebody would who owns the tables and switches the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE policies_keptdefinition SET definition = %s WHERE sha256 = %s", [json.dumps(definition), sha256]
        )


@pytest.mark.django_db
class TestKeeping:
    def test_what_is_kept_comes_back_whole(self):
        sha256 = keep_definition(policy(), at=AT)
        assert sha256 == definition_sha256(policy())
        assert kept_definition(sha256) == policy()
        row = KeptDefinition.objects.get()
        assert (row.policy, row.kept_at) == (policy().number, AT)

    def test_what_the_database_publishes_can_be_kept(self, loaded):
        published = published_policy(NUMBER, 2024)
        assert kept_definition(keep_definition(published, at=AT)) == published

    def test_the_same_content_is_kept_once_and_on_record_once(self):
        first = keep_definition(policy(), at=AT)
        with CaptureQueriesContext(connection) as queries:
            assert keep_definition(policy(), at=AT) == first
        assert not [query for query in queries if '"definition"' in query["sql"]]  # its 60 KB are not fetched
        row = KeptDefinition.objects.get()
        assert [event.event for event in history(row)] == ["policies.definition_kept"]

    def test_another_setting_is_another_content(self):
        changed = variant(day_count=365).definition
        assert keep_definition(changed, at=AT) != keep_definition(policy(), at=AT)
        assert KeptDefinition.objects.count() == 2
        assert kept_definition(definition_sha256(changed)).settings.day_count.value == 365

    def test_what_was_never_kept_is_none(self):
        assert kept_definition("0" * 64) is None

    @pytest.mark.parametrize("change", ["update", "delete"])
    def test_the_database_refuses_changes(self, change):
        keep_definition(policy(), at=AT)
        rows = KeptDefinition.objects.all()
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rows.update(policy="x") if change == "update" else rows.delete()

    def test_a_changed_content_is_refused(self):
        sha256 = keep_definition(policy(), at=AT)
        data = policy().model_dump(mode="json")
        data["settings"]["day_count"]["value"] = 365
        overwrite(sha256, data)
        with pytest.raises(KeptDefinitionFault, match="校验值不符") as caught:
            kept_definition(sha256)
        assert caught.value.altered

    def test_what_the_schema_gained_since_does_not_change_the_hash(self):
        """A definition kept before a field with a default existed is hashed as it was kept."""
        data = policy().model_dump(mode="json")
        del data["clauses"][0]["competitive"]
        sha256 = digest(data)
        KeptDefinition.objects.create(sha256=sha256, policy=policy().number, definition=data, kept_at=AT)
        assert kept_definition(sha256) == policy()

    def test_what_no_schema_reads_is_told(self):
        data = policy().model_dump(mode="json") | {"unknown": 1}
        KeptDefinition.objects.create(sha256=digest(data), policy=policy().number, definition=data, kept_at=AT)
        with pytest.raises(KeptDefinitionFault, match="不能由现在的程序读取") as caught:
            kept_definition(digest(data))
        assert not caught.value.altered


@pytest.mark.django_db(transaction=True)
def test_two_at_once_keep_one():
    together = threading.Barrier(4)

    def keep():
        together.wait(timeout=10)
        return keep_definition(policy(), at=AT)

    answers, faults = in_threads([keep] * 4)
    assert faults == []
    assert set(answers) == {definition_sha256(policy())}
    assert KeptDefinition.objects.count() == 1
