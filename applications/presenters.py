"""From data to what the components draw: tones, next steps, task list, timeline, summary rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse

from applications.drafts import Fault, facts_of, rows_of
from applications.enums import EDITABLE, PointTarget, State
from applications.forms.words import display
from applications.models import Application, Correction, Revision
from applications.queries.completeness import EvidenceStatus
from applications.timeline import stages
from common.audit.queries import history
from common.money import MoneyError, parse_yuan
from policies.rules.schema import FactDecl

TONES = {
    State.DRAFT: "neutral",
    State.CONFIRMING: "info",
    State.UNDER_REVIEW: "info",
    State.CORRECTION: "warning",
    State.APPROVED: "success",
    State.REFUSED: "danger",
    State.AWARDED: "success",
    State.WITHDRAWN: "neutral",
    State.LAPSED: "danger",
}


class Next(NamedTuple):
    """Who has the file and what comes next."""

    who: str
    what: str


NEXT = {
    State.DRAFT: Next("本企业", "补齐四项内容后，由法定代表人（授权人）核对并提交。"),
    State.CONFIRMING: Next("法定代表人（授权人）", "核对内容，确认后提交，或退回修改。"),
    State.UNDER_REVIEW: Next("审核部门", "按“办理进度”所列的环节依次办理；需要补正时会一次性告知。"),
    State.CORRECTION: Next("本企业", "按补正要求修改后重新提交。逾期未提交的，申报失效。"),
    State.APPROVED: Next("牵头单位", "核算同类型条款和年度上限，公示后批复。"),
    State.REFUSED: Next("—", "审核已结束，理由和救济途径见告知书。"),
    State.AWARDED: Next("牵头单位和市财政局", "奖补金额已核定；有金额的依次公示、批复、拨付，核定为零的见告知书。"),
    State.WITHDRAWN: Next("—", "申报已撤回。受理期内可以重新申报。"),
    State.LAPSED: Next("—", "逾期未补正，申报已失效。受理期内可以重新申报。"),
}


def next_step(application: Application, *, closed: str = "") -> Next:
    """Who has the file now and what comes next; closed: why it cannot be filed at the moment, "" where it can."""
    step = NEXT[State(application.state)]
    return step._replace(what="现在不能提交，填写的内容保留。") if closed else step


def tone(application: Application) -> str:
    """The tone of the state's badge."""
    return TONES[State(application.state)]


def open_correction(application: Application) -> Correction | None:
    """The correction that waits for an answer, from the prefetched list where there is one."""
    return next((item for item in application.corrections.all() if item.state == "open"), None)


def address(section: str, application: Application) -> str:
    """The page on which faults of a section are mended."""
    names = {"figures": "figures", "facts": "facts", "evidence": "evidence"}
    return reverse(f"applications:{names.get(section, 'check')}", args=[application.pk])


def linked_faults(application: Application, faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Faults with the address of the page and field where they are mended."""
    linked = []
    for fault in faults:
        url = ""
        if fault.section == "promise":
            url = "#id_promise"
        elif fault.section != "general":
            query = "?check=1" if fault.section in {"figures", "facts"} else ""
            url = f"{address(fault.section, application)}{query}#{fault.field_id}"
        linked.append({"url": url, "message": fault.full})
    return linked


def _points_by_section(correction: Correction | None) -> Counter[str]:
    """How many points of the open correction belong to which of the pages."""
    sections: Counter[str] = Counter()
    for point in correction.points.all() if correction else []:
        if point.target == PointTarget.EVIDENCE:
            sections["evidence"] += 1
        elif point.target == PointTarget.FIELD:
            sections["figures" if point.key.startswith("Y.") else "facts"] += 1
    return sections


def task_list(
    application: Application, faults: list[Fault], *, started: Mapping[str, bool], closed: str = ""
) -> list[dict[str, Any]]:
    """The four tasks with their status. started: section → whether anything is there; closed: as for `next_step`."""
    count = Counter(fault.section for fault in faults)
    points = _points_by_section(open_correction(application))
    titles = {
        "figures": ("年度数据", f"{application.policy_year} 年度的经营数据，本年度所有申报共用"),
        "facts": ("申报事项", "本条款需要填报的内容"),
        "evidence": ("附件材料", "证明材料，标明“全年共用”的只需上传一次"),
    }
    tasks = []
    for number, (section, (label, hint)) in enumerate(titles.items(), start=1):
        missing = count[section]
        if points[section]:
            status = {"label": f"需补正 {points[section]} 项", "tone": "warning"}
        elif not missing:
            status = {"label": "已完成", "tone": "success"}
        elif started.get(section):
            status = {"label": f"还差 {missing} 处", "tone": "warning"}
        else:
            status = {"label": "未开始", "tone": "neutral"}
        tasks.append(
            {"label": f"{number} {label}", "url": address(section, application), "hint": hint, "status": status}
        )
    if closed:
        last = {"label": "现在不能提交", "tone": "neutral"}
    elif faults:
        last = {"label": "待前三项完成", "tone": "neutral"}
    else:
        last = {"label": "可以提交", "tone": "info"}
    tasks.append(
        {
            "label": "4 核对与提交",
            "url": reverse("applications:check", args=[application.pk]),
            "hint": "核对全部内容，阅读真实性承诺，由法定代表人（授权人）提交",
            "status": last,
        }
    )
    return tasks


_EVENTS = {
    "applications.started": ("开始填报", "done"),
    "applications.sent_to_confirm": ("送法定代表人（授权人）确认", "done"),
    "applications.returned_to_draft": ("退回修改", "returned"),
    "applications.filed": ("提交申报", "done"),
    "applications.correction_requested": ("要求补正", "returned"),
    "applications.correction_cancelled": ("取消补正要求", "done"),
    "applications.refiled": ("提交补正", "done"),
    "applications.withdrawn": ("撤回", "returned"),
    "applications.lapsed": ("逾期未补正，失效", "returned"),
    "applications.approved": ("审核通过", "done"),
    "applications.refused": ("不予支持", "done"),
    "applications.awarded": ("奖补核定", "done"),
}
#: Events that officers cause: the enterprise sees the unit, not the person.
_OFFICERS = {
    "applications.correction_requested",
    "applications.correction_cancelled",
    "applications.approved",
    "applications.refused",
    "applications.awarded",
}


def timeline(application: Application, due: date | None = None, *, closed: str = "") -> list[dict[str, Any]]:
    """What happened to the file as far as its enterprise is told, then the stages of the review, then what is next.

    `due`: the day by which the enterprise has to act, if it is its turn; `closed`: as for `next_step`.
    """
    steps: list[dict[str, Any]] = []
    for event in history(application):
        if event.event not in _EVENTS:
            continue
        label, state = _EVENTS[event.event]
        who = event.data.get("unit", "审核部门") if event.event in _OFFICERS else event.actor_name.split("（")[0]
        note = event.data.get("reason") or ""
        if event.event == "applications.filed":
            note = f"申报编号 {event.data.get('number', '')}"
        steps.append({"label": label, "unit": who, "state": state, "at": event.at, "note": note})
    review = stages(application)
    # A stage that ends a review ends at the same instant: it comes before what follows from it.
    steps = sorted([step for step in review if step.get("at")] + steps, key=lambda step: step["at"])
    steps += [step for step in review if not step.get("at")]
    if application.ended_at is None and not any(step["state"] == "current" for step in steps):
        who, what = next_step(application, closed=closed)
        steps.append(
            {
                "label": application.get_state_display(),
                "unit": who,
                "state": "current",
                "due": due,
                "days_left": None,
                "note": what,
            }
        )
    return steps


def _row(fact: Any, value: Any, raw: str | None, url: str | None, old: str | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"key": fact.label, "url": url, "old": old}
    if raw is not None:
        return row | {"value": f"{raw}（无法识别，请更正）"}
    if fact.type == "money" and value is not None:
        try:
            return row | {"money": parse_yuan(value)}
        except MoneyError:
            pass
    return row | {"value": display(fact, value)}


def figure_rows(facts: Iterable[FactDecl], values: Mapping[str, Any], url: str | None) -> list[dict[str, Any]]:
    """Figures of the year for components/summary_list.html."""
    return [_row(fact, values.get(fact.key), None, url and f"{url}#id_{fact.key}") for fact in facts]


def fact_rows(
    facts: Iterable[FactDecl], draft: Mapping[str, Any], url: str | None, raw: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Plain facts for components/summary_list.html."""
    values, raw = facts_of(draft), raw or {}
    return [
        _row(fact, values.get(fact.key), raw.get(fact.key), url and f"{url}#id_{fact.key}")
        for fact in facts
        if fact.type != "table"
    ]


def fact_tables(
    facts: Iterable[FactDecl], draft: Mapping[str, Any], raw: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Table facts: label, heads, and rows of {value, label, numeric}."""
    raw = raw or {}
    tables = []
    for fact in facts:
        if fact.type != "table":
            continue
        rows = []
        for number, row in enumerate(rows_of(draft, fact.key)):
            cells = []
            for column in fact.columns:
                typed = raw.get(f"{fact.key}-{number}-{column.key}")
                value = f"{typed}（无法识别）" if typed is not None else display(column, row.get(column.key))
                cells.append({"label": column.label, "value": value, "numeric": column.type in {"money", "count"}})
            rows.append(cells)
        heads = [{"label": column.label, "numeric": column.type in {"money", "count"}} for column in fact.columns]
        tables.append({"key": fact.key, "label": fact.label, "heads": heads, "rows": rows})
    return tables


def evidence_rows(application: Application, statuses: Iterable[EvidenceStatus]) -> list[dict[str, Any]]:
    """Each document of the list with its files as components/file_row.html takes them."""
    editable = application.state in EDITABLE
    rows = []
    for status in statuses:
        files = []
        for attachment in status.files:
            args = [application.pk, attachment.pk]
            files.append(
                {
                    "name": attachment.name,
                    "url": reverse("applications:download", args=args),
                    "size": attachment.size,
                    "kind": attachment.kind.upper(),
                    "uploaded_at": attachment.uploaded_at,
                    "status": {"label": "已去除活动内容", "tone": "info"} if attachment.cleaned else None,
                    "delete_url": reverse("applications:remove", args=args) if editable else None,
                    "pk": attachment.pk,
                }
            )
        if files:
            badge = {"label": "已上传", "tone": "success"}
        elif status.evidence.required:
            badge = {"label": "待上传", "tone": "warning"}
        else:
            badge = {"label": "选传", "tone": "neutral"}
        rows.append({"evidence": status.evidence, "files": files, "badge": badge})
    return rows


def filed_evidence(revision: Revision) -> list[dict[str, Any]]:
    """The files of a filed revision, with the heads of their hashes."""
    return [
        {"label": item["label"], "name": item["name"], "size": item["size"], "sha256": item["sha256"][:16]}
        for item in revision.evidence
    ]
