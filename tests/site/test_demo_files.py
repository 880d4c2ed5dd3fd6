"""The demonstration has a file at every stage, made through the actions of real ones, and can be loaded again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.absences import absences_on
from accounts.demo import load_demo
from applications.models import Application, Message
from nanchang_ei.demo import FILES, load_files
from policies.demo import load as load_calls
from reviews.enums import Outcome, PanelState, StageKind, StageState
from reviews.models import AssignmentRule, Case, Decision, Note, Panel, Sheet, Stage, Task

# Filings are told to reviews when they are committed, so the commits are real here.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_at_every_stage(policies_loaded):
    now = timezone.now()
    load_demo(at=now, password="shown-to-visitors-1")
    load_calls(timezone.localdate(now), at=now)
    assert load_files(now=now) == len(FILES)
    assert Application.objects.count() == len(FILES)
    assert Case.objects.count() == len([file for file in FILES if file.until != "draft"])
    running = Stage.objects.filter(state__in=[StageState.OPEN, StageState.PAUSED])
    assert set(running.values_list("kind", flat=True)) >= {
        StageKind.PRELIMINARY,
        StageKind.CONSULTATION,
        StageKind.EXPERT,
        StageKind.LEAD,
    }
    assert running.filter(state=StageState.PAUSED, pauses__ended_at=None).exists()
    assert running.filter(due_on__lt=timezone.localdate(now) - timedelta(days=1)).exists()
    assert Decision.objects.filter(outcome=Outcome.DISAGREE, points__stance="disagree").count() == 1
    panel = Panel.objects.get()
    assert (panel.state, panel.stages.count(), panel.members.count()) == (PanelState.SCORING, 3, 3)
    assert Sheet.objects.filter(submitted_at__isnull=False).count() == 6
    assert load_files(now=now) == 0
    # What goes on inside a unit and between both sides stands there once, however often the demonstration is loaded.
    assert [message.unit_id is None for message in Message.objects.order_by("pk")] == [False, True]
    assert Note.objects.count() == 1
    assert AssignmentRule.objects.filter(is_active=True).count() == 2
    assert [absence.deputy.username for absence in absences_on(timezone.localdate(now))] == ["keji.jingban"]
    assert Task.objects.filter(unit__code="keji", state="open").exclude(handler=None).count() == 1
