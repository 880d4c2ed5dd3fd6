"""Panels and two at once on the real database, each with a control that shows what the lock prevents."""

import threading

import pytest

from common.audit.queries import history
from common.errors import Conflict, NotAllowed
from reviews.actions import conclusion as conclusion_actions
from reviews.actions import routes
from reviews.actions.conclusion import Verdict, conclude_panel
from reviews.actions.panel_members import leave_panel
from reviews.actions.scoring import recuse_expert, submit_sheet
from reviews.enums import PanelState, StageKind
from reviews.models import Decision, Panel, Recusal, Sheet
from tests.factories.applications import make_company
from tests.factories.panels import PROPOSED, convene, expert, panel_stage, scoring, seats, submit
from tests.factories.reviews import LATER, advance_to, decide, make_case, officer, running, task_of
from tests.factories.units import make_rule
from tests.reviews.threads import WAIT, in_threads

pytestmark = pytest.mark.django_db(transaction=True)
UNIT = "市科技局"


@pytest.fixture
def case(policies_loaded):
    """A file of the competition before its experts."""
    return advance_to(make_case(make_company(), "3.4.4"), StageKind.EXPERT)


def conclusion(panel, stage, **values):
    """A job: the chair's conclusion as the page of this moment would send it."""
    chair = seats(panel)[0].user
    version = Panel.objects.get(pk=panel.pk).version
    return lambda: conclude_panel(
        **{
            "panel": panel,
            "expected_version": version,
            "verdicts": {stage.pk: Verdict(favourable=True, amount_fen=PROPOSED)},
            "remarks": "综合意见。",
            "by": chair,
            "at": LATER,
        }
        | values
    )


def test_of_two_conclusions_at_once_one_moves_the_files_and_both_are_answered(case):
    panel, stage = scoring(case), panel_stage(case)
    for member in seats(panel):
        submit(member, stage)
    answers, faults = in_threads([conclusion(panel, stage)] * 2)
    assert (len(answers), faults) == (2, [])
    assert Decision.objects.filter(task__stage=stage).count() == 1
    assert [event.event for event in history(case)].count("panel.concluded") == 1
    assert running(case).kind == StageKind.LEAD


class TestALateSheet:
    """A member submits while the unit takes the member off and the chair concludes without."""

    @pytest.fixture
    def jobs(self, case):
        panel, stage = scoring(case), panel_stage(case)
        first, second, third = seats(panel)
        for member in (first, second):
            submit(member, stage)
        panel.refresh_from_db()
        criteria = {criterion.pk: "1" for criterion in panel.criteria.all()}
        handler = officer(UNIT)

        def late():
            return submit_sheet(member=third, stage=stage, seen=None, scores=criteria, by=third.user, at=LATER)

        def leave_and_conclude():
            leave_panel(member=third, expected_version=panel.version, reason="未按时提交", by=handler, at=LATER)
            return conclusion(panel, stage)()

        return panel, late, leave_and_conclude

    @staticmethod
    def counted(panel) -> tuple[set[int], set[int]]:
        """Sheets of the frozen result, and sheets that were submitted."""
        panel.refresh_from_db()
        submitted = Sheet.objects.filter(member__panel=panel, submitted_at__isnull=False)
        return set(panel.result[0]["sheets"]), set(submitted.values_list("pk", flat=True))

    @pytest.mark.parametrize("attempt", range(3))
    def test_is_counted_or_refused(self, jobs, attempt):
        panel, late, leave_and_conclude = jobs
        answers, faults = in_threads([late, leave_and_conclude])
        assert (len(answers), len(faults)) == (1, 1)
        assert isinstance(faults[0], Conflict | NotAllowed)
        panel.refresh_from_db()
        if panel.state == PanelState.CONCLUDED:
            frozen, submitted = self.counted(panel)
            assert frozen == submitted
        else:
            assert Sheet.objects.filter(member__panel=panel, submitted_at__isnull=False).count() == 3

    def test_control_without_the_lock_a_sheet_is_submitted_and_not_counted(self, jobs, monkeypatch):
        panel, late, leave_and_conclude = jobs
        checked, concluded = threading.Event(), threading.Event()

        def unlocked(panel_id):
            return Panel.objects.select_related("unit", "clause").get(pk=panel_id)

        def slow(*args):
            checked.set()
            assert concluded.wait(timeout=WAIT)

        monkeypatch.setattr("reviews.actions.scoring.lock_panel", unlocked)
        monkeypatch.setattr("reviews.actions.scoring.lock_case", lambda case_id: None)
        monkeypatch.setattr("reviews.actions.scoring.take_part", slow)
        monkeypatch.setattr("reviews.actions.scoring._tell_when_complete", lambda *args, **kwargs: None)

        def conclude_meanwhile():
            assert checked.wait(timeout=WAIT)
            try:
                return leave_and_conclude()
            finally:
                concluded.set()

        answers, faults = in_threads([late, conclude_meanwhile])
        assert (len(answers), faults) == (2, [])
        frozen, submitted = self.counted(panel)
        assert submitted > frozen


@pytest.mark.parametrize("attempt", range(4))
def test_stepping_back_and_concluding_at_once_never_wait_for_each_other(case, attempt):
    panel, stage = scoring(case), panel_stage(case)
    for member in seats(panel):
        submit(member, stage)
    third = seats(panel)[2]
    answers, faults = in_threads(
        [
            conclusion(panel, stage),
            lambda: recuse_expert(member=third, stage=stage, reason="亲属", by=third.user, at=LATER),
        ]
    )
    assert (len(answers), [type(fault) for fault in faults]) == (1, [Conflict])
    panel.refresh_from_db()
    assert (panel.state == PanelState.CONCLUDED) != Recusal.objects.filter(user=third.user).exists()


class TestALateFile:
    """A file reaches its experts while the chair concludes."""

    @pytest.fixture
    def jobs(self, case):
        panel, stage = scoring(case), panel_stage(case)
        for member in seats(panel):
            submit(member, stage)
        late = advance_to(make_case(make_company(district="经开区"), "3.4.4"), StageKind.CONSULTATION)
        first, last = list(running(late).tasks.order_by("pk"))
        decide(first)
        officer(last.unit)
        return panel, stage, late, last

    @pytest.mark.parametrize("attempt", range(3))
    def test_stands_before_this_panel_or_before_none(self, jobs, attempt):
        panel, stage, late, last = jobs
        answers, faults = in_threads([conclusion(panel, stage), lambda: decide(last)])
        panel.refresh_from_db()
        attached = panel_stage(late).panel
        if attached is None:
            assert (panel.state, len(answers)) == (PanelState.CONCLUDED, 2)
        else:
            assert (attached, panel.state) == (panel, PanelState.SCORING)
            assert [type(fault) for fault in faults] == [Conflict]

    def test_control_without_the_lock_it_stands_before_a_panel_that_has_ended(self, jobs, monkeypatch):
        panel, stage, late, last = jobs
        found, concluded = threading.Event(), threading.Event()

        def unlocked(of):
            running_panel = Panel.objects.exclude(state=PanelState.CONCLUDED).get(pk=panel.pk)
            found.set()
            assert concluded.wait(timeout=WAIT)
            return running_panel

        monkeypatch.setattr("reviews.actions.panels._running_panel", unlocked)
        conclude = conclusion(panel, stage)

        def conclude_meanwhile():
            assert found.wait(timeout=WAIT)
            try:
                return conclude()
            finally:
                concluded.set()

        answers, faults = in_threads([lambda: decide(last), conclude_meanwhile])
        assert (len(answers), faults) == (2, [])
        assert panel_stage(late).panel.state == PanelState.CONCLUDED


def test_a_panel_convened_while_a_file_arrives_has_it(case):
    late = advance_to(make_case(make_company(district="经开区"), "3.4.4"), StageKind.CONSULTATION)
    first, last = list(running(late).tasks.order_by("pk"))
    decide(first)
    officer(last.unit)
    people = [expert(UNIT) for _ in range(3)]
    officer(UNIT)
    task_of(case)
    answers, faults = in_threads([lambda: convene(case, members=people), lambda: decide(last)])
    assert (len(answers), faults) == (2, [])
    assert Panel.objects.get().stages.count() == 2


class TestAFileThatComesWhileThePanelConcludes:
    """Both share out new tasks by a rule of the unit, and both need the panel: they lock in one order."""

    def test_neither_waits_for_the_other_for_ever(self, case, monkeypatch):
        make_rule(UNIT)
        officer(UNIT)
        panel = scoring(case)
        for member in seats(panel):
            submit(member, panel_stage(case))
        coming = advance_to(make_case(make_company(district="经开区"), "3.4.4"), StageKind.CONSULTATION)
        *others, last = running(coming).tasks.select_related("unit", "stage").order_by("pk")
        for task in others:
            decide(task)
        officer(last.unit)
        opened, concluding = threading.Event(), threading.Event()
        share_out, advance = routes.assign_by_rule, conclusion_actions.advance

        def meets(task, *, at):
            found = share_out(task, at=at)
            opened.set()
            concluding.wait(1)
            return found

        def meets_too(stage, *, by, at):
            concluding.set()
            opened.wait(1)
            return advance(stage, by=by, at=at)

        monkeypatch.setattr(routes, "assign_by_rule", meets)
        monkeypatch.setattr(conclusion_actions, "advance", meets_too)
        answers, faults = in_threads([lambda: decide(last), conclusion(panel, panel_stage(case))])
        assert (len(answers), faults) == (2, [])
        assert running(case).kind == StageKind.LEAD
        assert running(coming).kind == StageKind.EXPERT
