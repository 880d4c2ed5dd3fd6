"""Under which version of its clause a filed application stands, and whether corrected typing may be rolled forward."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from applications.enums import State
from applications.models import Application, Revision
from applications.queries.definitions import rules_of
from common.audit.queries import history
from common.templatetags.ui import zhdate
from policies.drafts import ClauseContent
from policies.enums import VersionState
from policies.errors import PolicyYearError
from policies.models import ClauseVersion
from policies.queries import rules_for, version_or_none
from policies.queries.comparison import Told, substantial_differences

#: The audit event of a file that was moved to a corrected version.
ROLLED = "applications.rolled_forward"
#: Filed and not decided.
UNDECIDED = (State.UNDER_REVIEW, State.CORRECTION)


@dataclass(frozen=True)
class VersionNote:
    """What a page says of the version of a file: a title and one sentence or two."""

    title: str
    text: str


@dataclass(frozen=True)
class Move:
    """Files of one version that another one governs now. `differences` is empty where only words differ: then they
    may be moved; where substance differs it lists that, and not the words that differ, too."""

    target: ClauseVersion
    files: list[Application] = field(default_factory=list)
    differences: list[Told] = field(default_factory=list)

    @property
    def is_allowed(self) -> bool:
        """Whether these files may be moved."""
        return not self.differences


def version_words(version: ClauseVersion) -> str:
    """第1版（有效期2023年11月2日至2025年12月31日）."""
    until = f"至{zhdate(version.valid_to)}" if version.valid_to else "起"
    return f"第{version.number}版（有效期{zhdate(version.valid_from)}{until}）"


def version_note(application: Application, revisions: Iterable[Revision]) -> VersionNote | None:
    """Why a filed application stands under another version than the one that governs its year now, or that it was
    rolled forward; None where there is nothing to say. revisions: those of the application, at least the newest."""
    if application.filed_at is None:
        return None
    own = application.clause_version
    moved = next((revision for revision in revisions if revision.clause_version_id != own.pk), None)
    if moved is not None:
        return _rolled(application)
    governing = version_or_none(application.clause, application.policy_year)
    if governing is not None and governing.pk == own.pk:
        return None
    title = f"本件按条款{version_words(own)}办理"
    ended = f"这一版已于{zhdate(own.retired_at)}停用" if own.state == VersionState.RETIRED else ""
    if governing is None:
        why = ended or f"该条款现在没有适用于 {application.policy_year} 年度的版本"
        return VersionNote(title, f"{why}。已提交的申报按提交时的版本办完，填报内容、条件和金额的算法都不变。")
    why = f"{ended}，" if ended else ""
    return VersionNote(
        title,
        f"{why}{application.policy_year} 年度现在适用的是{version_words(governing)}，只用于此后提交的申报；"
        "已提交的申报按提交时的版本办完，填报内容、条件和金额的算法都不变。",
    )


def rules_note(application: Application) -> VersionNote | None:
    """Why the files of an enterprise and year stand under other rules than those that govern the year now (cap, groups,
    figures of the year); None where there is nothing to say."""
    own = rules_of(application)
    if own is None:
        return None
    try:
        governing = rules_for(application.clause.document, application.policy_year)
    except PolicyYearError:
        governing = None
    if governing is not None and governing.pk == own.pk:
        return None
    why = [f"通用规则第{own.number}版已于{zhdate(own.retired_at)}停用"] if own.retired_at else []
    if governing is not None:
        why.append(
            f"{application.policy_year} 年度现在适用的第{governing.number}版，只用于此后才首次提交该年度申报的企业"
        )
    told = f"{'，'.join(why)}。" if why else ""
    return VersionNote(
        f"本企业{application.policy_year}年度按通用规则第{own.number}版核算",
        f"{told}本企业首次提交时适用第{own.number}版，该年度各项申报的年度数据、奖补上限和同类型择一都按这一版办完。",
    )


def _rolled(application: Application) -> VersionNote | None:
    event = history(application).filter(event=ROLLED).last()
    if event is None:
        return None
    return VersionNote(
        f"本件已转到条款第{event.data['to']}版",
        f"{zhdate(event.at)}，因条款文字更正，由第{event.data['from']}版转到第{event.data['to']}版：只更正文字，条件、金额"
        "的算法、单位和材料都不变，已提交的内容不变。",
    )


def as_published(version: ClauseVersion) -> ClauseContent:
    """What a version said when it was published: with the last day that it had before a successor ended it earlier."""
    content = ClauseContent.of(version)
    ended = history(version).filter(event="policies.version_ended").first()
    if ended is None:
        return content
    before = ended.data.get("before")
    return replace(content, valid_to=date.fromisoformat(before) if before else None)


def moves_of(version: ClauseVersion) -> list[Move]:
    """Where the undecided files of a version would go: to the version that governs their policy year now, the earlier
    version first. Files that their own version still governs, or that no version governs any more, stay and are not
    listed. Drafts follow by themselves and are not listed either."""
    files = (
        Application.objects.filter(clause_version=version, state__in=UNDECIDED)
        .select_related("enterprise", "clause__document")
        .order_by("policy_year", "number")
    )
    moves: dict[int, Move] = {}
    governing: dict[int, ClauseVersion | None] = {}
    for file in files:
        year = file.policy_year
        if year not in governing:
            governing[year] = version_or_none(version.clause, year)
        target = governing[year]
        if target is None or target.pk == version.pk:
            continue
        if target.pk not in moves:
            moves[target.pk] = Move(target, differences=_substance(version, target))
        moves[target.pk].files.append(file)
    return sorted(moves.values(), key=lambda move: move.target.number)


def _substance(version: ClauseVersion, target: ClauseVersion) -> list[Told]:
    return substantial_differences(as_published(version), as_published(target))
