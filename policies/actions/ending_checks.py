"""Whether published versions may be taken out of force as somebody asks: each by itself, and beside the drafts that are
published with it."""

import datetime as dt
from collections.abc import Iterable, Sequence

from common.templatetags.ui import zhdate
from policies.actions.versions import Version
from policies.enums import VersionState
from policies.lint import LintFault
from policies.models import ClauseVersion
from policies.queries.publications import Ending, key_of

RULES_PATH = "rules"


def path_of(version: Version) -> str:
    """Where a fault of a version stands, as the lints write it."""
    return f'clauses["{version.clause.clause_id}"]' if isinstance(version, ClauseVersion) else RULES_PATH


def ending_faults(endings: Sequence[Ending], drafts: Sequence[Version]) -> list[LintFault]:
    """What refuses these endings: a version that is not in force, a day that is not earlier, the same version twice, a
    draft that needs it to end before."""
    faults = []
    seen: set[tuple[str, int]] = set()
    for ending in endings:
        if key_of(ending.version) in seen:
            faults.append(_fault(ending, "选了两次。", "请只保留一项。"))
        seen.add(key_of(ending.version))
        fault = _itself(ending) or _beside(ending, drafts)
        if fault is not None:
            faults.append(fault)
    return faults


def place_endings(endings: Iterable[Ending], *, at: dt.datetime) -> None:
    """Take versions out of force for a trial that is taken back; for endings that nothing refuses."""
    for ending in endings:
        row = type(ending.version)._default_manager.filter(pk=ending.version.pk)
        if ending.valid_to is None:
            row.update(state=VersionState.RETIRED, retired_at=at)
        else:
            row.update(valid_to=ending.valid_to)


def _itself(ending: Ending) -> LintFault | None:
    version, day = ending.version, ending.valid_to
    if version.state != VersionState.PUBLISHED:
        when = f"已于{zhdate(version.retired_at)}停用" if version.retired_at else str(version.get_state_display())
        return _fault(ending, f"{when}，不是有效的版本。", "请去掉这一项。")
    if day is None:
        return None
    if version.valid_to is not None and day >= version.valid_to:
        return _fault(
            ending,
            f"的有效期本来就到{zhdate(version.valid_to)}为止，终止日期只能提前，不能延后或不变。",
            f"请填写{zhdate(version.valid_to)}以前的日期。",
        )
    if day < version.valid_from:
        return _fault(
            ending,
            f"自{zhdate(version.valid_from)}起生效，终止日期不能早于这一天。",
            "整个版本不再使用的，请选“停用”。",
        )
    return None


def _beside(ending: Ending, drafts: Sequence[Version]) -> LintFault | None:
    if ending.valid_to is None:
        return None
    for draft in drafts:
        before = draft.valid_to is not None and draft.valid_to < ending.version.valid_from
        if path_of(draft) == path_of(ending.version) and draft.valid_from <= ending.valid_to and not before:
            return _fault(
                ending,
                f"终止于{zhdate(ending.valid_to)}，一并发布的第 {draft.number} 版却自{zhdate(draft.valid_from)}"
                "起生效。",
                "由新版本接替的不必另行终止，请去掉这一项；发布时原版本自动到前一天为止。",
            )
    return None


def _fault(ending: Ending, message: str, mend: str) -> LintFault:
    version = ending.version
    what = f"条款 {version.clause.clause_id} " if isinstance(version, ClauseVersion) else "通用规则"
    return LintFault(f"{path_of(version)}.valid_to", f"{what}第 {version.number} 版{message}", mend)
