"""Panels of experts and auditors: convened by the unit that keeps the file, which decides nothing here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify, unit_users
from common.audit.actions import record
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from policies.models import Clause
from reviews.actions.locking import lock_task
from reviews.enums import PanelState, StageKind
from reviews.models import Criterion, Panel, PanelMember, Stage, Task
from reviews.permissions import check_may
from reviews.queries.panel_board import Board, board_of
from reviews.queries.panels import LIVE, bars, experts_of, files_of, interests, may_convene, unattached
from reviews.queries.routes import ProcedureSettings, procedure_settings
from reviews.workflow import PANEL_STAGES, PANELS

#: Names and full marks of a scoring sheet, at most.
MAX_CRITERIA = 12


def attach_stage(stage: Stage, *, at: datetime) -> None:
    """Put a stage that has just been opened before the running panel of its clause and year, where there is one.

    The caller holds the locks of application and case. The clause's lock makes sure that a panel convened at the same
    instant and this stage see each other.
    """
    if stage.kind != StageKind.EXPERT:
        return
    application = stage.case.application
    _lock_clause(application.clause_id)
    running = _running_panel(stage)
    if running is None:
        return
    stage.panel = running
    stage.save(update_fields=["panel"])
    touch(running)
    tell(running, "panel.file_attached", [stage], by=None, at=at)
    if running.state == PanelState.SCORING:
        barred = bars([stage], set(_active(running).values_list("user", flat=True)))
        notify(
            [m.user for m in _active(running).select_related("user") if (stage.pk, m.user_id) not in barred],
            title=f"评审新增一件：{application.number}",
            body=f"{running.title} · {application.enterprise.name}，请评审并提交评分表。",
            url=f"/reviews/panels/{running.pk}/files/{stage.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        warn_of_shortage(board_of(running), [stage.pk], at=at)


def convene_panel(
    *,
    task: Task,
    expected_version: int,
    title: str,
    members: Sequence[User],
    chair: User | None,
    criteria: Sequence[tuple[str, int]] = (),
    by: User,
    at: datetime,
) -> Panel:
    """Put a panel together from the unit's list: for all open files of a competition, or for one file to be audited.

    criteria: (name, full marks) of the scoring sheet; audits have none. Raises Invalid with every fault at once,
    NotAllowed for the wrong person, Conflict where a panel runs already.
    """
    with transaction.atomic():
        locked = lock_task(task.pk, expected_version=expected_version)
        stage = locked.stage
        application = stage.case.application
        if stage.kind not in PANEL_STAGES or stage.state not in LIVE:
            raise Conflict("该环节不在评审中，不能组建评审组。", what=stage.get_state_display())
        check_may(locked, "convene", by)
        if stage.panel_id is not None:
            raise Conflict("这件申报已有评审组，请到评审组页面办理。", what="已组建评审组")
        competition = stage.kind == StageKind.EXPERT
        if competition:
            _lock_clause(application.clause_id)
            if (
                Panel.objects.filter(clause=application.clause_id, policy_year=application.policy_year)
                .exclude(state=PanelState.CONCLUDED)
                .exists()
            ):
                raise Conflict("该条款该年度已有一个尚未结束的评审组。", what="已组建评审组")
        waiting = unattached(locked.unit, clause_id=application.clause_id, policy_year=application.policy_year)
        stages = [stage.pk, *waiting.values_list("pk", flat=True)] if competition else [stage.pk]
        errors: dict[str, list[str]] = {}
        if not title.strip():
            errors["title"] = ["请填写评审组名称。"]
        if competition:
            _check_criteria(criteria, errors)
        _check_people(locked, stages, members, chair, errors)
        if errors:
            raise Invalid("评审组还不完整，请按提示补充。", errors=errors)
        assert chair is not None  # _check_people
        panel = Panel.objects.create(
            unit=locked.unit,
            kind=stage.kind,
            clause_id=application.clause_id if competition else None,
            policy_year=application.policy_year,
            title=title.strip(),
            convened_by=by,
            convened_at=at,
        )
        for user in members:
            PanelMember.objects.create(panel=panel, user=user, is_chair=user.pk == chair.pk)
        if competition:
            _write_criteria(panel, criteria)
        Stage.objects.filter(pk__in=stages, panel=None).update(panel=panel)
        data = {"members": [user.pk for user in members], "chair": chair.pk}
        tell(panel, "panel.convened", files_of(panel), by=by, at=at, data=data)
        return panel


def set_criteria(
    *, panel: Panel, expected_version: int, criteria: Sequence[tuple[str, int]], by: User, at: datetime
) -> Panel:
    """Replace the lines of the scoring sheet; refused once scoring has started."""
    with transaction.atomic():
        locked = lock_panel(panel.pk, expected_version=expected_version)
        check_convener(locked, by)
        if locked.state != PanelState.PREPARING:
            raise Conflict("评审已经开始，评分项不能再改。", what=locked.get_state_display())
        errors: dict[str, list[str]] = {}
        _check_criteria(criteria, errors)
        if errors:
            raise Invalid("评分项还不完整，请按提示补充。", errors=errors)
        locked.criteria.all().delete()
        _write_criteria(locked, criteria)
        touch(locked)
        lines = [[name, points] for name, points in criteria]
        record("panel.criteria_set", subject=locked, by=by, at=at, data={"criteria": lines})
        return locked


def start_scoring(*, panel: Panel, expected_version: int, by: User, at: datetime) -> Panel:
    """Open the scoring sheets to the members; from here on the criteria are fixed."""
    with transaction.atomic():
        locked = lock_panel(panel.pk, expected_version=expected_version)
        check_convener(locked, by)
        board = board_of(locked)
        if not board.rows:
            raise Invalid("没有待评审的申报件，不能开始评审。")
        needed = panel_size(locked, board)
        if len(board.active) < needed:
            raise Invalid(f"评审组至少需要 {needed} 名成员，现有 {len(board.active)} 名，请先补充成员。")
        if board.chair is None:
            raise Invalid("请先确定组长。")
        if locked.kind == StageKind.EXPERT and not board.criteria:
            raise Invalid("请先填写评分项。")
        PANELS.apply(locked, "start", changes={"started_at": at})
        tell(locked, "panel.started", [row.stage for row in board.rows], by=by, at=at)
        notify(
            [member.user for member in board.active],
            title=f"请评审：{locked.title}"[:120],
            body=f"共 {len(board.rows)} 件。与申报企业有利害关系的，请先在该件上登记回避。",
            url="/reviews/panels/mine/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        warn_of_shortage(board, [row.stage.pk for row in board.rows], at=at)
        return locked


# What the gestures of a panel share ---------------------------------------------------------------------------------


def lock_panel(panel_id: int, *, expected_version: int | None = None) -> Panel:
    """Lock a panel, after any application, case and task; Conflict tells who changed it since the version seen."""
    panel = Panel.objects.select_for_update(of=("self",)).select_related("unit", "clause").get(pk=panel_id)
    if expected_version is not None and panel.version != expected_version:
        last = history(panel).last()
        raise Conflict(
            "评审组在您打开之后已有变化，您填写的内容保留在下面，请看过变化再提交。",
            changed_by=last.actor_name if last else None,
            what=panel.get_state_display(),
        )
    return panel


def touch(panel: Panel) -> None:
    """Give a locked panel a new version: whoever looked at it before looks again."""
    Panel.objects.filter(pk=panel.pk).update(version=F("version") + 1)
    panel.version += 1


def check_convener(panel: Panel, user: User) -> None:
    """Raise NotAllowed unless the person looks after the panel for its unit and has no interest in any of its files."""
    if not may_convene(panel.unit, user):
        raise NotAllowed(f"此操作由{panel.unit.name}的经办或审核人员办理，您没有这一角色。")
    stages = list(files_of(panel).filter(state__in=LIVE))
    for (stage_id, _), why in interests(stages, {user.pk}).items():
        number = next(s.case.application.number for s in stages if s.pk == stage_id)
        raise NotAllowed(f"您{why}（{number}），请由本单位其他人员组织评审。")


def procedure_of(panel: Panel, board: Board) -> ProcedureSettings:
    """The procedure's settings of the policy that the panel's files stand under."""
    return procedure_settings(board.rows[0].application.clause.document)


def panel_size(panel: Panel, board: Board) -> int:
    """How many members a panel needs: of experts what the settings say [S], of auditors one."""
    return procedure_of(panel, board).panel_size if panel.kind == StageKind.EXPERT and board.rows else 1


def warn_of_shortage(board: Board, stage_ids: Sequence[int], *, at: datetime) -> None:
    """Tell the unit of files for which fewer members are left than a panel needs, and of a chair who must not judge."""
    panel = board.panel
    rows = [row for row in board.rows if row.stage.pk in stage_ids]
    needed = panel_size(panel, board)
    short = [row for row in rows if row.judges < needed]
    chair = board.chair
    unfit = [row for row in rows if chair is None or any(c.bar for c in row.cells if c.member.pk == chair.pk)]
    sentences = [f"{row.application.number} 可评审的成员只有 {row.judges} 名（需 {needed} 名）" for row in short[:20]]
    if unfit:
        sentences.append("组长不能评审其中的申报件，请另定组长" if chair else "评审组没有组长，请确定组长")
    if sentences:
        notify(
            unit_users(panel.unit),
            title=f"评审组人员不足：{panel.title}",
            body="；".join(sentences) + "。请补充成员。",
            url=f"/reviews/panels/{panel.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )


def tell(
    panel: Panel,
    event: str,
    stages: Any,
    *,
    by: User | None,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Record an event of the panel, and the same in the history of the case of each of the files."""
    about = {"panel": panel.pk, "stage": panel.kind, **(data or {})}
    record(event, subject=panel, by=by, at=at, data=about | {"files": [stage.pk for stage in stages]})
    for stage in stages:
        record(event, subject=stage.case, by=by, at=at, data={"note": panel.title, **about})


def _running_panel(stage: Stage) -> Panel | None:
    """The panel that is not concluded of the stage's clause, year and unit, locked."""
    application = stage.case.application
    panels = Panel.objects.select_for_update().exclude(state=PanelState.CONCLUDED)
    return panels.filter(
        clause=application.clause_id, policy_year=application.policy_year, unit__in=stage.tasks.values("unit")
    ).first()


def _lock_clause(clause_id: int) -> None:
    Clause.objects.select_for_update(no_key=True).get(pk=clause_id)


def _active(panel: Panel) -> Any:
    return PanelMember.objects.filter(panel=panel, left_at=None)


def _check_criteria(criteria: Sequence[tuple[str, int]], errors: dict[str, list[str]]) -> None:
    names = [name.strip() for name, _ in criteria]
    if not criteria:
        errors.setdefault("criteria", []).append("请至少填写一个评分项。")
    if len(criteria) > MAX_CRITERIA:
        errors.setdefault("criteria", []).append(f"评分项最多 {MAX_CRITERIA} 个。")
    if len(set(names)) < len(names):
        errors.setdefault("criteria", []).append("评分项名称重复，请改为不同的名称。")
    for name, points in criteria:
        if not name.strip() or not 1 <= points <= 1000:
            errors.setdefault("criteria", []).append("每个评分项须有名称，满分为 1 到 1000 的整数。")
            break


def _write_criteria(panel: Panel, criteria: Sequence[tuple[str, int]]) -> None:
    Criterion.objects.bulk_create(
        Criterion(panel=panel, order=order, name=name.strip(), points=points)
        for order, (name, points) in enumerate(criteria, start=1)
    )


def _check_people(
    task: Task, stage_ids: Sequence[int], members: Sequence[User], chair: User | None, errors: dict[str, list[str]]
) -> None:
    """Members come from the unit's list, have nothing to do with any of the files, and one of them is the chair."""
    if not members:
        errors.setdefault("members", []).append("请至少选择一名成员。")
    if chair is None or chair.pk not in {user.pk for user in members}:
        errors.setdefault("chair", []).append("请从所选成员中确定一名组长。")
    stages = Stage.objects.filter(pk__in=stage_ids).select_related("case__application")
    for sentence in refusals(task.unit, list(stages), members):
        errors.setdefault("members", []).append(sentence)


def refusals(unit: Any, stages: Sequence[Stage], users: Sequence[User]) -> list[str]:
    """Why which of these people cannot sit on a panel of the unit for these files, one sentence each."""
    listed = set(experts_of(unit).values_list("pk", flat=True))
    barred = bars(stages, {user.pk for user in users})
    sentences = []
    for user in users:
        if user.pk not in listed:
            sentences.append(f"{user}不在{unit.name}的专家（第三方）名单中。")
            continue
        for stage in stages:
            if why := barred.get((stage.pk, user.pk)):
                sentences.append(f"{user}不能评审 {stage.case.application.number}：{why}。")
                break
    return sentences
