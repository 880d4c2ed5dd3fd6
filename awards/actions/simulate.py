"""A simulation from the question to the answer: parts computed in any order, by any worker, any number of times.

Each part is a message of the outbox; the part that comes last under the lock of the simulation's row puts everything
together. What cannot succeed by trying again ends the simulation with a sentence; what may is owed again.
"""

import logging
from datetime import datetime
from functools import reduce
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.enums import NoticeTopic, SystemRole
from accounts.models import User
from accounts.notifications import notify
from awards.enums import SimulationState
from awards.models import Simulation, SimulationPart
from awards.queries.impact import impacts_of
from awards.queries.left_out import LeftOut
from awards.queries.snapshots import forget_others, part_facts, parts_of
from awards.queries.year_facts import FiledYear
from awards.what_if import WhatIf
from common.audit.actions import record
from common.errors import Conflict, DomainError, NotAllowed
from common.money import yuan
from common.outbox.actions import enqueue
from policies.models import Document, Publication
from policies.rules.change import change_hash
from policies.rules.compile import DefinitionError
from policies.rules.impact import Impact
from policies.rules.nodes import MissingRateError

logger = logging.getLogger(__name__)

#: A part that fails for a reason nobody foresaw is tried so often before the simulation gives up.
ATTEMPTS = 3
OVER = (SimulationState.DONE, SimulationState.FAILED)


def may_simulate(user: User) -> bool:
    """Whether this person starts simulations; auditors read them."""
    return user.is_active and user.system_role == SystemRole.ADMINISTRATOR


def start_simulation(
    *, document: Document, policy_year: int, change: Any, by: User, at: datetime, include_refused: bool = False
) -> Simulation:
    """Check a change document and owe the computation of every part of the year.

    Raises NotAllowed, PolicyYearError, and EvaluationFault with every fault of the change; nothing is stored then.
    """
    if not may_simulate(by):
        raise NotAllowed("政策模拟由政策管理员发起。")
    what_if = WhatIf.of(FiledYear.of(document, policy_year, include_refused=include_refused), change)
    with transaction.atomic():
        parts = parts_of(what_if.year)
        simulation = Simulation.objects.create(
            document=document,
            policy_year=policy_year,
            include_refused=include_refused,
            change=change,
            change_sha256=change_hash(change),
            changed=what_if.changed_json,
            policy_sha256=what_if.year.definition_sha256,
            asked_by=by,
            asked_at=at,
            parts_total=len(parts),
        )
        SimulationPart.objects.bulk_create(
            [SimulationPart(simulation=simulation, number=part.number) for part in parts]
        )
        record(
            "simulation.started",
            subject=simulation,
            by=by,
            at=at,
            data={
                "policy": document.number,
                "policy_year": policy_year,
                "include_refused": include_refused,
                "change_sha256": simulation.change_sha256,
                "parts": len(parts),
            },
        )
        for part in parts:
            enqueue(
                "awards.simulate_part",
                {"simulation": simulation.pk, "part": part.number},
                key=f"awards.simulation:{simulation.pk}:{part.number}",
                at=at,
            )
        if not parts:
            _finish_if_complete(simulation.pk, at)
            simulation.refresh_from_db()
    forget_others(what_if.year, parts)
    return simulation


def start_again(*, simulation: Simulation, by: User, at: datetime) -> Simulation:
    """Ask the same question again, about the year and the policy as they stand now.

    Raises Conflict unless it failed, and what start_simulation raises.
    """
    if not simulation.is_over:
        raise Conflict("这次模拟还在计算，请等它完成。", what="计算中")
    if simulation.state != SimulationState.FAILED:
        raise Conflict("这次模拟已经完成；要再算一次，请用“修改后再模拟”。", what="已完成")
    return start_simulation(
        document=simulation.document,
        policy_year=simulation.policy_year,
        change=simulation.change,
        include_refused=simulation.include_refused,
        by=by,
        at=at,
    )


def simulate_part(*, simulation_id: int, number: int, attempts: int = 0, at: datetime) -> None:
    """Compute one part and keep its answer; the last one finishes the simulation. Repeated, it changes nothing.

    `attempts` is how often it failed before. Raises what went wrong while another attempt may help.
    """
    simulation = Simulation.objects.select_related("document").get(pk=simulation_id)
    part = SimulationPart.objects.get(simulation=simulation, number=number)
    if simulation.state in OVER:
        return
    if part.done_at is None:
        try:
            with transaction.atomic():
                part.result = _answer(simulation, number)
                part.done_at = at
                part.save(update_fields=["result", "done_at"])
        except (DomainError, DefinitionError, MissingRateError) as error:
            _fail(simulation_id, f"计算不能继续：{error}", at)
            return
        except Exception:
            if attempts + 1 < ATTEMPTS:
                raise
            logger.exception("part %s of simulation %s failed %s times", number, simulation_id, ATTEMPTS)
            _fail(
                simulation_id,
                f"第 {number} 块计算出错，已尝试 {ATTEMPTS} 次。请重新开始；仍不成功时请联系运行维护人员。",
                at,
            )
            return
    _finish_if_complete(simulation_id, at)


def _answer(simulation: Simulation, number: int) -> dict[str, Any]:
    """The impact on one part, and what was left out of it."""
    year = FiledYear.of(simulation.document, simulation.policy_year, include_refused=simulation.include_refused)
    if year.definition_sha256 != simulation.policy_sha256:
        raise Conflict("发起之后，政策数据已有变动，各块不能用同一版本计算。请重新开始。")
    what_if = WhatIf.of(year, simulation.change)
    impact, left_out = Impact(), LeftOut()
    for part in parts_of(year, only=number):
        facts = part_facts(year, part)
        impact, left_out = what_if.impact(facts.columns), facts.left_out
    return {"impact": impact.as_json(), "left_out": left_out.as_json()}


def _locked(simulation_id: int) -> Simulation | None:
    """The simulation's row, locked, unless it is over."""
    return Simulation.objects.select_for_update().filter(pk=simulation_id).exclude(state__in=OVER).first()


def _finish_if_complete(simulation_id: int, at: datetime) -> None:
    """Count the parts; when none is left, put them together. Under the row's lock, so that one of the last two does."""
    simulation = _locked(simulation_id)
    if simulation is None:
        return
    simulation.parts_done = simulation.parts.filter(done_at__isnull=False).count()
    simulation.state = SimulationState.RUNNING
    fields = ["parts_done", "state"]
    if simulation.parts_done == simulation.parts_total:
        results: list[Any] = list(simulation.parts.order_by("number").values_list("result", flat=True))
        impact = reduce(Impact.merge, [Impact.from_json(result["impact"]) for result in results], Impact())
        left_out = LeftOut.merged(LeftOut.from_json(result["left_out"]) for result in results)
        simulation.state = SimulationState.DONE
        simulation.result = impact.as_json()
        simulation.left_out = left_out.as_json()
        simulation.finished_at = at
        fields += ["result", "left_out", "finished_at"]
        record(
            "simulation.finished",
            subject=simulation,
            by=None,
            at=at,
            data={
                "before": yuan(impact.whole.before),
                "after": yuan(impact.whole.after),
                "left_out": left_out.count,
            },
        )
        _tell(simulation, "政策模拟已完成", at)
    simulation.save(update_fields=fields)


def _fail(simulation_id: int, sentence: str, at: datetime) -> None:
    simulation = _locked(simulation_id)
    if simulation is None:
        return
    simulation.state = SimulationState.FAILED
    simulation.error = sentence
    simulation.finished_at = at
    simulation.save(update_fields=["state", "error", "finished_at"])
    record("simulation.failed", subject=simulation, by=None, at=at, data={"error": sentence})
    _tell(simulation, "政策模拟没有完成", at)


def _tell(simulation: Simulation, title: str, at: datetime) -> None:
    """Tell who asked; years that were asked together, for a publication, are told together with the last of them."""
    impact = simulation.impacts.first()
    if impact is not None:
        _tell_of_impact(impact.publication_id, simulation, at)
        return
    notify(
        [simulation.asked_by],
        title=f"{title}：第 {simulation.pk} 号（{simulation.policy_year} 年度）",
        body=simulation.note[:200],
        url=f"/awards/simulations/{simulation.pk}/",
        topic=NoticeTopic.SYSTEM,
        at=at,
    )


def _tell_of_impact(publication_id: int, ended: Simulation, at: datetime) -> None:
    """One notice for all years of a publication, when the last of them ends; the lock lets only one be the last."""
    publication = Publication.objects.select_for_update(of=("self",)).select_related("document").get(pk=publication_id)
    years = [impact.simulation for impact in impacts_of(publication) if impact.simulation is not None]
    others = [year for year in years if year.pk != ended.pk]
    if len(others) == len(years) or not all(year.is_over for year in others):
        return  # asked for contents that were changed since, or not the last
    failed = [year for year in (*others, ended) if year.state == SimulationState.FAILED]
    words = f"{len(years)} 个年度"
    notify(
        [ended.asked_by],
        title=f"{publication.document.number} 发布影响测算{'没有全部完成' if failed else '已完成'}",
        body=f"{words}，其中 {len(failed)} 个年度没有完成，请重新测算。" if failed else f"{words}，可以查看后发布。",
        url=reverse("awards:impact", args=[publication.pk]),
        topic=NoticeTopic.SYSTEM,
        at=at,
    )
