"""The job of a simulation: parts in any order, repeated, failing, killed in between; one answer whatever happened."""

import itertools

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Notification
from awards.actions import simulate as job
from awards.actions import simulate_part, start_again, start_simulation
from awards.enums import SimulationState
from awards.models import Simulation, SimulationPart
from common.audit.queries import history
from common.errors import Conflict, NotAllowed
from common.outbox.actions import deliver, run_owed
from common.outbox.models import OutboxMessage
from policies.errors import PolicyYearError
from policies.models import PolicySetting
from policies.rules.compile import DefinitionError
from policies.rules.intake import EvaluationFault
from tests.awards.simulation.conftest import LARGE, LOWER, SMALL, SmallYear
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import AT, YEAR
from tests.factories.reviews import LATER


@pytest.fixture(autouse=True)
def parts_of_one_key(monkeypatch):
    """Every enterprise is a part of its own, so that three of them are three parts."""
    for module in ("awards.queries.snapshots", "awards.queries.year_facts"):
        monkeypatch.setattr(f"{module}.PART_KEYS", 1)


def start(small_year: SmallYear, administrator, change=LOWER, **options) -> Simulation:
    return start_simulation(
        document=small_year.document, policy_year=YEAR, change=change, by=administrator, at=AT, **options
    )


def messages(simulation: Simulation) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind="awards.simulate_part", payload__simulation=simulation.pk))


def fresh(simulation: Simulation) -> Simulation:
    return Simulation.objects.get(pk=simulation.pk)


def test_the_whole_way(small_year: SmallYear, administrator):
    simulation = start(small_year, administrator)
    assert (simulation.state, simulation.parts_total, simulation.parts_done) == (SimulationState.QUEUED, 3, 0)
    assert [message.payload for message in messages(simulation)] == [
        {"simulation": simulation.pk, "part": number}
        for number in simulation.parts.order_by("number").values_list("number", flat=True)
    ]
    run_owed(at=LATER)
    done = fresh(simulation)
    assert (done.state, done.parts_done, done.finished_at, done.error) == (SimulationState.DONE, 3, LATER, "")
    assert done.result["whole"] | {"near": 0, "pending": 0} == done.result["whole"] | {
        "files": 4,
        "touched": 2,
        "before": 36_800_000_00,
        "after": 35_000_000_00,
        "near": 0,
        "pending": 0,
    }
    names = {small_year.large.enterprise.pk: LARGE, small_year.small.enterprise.pk: SMALL}
    assert [names[one["id"]] for one in done.result["losers"]] == [LARGE, SMALL]
    assert done.changed == [
        {"section": "3.4.5", "label": "补贴比例", "before": "50%", "after": "40%"},
    ]
    assert [event.event for event in history(done)] == ["simulation.started", "simulation.finished"]
    message = Notification.objects.get(user=administrator)
    assert message.url == f"/awards/simulations/{done.pk}/"


def test_the_order_of_parts_does_not_matter(small_year: SmallYear, administrator):
    answers = []
    for order in itertools.permutations(range(3)):
        simulation = start(small_year, administrator)
        owed = messages(simulation)
        for index in order:
            assert fresh(simulation).state != SimulationState.DONE
            deliver(owed[index].pk, at=LATER)
        done = fresh(simulation)
        assert done.state == SimulationState.DONE
        answers.append((done.result, done.left_out))
    assert all(answer == answers[0] for answer in answers)


def test_a_repeated_part_changes_nothing(small_year: SmallYear, administrator):
    simulation = start(small_year, administrator)
    numbers = list(simulation.parts.values_list("number", flat=True))
    for number in [numbers[0], numbers[0], *numbers, *numbers]:
        simulate_part(simulation_id=simulation.pk, number=number, at=LATER)
    done = fresh(simulation)
    assert (done.state, done.parts_done) == (SimulationState.DONE, 3)
    assert done.result["whole"]["files"] == 4
    assert len([event for event in history(done) if event.event == "simulation.finished"]) == 1
    assert Notification.objects.filter(user=administrator).count() == 1


def test_a_worker_killed_before_its_commit_loses_nothing(small_year: SmallYear, administrator):
    simulation = start(small_year, administrator)
    owed = messages(simulation)

    class Killed(BaseException):
        pass

    def dies():
        with transaction.atomic():
            simulate_part(simulation_id=simulation.pk, number=owed[0].payload["part"], at=LATER)
            raise Killed

    with pytest.raises(Killed):
        dies()
    assert fresh(simulation).parts_done == 0
    run_owed(at=LATER)
    assert fresh(simulation).result["whole"]["after"] == 35_000_000_00


def failing(monkeypatch, part: int, error: Exception, *, times: int = 10**6):
    real, left = job.part_facts, [times]

    def read(year, wanted, **options):
        if wanted.number == part and left[0]:
            left[0] -= 1
            raise error
        return real(year, wanted, **options)

    monkeypatch.setattr(job, "part_facts", read)


def test_a_part_that_fails_once_is_tried_again(small_year: SmallYear, administrator, monkeypatch):
    simulation = start(small_year, administrator)
    failing(monkeypatch, simulation.parts.first().number, OSError("disk"), times=1)
    run_owed(at=LATER)
    assert (fresh(simulation).state, fresh(simulation).parts_done) == (SimulationState.RUNNING, 2)
    run_owed(at=LATER.replace(hour=23))
    assert fresh(simulation).result["whole"]["after"] == 35_000_000_00


def test_a_part_that_keeps_failing_ends_the_simulation_with_a_sentence(
    small_year: SmallYear, administrator, monkeypatch
):
    simulation = start(small_year, administrator)
    failing(monkeypatch, simulation.parts.first().number, RuntimeError("a bug"))
    for hour in range(10, 10 + job.ATTEMPTS):
        run_owed(at=LATER.replace(hour=hour))
    ended = fresh(simulation)
    assert (ended.state, ended.result) == (SimulationState.FAILED, None)
    assert "请重新开始" in ended.error
    assert "a bug" not in ended.error
    assert not OutboxMessage.objects.filter(kind="awards.simulate_part", done_at__isnull=True).exists()
    assert [event.event for event in history(ended)] == ["simulation.started", "simulation.failed"]


def test_what_trying_again_cannot_mend_ends_it_at_once(small_year: SmallYear, administrator, monkeypatch):
    simulation = start(small_year, administrator)
    failing(monkeypatch, simulation.parts.first().number, DefinitionError("条款 3.4.5 的数值可能溢出。"))
    run_owed(at=LATER)
    assert fresh(simulation).state == SimulationState.FAILED
    assert "可能溢出" in fresh(simulation).error


def test_parts_are_never_computed_with_two_policies(small_year: SmallYear, administrator):
    simulation = start(small_year, administrator)
    owed = messages(simulation)
    deliver(owed[0].pk, at=LATER)
    old = PolicySetting.objects.get(document=small_year.document, key="day_count")
    old.pk, old.number, old.value = None, old.number + 1, 365
    old.save(force_insert=True)
    run_owed(at=LATER)
    ended = fresh(simulation)
    assert ended.state == SimulationState.FAILED
    assert "政策数据已有变动" in ended.error
    again = start_again(simulation=ended, by=administrator, at=LATER)
    run_owed(at=LATER)
    assert fresh(again).result["whole"]["after"] == 35_000_000_00


def test_a_running_simulation_is_not_started_again(small_year: SmallYear, administrator):
    simulation = start(small_year, administrator)
    with pytest.raises(Conflict):
        start_again(simulation=simulation, by=administrator, at=AT)
    assert Simulation.objects.count() == 1


def test_a_year_without_files_is_done_at_once(small_year: SmallYear, administrator):
    simulation = start_simulation(document=small_year.document, policy_year=2025, change=LOWER, by=administrator, at=AT)
    assert (simulation.state, simulation.parts_total) == (SimulationState.DONE, 0)
    assert simulation.result["whole"]["files"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {},
        None,
        {"clauses": {"3.4.5": {"award.each.rate": "50%"}}},
        {"clauses": {"3.4.5": {"award.each.rate": "400%"}}},
        {"note": "\x00", "total_cap": None},
    ],
)
def test_a_faulty_change_stores_nothing(small_year: SmallYear, administrator, change):
    with pytest.raises(EvaluationFault) as refused:
        start(small_year, administrator, change)
    assert refused.value.status == 422
    assert not Simulation.objects.exists()
    assert not OutboxMessage.objects.filter(kind="awards.simulate_part").exists()


def test_who_may_not_and_which_year_is_none(small_year: SmallYear, administrator):
    for person in (AuditorFactory(), small_year.large.legal):
        with pytest.raises(NotAllowed):
            start(small_year, person)
    with pytest.raises(PolicyYearError):
        start_simulation(document=small_year.document, policy_year=2050, change=LOWER, by=administrator, at=AT)
    assert not Simulation.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"state": "done"},
        {"state": "failed", "finished_at": AT},
        {"state": "running", "finished_at": AT},
        {"state": "queued", "error": "原因"},
        {"state": "done", "finished_at": AT, "result": {}},
        {"parts_done": 4},
        {"state": "strange"},
    ],
)
def test_the_database_knows_which_states_exist(small_year: SmallYear, administrator, values):
    simulation = start(small_year, administrator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Simulation.objects.filter(pk=simulation.pk).update(**values)


def test_a_part_stands_once_and_is_done_with_its_answer(small_year: SmallYear, administrator):
    part = start(small_year, administrator).parts.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        SimulationPart.objects.create(simulation=part.simulation, number=part.number)
    with pytest.raises(IntegrityError), transaction.atomic():
        SimulationPart.objects.filter(pk=part.pk).update(done_at=AT)
