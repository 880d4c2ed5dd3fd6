"""The demonstration has a file at every stage, made through the actions of real ones, and can be loaded again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.absences import absences_on
from accounts.demo import load_demo
from applications.models import Application, Message
from awards.models import Award, Envelope, Payment, Recovery
from nanchang_ei.demo import FILES, LARGE, MATERIALS, TERMINALS, load_files
from nanchang_ei.demo_money import load_money
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


def test_money_at_every_stage(policies_loaded):
    now = timezone.now()
    load_demo(at=now, password="shown-to-visitors-1")
    load_calls(timezone.localdate(now), at=now)
    load_files(now=now)
    names = {"large": LARGE, "materials": MATERIALS, "terminals": TERMINALS}
    assert load_money(now=now, **names) == 3
    # Shown with an objection; one share returned, the other paid; paid and claimed back; two to choose from.
    states = dict(Award.objects.values_list("application__clause__clause_id", "state").order_by("pk"))
    assert sorted(Award.objects.values_list("state", flat=True)) == [
        "candidate",
        "candidate",
        "objected",
        "paid",
        "paying",
    ]
    assert (states["3.3.2"], states["3.4.1"], states["3.4.2"]) == ("paid", "candidate", "candidate")
    assert sorted(Payment.objects.values_list("state", flat=True)) == ["paid", "paid", "paid", "returned"]
    assert Recovery.objects.get().state == "demanded"
    before = Envelope.objects.count()
    assert load_money(now=now, **names) == 0
    assert (Envelope.objects.count(), Recovery.objects.count()) == (before, 1)
