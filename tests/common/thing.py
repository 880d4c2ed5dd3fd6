"""A model of the tests' own, in no installed app; its table lives inside the transaction of one test."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps.registry import Apps
from django.db import connection, models

from common.fields import EncryptedTextField, non_negative, one_of, paired
from common.transitions import Transition, TransitionTable


class State(models.TextChoices):
    DRAFT = "draft", "草稿"
    FILED = "filed", "已申报"
    ACCEPTED = "accepted", "已受理"
    REFUSED = "refused", "不予支持"


class Thing(models.Model):  # noqa: DJ008
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    account = EncryptedTextField(null=True)
    amount_fen = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.IntegerField(null=True)

    class Meta:
        app_label = "common_tests"
        apps = Apps()
        constraints = [non_negative("amount_fen"), paired("decided_at", "decided_by"), one_of("state", State)]


TABLE = TransitionTable(
    State,
    [
        Transition("file", [State.DRAFT], State.FILED, roles=["filer"], label="提交申报"),
        Transition("withdraw", State.FILED, State.DRAFT, roles=["filer"], label="撤回"),
        Transition("accept", [State.FILED], State.ACCEPTED, roles=["officer"], label="受理"),
        Transition(
            "refuse", [State.FILED, State.ACCEPTED], State.REFUSED, roles=["officer", "leader"], label="不予支持"
        ),
    ],
    initial=State.DRAFT,
)


@contextmanager
def thing_table() -> Iterator[type[Thing]]:
    """Make the table; dropping it is the rollback's work."""
    with connection.schema_editor() as editor:
        editor.create_model(Thing)
    yield Thing
