"""Refusals of this app that carry more than a sentence."""

from collections.abc import Sequence
from typing import Any

from applications.drafts import Fault
from common.errors import Conflict, Invalid


class IncompleteError(Invalid):
    """Something is missing or wrong; `faults` holds everything at once, each with its place."""

    title = "还不能提交"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        errors: dict[str, list[str]] = {}
        for fault in self.faults:
            errors.setdefault(fault.field_id.removeprefix("id_"), []).append(fault.full)
        super().__init__(f"还有 {len(self.faults)} 处需要补充或更正，更正后才能提交。", errors=errors)


class AlreadyStarted(Conflict):
    """The enterprise has a living application of the clause and year; `existing` is its primary key."""

    def __init__(self, existing: int) -> None:
        self.existing = existing
        super().__init__("本企业该年度已有此条款的申报，请在“我的申报”中继续办理。")


class DraftConflict(Conflict):
    """Another window or colleague saved the draft meanwhile; `saved` is what stands now, with its version."""

    def __init__(self, *, saved: dict[str, Any], saved_version: int, changed_by: str | None) -> None:
        self.saved = saved
        self.saved_version = saved_version
        who = f"（{changed_by}）" if changed_by else ""
        super().__init__(
            f"这份申报在您填写期间已在另一处保存{who}。您填写的内容保留在下面，尚未保存；"
            "请对照后再次保存，以您的内容为准。",
            changed_by=changed_by,
            what="草稿已更新",
        )
