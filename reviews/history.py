"""The history of a case as sentences: who did what, when, in whose name, as far as the reader may know it."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from accounts.enums import OFFICER_ROLES, SystemRole
from accounts.models import Unit, UnitMember, User
from accounts.unit_names import with_former
from applications.models import Correction
from common.audit.models import AuditEvent
from common.audit.queries import history
from common.money import grouped
from common.templatetags.ui import zhdate, zhdatetime
from reviews.enums import Outcome, StageKind
from reviews.models import Case, Decision
from reviews.queries.opinions import Sight, confirmed_decisions, sight_of

_HIDDEN = "（内容暂不可见）"


@dataclass(frozen=True)
class Line:
    """One sentence: “{when}，{text}”."""

    at: datetime
    text: str
    event: str

    @property
    def sentence(self) -> str:
        """The sentence whole, with its time."""
        return f"{zhdatetime(self.at)}，{self.text}"


@dataclass(frozen=True)
class Reader:
    """What a reader may know: `shown` and `amounts` are the decisions whose content and whose amount they may read
    (ids), `units` the names of their own units, whose drafts they see as well. `sees_panels`: who sits on a panel and
    who stepped back; `sees_all`: everything, as auditors do."""

    shown: Collection[int] = ()
    amounts: Collection[int] = ()
    units: Collection[str] = ()
    sees_all: bool = False
    sees_panels: bool = False
    corrections: Mapping[int, Correction] = field(default_factory=dict)

    def knows(self, data: Mapping[str, Any]) -> bool:
        """Whether outcome and reasons of the decision of an event may be told."""
        return self.sees_all or data.get("decision") in self.shown

    def knows_amount(self, data: Mapping[str, Any]) -> bool:
        """Whether its amount may be told too."""
        return self.sees_all or data.get("decision") in self.amounts or data.get("unit") in self.units

    def knows_draft(self, data: Mapping[str, Any]) -> bool:
        """Whether what a unit has drafted and what it said about that inside may be told: to its own people only."""
        return self.sees_all or data.get("unit") in self.units


def reader_of(user: User, case: Case, sight: Sight, decisions: Iterable[Decision]) -> Reader:
    """The reader that a person is, by the settings of who reads whose opinion (reviews/queries/opinions.py)."""
    own = UnitMember.objects.filter(user=user, is_active=True, role__in=OFFICER_ROLES)
    # Events keep the name of their day: what the unit was called before is its own as well, and so is every unit whose
    # duties went to it.
    units = Unit.objects.filter(pk__in=with_former(own.values("unit")))
    names = {name for pair in units.values_list("name", "changes__before__name") for name in pair if name}
    return Reader(
        shown=frozenset(row.pk for row in decisions if sight.shows(row)),
        amounts=frozenset(row.pk for row in decisions if sight.shows_amount(row)),
        units=frozenset() if sight.kept_away else frozenset(names),
        sees_all=user.system_role == SystemRole.AUDITOR,
        sees_panels=sight.everything,
        corrections=Correction.objects.filter(application=case.application_id).select_related("unit").in_bulk(),
    )


def case_history(
    case: Case, user: User, *, sight: Sight | None = None, decisions: Iterable[Decision] | None = None
) -> list[Line]:
    """The sentences of a case for one reader, oldest first; the number of queries does not grow with them.

    sight, decisions: what the reader may know and the confirmed decisions (with task), where the caller has them.
    """
    sight = sight or sight_of(case, user)
    reader = reader_of(user, case, sight, confirmed_decisions(case) if decisions is None else decisions)
    return [
        Line(event.at, _finished(SENTENCES[event.event](event, reader)), event.event)
        for event in history(case)
        # Who decides alone drafts and confirms in one gesture: one sentence, and nobody waits for the unit.
        if event.event in SENTENCES and not (event.event == "decision.drafted" and _alone(event))
    ]


def last_of(lines: Iterable[Line], event: str) -> Line | None:
    """The newest sentence about this kind of event; None where there is none."""
    return next((line for line in reversed(list(lines)) if line.event == event), None)


# Words ------------------------------------------------------------------------------------------------------------


def _finished(text: str) -> str:
    """With exactly one full stop at the end, whatever a reason ends with."""
    return f"{text.rstrip('。；;. ')}。"


def _person(event: AuditEvent) -> str:
    """The name alone; the account in brackets stays in the record."""
    return re.sub(r"（[^（）]*）$", "", event.actor_name)


def _who(event: AuditEvent, role: str = "", unit: str = "") -> str:
    """Unit, role and name as an official would write them: 高新区经办李某."""
    name = _person(event)
    if event.actor_id is None:
        return name
    unit = unit or event.data.get("unit") or ""
    # Demonstration people are named after their unit; nobody is called 高新区经办高新区经办.
    return name if unit and name.startswith(unit) else f"{unit}{role}{name}"


def _stage(event: AuditEvent) -> str:
    kind = event.data.get("stage")
    return str(StageKind(kind).label) if kind in StageKind.values else ""


def _content(event: AuditEvent, reader: Reader) -> str:
    """Outcome, amount and reasons of a decision."""
    data = event.data
    words = str(Outcome(data["outcome"]).label) if data.get("outcome") in Outcome.values else ""
    if data.get("amount_fen") is not None and reader.knows_amount(data):
        words += f"，金额 {grouped(data['amount_fen'])} 元"
    if data.get("reasons"):
        words += f"，理由：{data['reasons'].strip()}"
    return words


def _reason(event: AuditEvent, name: str = "reason") -> str:
    text = (event.data.get(name) or "").strip()
    return f"，理由：{text}" if text else ""


def _note(event: AuditEvent) -> str:
    text = (event.data.get("note") or "").strip()
    return f"：{text}" if text else ""


def _in_place_of(event: AuditEvent) -> str:
    text = event.data.get("acting_for") or ""
    return f"（代{text}）" if isinstance(text, str) and text else ""


# One function per kind of sentence ---------------------------------------------------------------------------------

Sentence = Callable[[AuditEvent, Reader], str]


def _says(text: str) -> Sentence:
    """A sentence that nothing has to be put into."""
    return lambda event, reader: text


def _of_panel(text: str, detail: Callable[[AuditEvent], str]) -> Sentence:
    """Who sits on a panel, marked or stepped back is told to those who convene and decide; the others learn that it
    happened."""
    return lambda event, reader: text + (detail(event) if reader.sees_panels or reader.sees_all else "")


def _alone(event: AuditEvent) -> bool:
    """Whether one person decided for the unit."""
    return event.data.get("two_person") is False


def _drafted(event: AuditEvent, reader: Reader) -> str:
    head = f"{_who(event, '经办')}{_in_place_of(event)}提交{_stage(event)}意见，待本单位审核"
    return f"{head}：{_content(event, reader)}" if reader.knows_draft(event.data) else head


def _returned(event: AuditEvent, reader: Reader) -> str:
    head = f"{_who(event, '审核')}将{_stage(event)}意见退回经办"
    return f"{head}，说明：{event.data.get('note', '').strip()}" if reader.knows_draft(event.data) else head


def _confirmed(event: AuditEvent, reader: Reader) -> str:
    content = f"：{_content(event, reader)}" if reader.knows(event.data) or reader.knows_draft(event.data) else _HIDDEN
    said = f"{_in_place_of(event)}提出" if _alone(event) else "确认"
    return f"{_who(event)}{said}{_stage(event)}意见{content}"


def _concluded(event: AuditEvent, reader: Reader) -> str:
    if not reader.knows(event.data):
        return f"评审组结束{_stage(event)}{_HIDDEN}"
    place = [
        f"得分 {event.data['score']}" if event.data.get("score") else "",
        f"名次 {event.data['rank']}" if event.data.get("rank") else "",
    ]
    told = "，".join(part for part in (*place, _content(event, reader)) if part)
    return f"评审组结束{_stage(event)}：{told}"


def _correction(event: AuditEvent, reader: Reader) -> str:
    row = reader.corrections.get(event.data.get("correction", 0))
    unit = row.unit.name if row else ""
    due = zhdate(date.fromisoformat(event.data["due_on"]))
    return (
        f"{_who(event, unit=unit)}{_in_place_of(event)}退回补正，共 {event.data['points']} 项，期限 {due}，"
        "补正期间暂停计时"
    )


def _cancelled(event: AuditEvent, reader: Reader) -> str:
    row = reader.corrections.get(event.data.get("correction", 0))
    return f"{_who(event, unit=row.unit.name if row else '')}取消补正，恢复计时{_reason(event)}"


def _resumed(event: AuditEvent, reader: Reader) -> str:
    again = "、".join(event.data.get("reopened") or [])
    return f"企业已补正，提交第 {event.data['revision']} 版，恢复计时" + (f"；{again}须重新作出决定" if again else "")


def _opened(event: AuditEvent, reader: Reader) -> str:
    stages = event.data.get("route") or []
    first = StageKind(stages[0]["kind"]).label if stages and stages[0].get("kind") in StageKind.values else ""
    drawn = "；抽中第三方审计" if event.data.get("sampled") else ""
    return f"系统受理申报，建立案卷{f'，进入{first}' if first else ''}{drawn}"


def _voided(event: AuditEvent, reader: Reader) -> str:
    units = "；".join(f"{unit}的{'、'.join(labels)}" for unit, labels in event.data["voided"].items())
    return f"第 {event.data['revision']} 版改动了意见所依据的内容，下列分项意见失效：{units}"


def _asked_again(event: AuditEvent, reader: Reader) -> str:
    waiting = StageKind(event.data["waiting"]).label
    return f"补正改动了意见所依据的内容，重新征求{'、'.join(event.data['units'])}意见，{waiting}暂停计时"


def _recused(event: AuditEvent, reader: Reader) -> str:
    # Why somebody steps back concerns that person; it stands in the record for those who audit.
    return f"{_who(event)}回避本件{_reason(event) if reader.sees_all else ''}"


def _escalated(event: AuditEvent, reader: Reader) -> str:
    due = zhdate(date.fromisoformat(event.data["due_on"]))
    return f"{event.data['unit']}{_stage(event)}已逾期（期限 {due}），系统已通知单位负责人"


def _picked(event: AuditEvent, reader: Reader) -> str:
    return f"{_who(event)}确定会审单位：{'、'.join(event.data['units']) or '不另增加单位'}{_reason(event)}"


SENTENCES: dict[str, Sentence] = {
    "case.opened": _opened,
    "case.stage_opened": lambda event, reader: f"进入{_stage(event)}",
    "case.resumed": _resumed,
    "case.leads_differ": _says("两家牵头单位的结论或金额不一致，牵头审核重新办理"),
    "case.consulted_again": _asked_again,
    "case.consulted_anew": lambda event, reader: f"重新征求的意见已齐，{_stage(event)}恢复计时",
    "case.opinions_voided": _voided,
    "case.units_picked": _picked,
    "case.returned_to_lead": lambda event, reader: (
        f"{_who(event)}将案卷退回牵头审核{_reason(event).rstrip('。')}；先前的决定保留，{'、'.join(event.data['units'])}重新作出决定"
    ),
    "case.approved": _says("审核通过，案卷办结，转入核算"),
    "case.refused": _says("审核结论为不予支持，案卷办结"),
    "case.withdrawn": _says("企业撤回申报，案卷结束"),
    "case.lapsed": _says("企业逾期未补正，案卷结束"),
    "case.returned_for_correction": _correction,
    "case.correction_cancelled": _cancelled,
    "case.recused": _recused,
    "decision.drafted": _drafted,
    "decision.returned": _returned,
    "decision.confirmed": _confirmed,
    "task.claimed": lambda event, reader: f"{_who(event)}领取{_stage(event)}任务{_note(event)}",
    "task.assigned": lambda event, reader: (
        f"{event.data.get('unit', '')}{_stage(event)}任务"
        + (f"由{_person(event)}交办" if event.actor_id else "分办")
        + _note(event)
    ),
    "task.released": lambda event, reader: (
        f"{event.data.get('unit', '')}{_stage(event)}任务退回本单位待领取{_note(event)}"
    ),
    "task.unit_changed": lambda event, reader: (
        f"{event.data['unit']}的职责由{event.data['successor']}承接，{_stage(event)}任务转由{event.data['successor']}办理"
    ),
    "task.escalated": _escalated,
    "task.stuck": lambda event, reader: (
        f"{event.data['unit']}能够办理{_stage(event)}的人员均已回避或不得办理，系统已通知单位负责人"
    ),
    "panel.file_attached": lambda event, reader: f"本件编入评审组{_note(event)}",
    "panel.convened": lambda event, reader: f"{_who(event)}组建评审组{_note(event)}",
    "panel.member_added": _of_panel("评审组增加一名成员", _note),
    "panel.member_left": _of_panel("评审组一名成员退出", _note),
    "panel.chair_appointed": _of_panel("评审组更换组长", _note),
    "panel.started": lambda event, reader: f"评审组开始{_stage(event)}{_note(event)}",
    "panel.sheet_submitted": _of_panel("评审组一名成员提交评分表", lambda event: f"：{_person(event)}"),
    "panel.expert_recused": _of_panel("评审组一名成员回避本件", lambda event: f"：{_person(event)}{_reason(event)}"),
    "panel.concluded": _concluded,
}
