"""What happened to the versions of a clause or of the rules: who wrote, published, ended them, and why."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.audit.models import AuditEvent
from common.audit.queries import history
from common.templatetags.ui import zhdate, zhdatetime
from policies.drafts import ClauseContent, Content, RulesContent
from policies.enums import ItemAct, PublicationState
from policies.models import ClauseVersion, PolicyRules
from policies.queries.publication import filed_under
from policies.queries.side_by_side import compared_content, compared_with, versions_beside

Version = ClauseVersion | PolicyRules


@dataclass(frozen=True)
class Sentence:
    """One thing that happened: when, by whom, what."""

    at: dt.datetime
    who: str
    text: str


@dataclass(frozen=True)
class Story:
    """One version: what happened to it, why it ended (empty while it has not), how many filed applications keep it."""

    version: Version
    sentences: list[Sentence] = field(default_factory=list)
    ended: str = ""
    filed: int | None = None


@dataclass(frozen=True)
class State:
    """One state that can be compared with another: a version as it stands, or one of its saves."""

    key: str
    label: str
    content: Content


def stories(version: Version) -> list[Story]:
    """Every version of the same clause or rules, the newest first."""
    return [story_of(one) for one in sorted([version, *versions_beside(version)], key=lambda one: -one.number)]


def story_of(version: Version) -> Story:
    """One version with everything that the record says of it, the oldest first."""
    events = list(history(version))
    told = [Sentence(event.at, event.actor_name, event_words(event)) for event in events]
    told += _published_with(version)
    ends = [event for event in events if event.event in ("policies.version_ended", "policies.version_retired")]
    return Story(
        version,
        sorted(told, key=lambda one: one.at),
        event_words(ends[-1]) if ends else "",
        filed_under(version),
    )


def event_words(event: AuditEvent) -> str:
    """An event of a version as a sentence."""
    data: Mapping[str, Any] = event.data
    reason = f"：{data['reason']}" if data.get("reason") else ""
    note = f"：{data['note']}" if data.get("note") else ""
    case = f"算例 {data.get('number', '')}「{data.get('title', '')}」"
    match event.event.removeprefix("policies."):
        case "version_drafted":
            return "起草"
        case "version_edited":
            return f"保存第 {data.get('edit', '')} 次修改{note}"
        case "version_restored":
            return f"保存第 {data.get('edit', '')} 次修改{note}"
        case "version_discarded":
            return f"搁置{reason}"
        case "version_resumed":
            return f"恢复为草稿{reason}"
        case "version_published":
            return "发布"
        case "version_retired":
            return f"停用{_proposed(event)}{reason}"
        case "version_ended":
            before = f"（原为{_day(data['before'])}）" if data.get("before") else ""
            followed = f"，由第 {data['followed_by']} 版接替" if data.get("followed_by") else ""
            return f"提前终止，有效期至{_day(data.get('valid_to'))}{before}{followed}{_proposed(event)}{reason}"
        case "case_added":
            return f"新增{case}"
        case "case_changed":
            return f"修改{case}"
        case "case_removed":
            return f"删除{case}"
    return f"其他记录（{event.event}）"


def _proposed(event: AuditEvent) -> str:
    """Whose proposal an ending was, and who carried it out; empty for one that came from no publication."""
    proposed = event.data.get("proposed_by")
    publisher = event.actor_name.split("（")[0]
    return f"，由{proposed}提出，{publisher}发布" if proposed else ""


def states_of(version: Version) -> list[State]:
    """Everything that a version can be compared with, itself included: versions, and the saves of this one."""
    versions = sorted([version, *versions_beside(version)], key=lambda one: -one.number)
    found = [
        State(f"v{one.pk}", f"第 {one.number} 版（{one.get_state_display()}）", compared_content(one))
        for one in versions
    ]
    kind: type[ClauseContent] | type[RulesContent] = (
        ClauseContent if isinstance(version, ClauseVersion) else RulesContent
    )
    for edit in version.edits.select_related("saved_by"):
        when = f"{edit.saved_by} {zhdatetime(edit.saved_at)}"
        label = f"第 {version.number} 版第 {edit.edit} 次修改（{when}）"
        found.append(State(f"e{edit.pk}", label, kind.from_json(edit.content)))
    return found


def default_pair(version: Version, states: Sequence[State]) -> tuple[State | None, State | None]:
    """What is compared unless somebody chooses: what it began from, or what is in force, with this version."""
    named = {state.key: state for state in states}
    base = version.based_on or compared_with(version)
    return (named.get(f"v{base.pk}") if base else None), named.get(f"v{version.pk}")


def _published_with(version: Version) -> list[Sentence]:
    """The publications that held a version: put before a second person, returned, withdrawn."""
    items = version.publication_items.select_related("publication__submitted_by", "publication__closed_by")
    told = []
    for item in items:
        publication = item.publication
        what = "提交发布"
        if item.act != ItemAct.PUBLISH:
            last = f"（到{zhdate(item.last_day)}为止）" if item.last_day else ""
            what = f"提出{item.get_act_display()}{last}"
        told.append(Sentence(publication.submitted_at, str(publication.submitted_by), f"{what}：{publication.reason}"))
        if publication.state in (PublicationState.RETURNED, PublicationState.WITHDRAWN) and publication.closed_at:
            words = "退回发布申请" if publication.state == PublicationState.RETURNED else "撤回发布申请"
            note = f"：{publication.note}" if publication.note else ""
            told.append(Sentence(publication.closed_at, str(publication.closed_by), f"{words}{note}"))
    return told


def _day(text: Any) -> str:
    try:
        return zhdate(dt.date.fromisoformat(str(text)))
    except ValueError:
        return str(text or "")
