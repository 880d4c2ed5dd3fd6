"""Whether drafts may be published together: placed for a moment, judged, and put back."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import combinations

from django.db import transaction

from common.templatetags.ui import zhdate
from policies.actions.ending_checks import RULES_PATH, ending_faults, path_of, place_endings
from policies.actions.versions import Version, judge_together
from policies.enums import UNPUBLISHED, VersionState
from policies.lint import LintFault
from policies.models import Clause, ClauseVersion, Document, PolicyRules
from policies.queries.cases import CaseResult, needs_cases, run_cases
from policies.queries.lint import document_of, lint_without
from policies.queries.lint_beside import Standing, lint_beside, located_together
from policies.queries.publication import standing_faults
from policies.queries.publications import Checked, Ending, in_order, predecessors


def check_drafts(
    document: Document, versions: Sequence[Version], *, at: dt.datetime, asked: Sequence[Ending] = ()
) -> Checked:
    """What would refuse these drafts of one document if they were published together now; nothing is kept.

    asked: published versions that are taken out of force together with them, or alone.
    The lints judge the drafts together, with their predecessors ended on the day before, and what remains without the
    versions that are taken out of force. Worked cases are computed with the rules that will be in force.
    Raises ValueError for versions of another document.
    """
    if any(document_of(version).pk != document.pk for version in [*versions, *(one.version for one in asked)]):
        raise ValueError("a publication holds versions of one document")
    chosen, left = in_order(versions), [one.version for one in asked]
    refused = ending_faults(asked, chosen)
    known = set(lint_without(document, left)) if left else set()
    results: list[tuple[ClauseVersion, list[CaseResult]]] = []
    with transaction.atomic():
        try:
            if not refused:
                place_endings(asked, at=at)
            endings, standing = _standing(chosen)
            faults = [*refused, *standing, *_kinds(chosen), *_opening(document, chosen)]
            for version in chosen:
                follow_definition(version)
            for ending in endings:
                type(ending.version)._default_manager.filter(pk=ending.version.pk).update(valid_to=ending.valid_to)
            judged = None
            if not refused and not any(fault.refuses for fault in standing):
                judged = judge_together(chosen, at=at, left=left)
            if judged is None:
                together = Standing(document, chosen)
                judged = [fault for version in chosen for fault in lint_beside(version, together)]
            for version in chosen:
                if isinstance(version, ClauseVersion) and needs_cases(version):
                    found = run_cases(version, _rules_of(version, chosen))
                    results.append((version, found))
                    faults += _case_faults(version, found)
        finally:
            transaction.set_rollback(True)
    # What was wrong with those years before is no fault of taking something out of them.
    fresh = [fault for fault in judged if chosen or fault not in known]
    told = located_together([*faults, *fresh], document, chosen)
    return Checked(list(dict.fromkeys(told)), results, endings, list(asked))


def follow_definition(version: Version) -> list[str]:
    """Let the clause of a version be called as its definition says, and pay money if it does; answers what changed."""
    if isinstance(version, PolicyRules):
        return []
    title = version.definition.get("title")
    wanted = {"is_monetary": needs_cases(version)}
    if isinstance(title, str) and title.strip():
        wanted["title"] = title[:80]  # type: ignore[assignment]
    clause = Clause.objects.select_for_update().get(pk=version.clause_id)
    changed = [name for name, value in wanted.items() if getattr(clause, name) != value]
    if changed:
        Clause.objects.filter(pk=clause.pk).update(**{name: wanted[name] for name in changed})
    return changed


# ------------------------------------------------------------------------------------------------------ parts


def _standing(versions: Sequence[Version]) -> tuple[list[Ending], list[LintFault]]:
    """Which published versions end for these drafts, and what stands beside them that cannot be ended."""
    endings: dict[tuple[type, int], Ending] = {}
    faults: list[LintFault] = []
    for version in versions:
        path = path_of(version)
        for other in predecessors(version):
            if other.valid_from >= version.valid_from:
                faults.append(_in_the_way(version, other))
                continue
            last = version.valid_from - dt.timedelta(days=1)
            known = endings.get((type(other), other.pk))
            if known is None or known.valid_to is None or last < known.valid_to:
                endings[type(other), other.pk] = Ending(other, last, version)
            if version.valid_to is not None and (other.valid_to is None or other.valid_to > version.valid_to):
                faults.append(_gap(version, other))
        faults += [fault.below(path) for fault in standing_faults(version) if not fault.refuses]
    faults += [_twice(one, other) for one, other in combinations(versions, 2) if _meet(one, other)]
    return list(endings.values()), faults


def _in_the_way(version: Version, other: Version) -> LintFault:
    return LintFault(
        f"{path_of(version)}.valid_from",
        f"已发布的第 {other.number} 版自{zhdate(other.valid_from)}起生效，不早于本草稿的{zhdate(version.valid_from)}，"
        "不能由本草稿接替。",
        f"请一并停用第 {other.number} 版，或把本草稿的生效日期改到{zhdate(other.valid_from)}之后。",
    )


def _gap(version: Version, other: Version) -> LintFault:
    return LintFault(
        f"{path_of(version)}.valid_to",
        f"本草稿到{zhdate(version.valid_to)}为止，所接替的第 {other.number} 版原定"
        f"{'到' + zhdate(other.valid_to) if other.valid_to else '没有截止日期'}，其后的日子将没有生效的版本。",
        "请核对失效日期。",
        "warning",
    )


def _meet(one: Version, other: Version) -> bool:
    same = path_of(one) == path_of(other) and type(one) is type(other)
    return (
        same
        and (one.valid_to is None or other.valid_from <= one.valid_to)
        and (other.valid_to is None or one.valid_from <= other.valid_to)
    )


def _twice(one: Version, other: Version) -> LintFault:
    return LintFault(
        f"{path_of(one)}.valid_from",
        f"第 {one.number} 版和第 {other.number} 版两份草稿的有效期重叠。",
        "请只选一份，或改正有效期后再提交。",
    )


def _kinds(versions: Iterable[Version]) -> list[LintFault]:
    """A clause that paid money goes on paying, and the reverse: years that are past are computed by what it was."""
    faults = []
    for version in versions:
        if not isinstance(version, ClauseVersion):
            continue
        before = version.clause.versions.exclude(state__in=UNPUBLISHED)
        other = next((one for one in before if needs_cases(one) != needs_cases(version)), None)
        if other is not None:
            was, now = ("资金条款", "非资金条款") if needs_cases(other) else ("非资金条款", "资金条款")
            faults.append(
                LintFault(
                    f"{path_of(version)}.award",
                    f"已发布的第 {other.number} 版是{was}，本草稿是{now}，同一条款不能改变性质。",
                    "请另立一个条款，并让原版本到期或停用。",
                )
            )
    return faults


def _opening(document: Document, versions: Sequence[Version]) -> list[LintFault]:
    """What a document in preparation needs to become public: rules across clauses and one clause."""
    if document.is_public:
        return []
    faults = []
    published = document.rules.filter(state=VersionState.PUBLISHED).exists()
    if not published and not any(isinstance(version, PolicyRules) for version in versions):
        faults.append(
            LintFault(
                RULES_PATH,
                "文件首次公开时须有通用规则，本次没有选。",
                "请先起草通用规则（没有年度数据和累计上限的，保存空白的即可），一并提交。",
            )
        )
    clauses = ClauseVersion.objects.filter(clause__document=document, state=VersionState.PUBLISHED)
    if not clauses.exists() and not any(isinstance(version, ClauseVersion) for version in versions):
        faults.append(LintFault("clauses", "文件首次公开时至少须有一个条款。", "请选择条款的草稿，一并提交。"))
    return faults


def _rules_of(version: ClauseVersion, chosen: Sequence[Version]) -> PolicyRules | None:
    """The rules that will be in force on the first day of a version: chosen ones, else published ones."""

    def covers(rules: PolicyRules) -> bool:
        return rules.valid_from <= version.valid_from and (
            rules.valid_to is None or version.valid_from <= rules.valid_to
        )

    drafted = [one for one in chosen if isinstance(one, PolicyRules) and covers(one)]
    if drafted:
        return drafted[-1]
    published = version.clause.document.rules.filter(state=VersionState.PUBLISHED).order_by("valid_from")
    return next((one for one in published if covers(one)), None)


def _case_faults(version: ClauseVersion, results: Sequence[CaseResult]) -> list[LintFault]:
    path = f"{path_of(version)}.cases"
    if not results:
        return [LintFault(path, "资金条款至少须有一个算例。", "请在“算例”中录入数据和应得的结果。")]
    return [
        LintFault(
            path,
            f"算例 {result.case.number}「{result.case.title}」应为{result.expected}，"
            + (f"不能计算：{result.fault}" if result.fault else f"实际为{result.actual}。"),
            "请改正草稿或算例。",
        )
        for result in results
        if not result.ok
    ]
