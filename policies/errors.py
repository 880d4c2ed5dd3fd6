"""Faults of policy data that people meet."""

from collections.abc import Sequence

from common.errors import DomainError, NotAllowed, NotFound
from policies.lint import LintFault


class PolicyYearError(DomainError):
    """No published version governs the policy year; there is never a fallback to another version."""

    title = "该政策年度没有适用的政策"


class PolicyUnknown(NotFound):
    """No document carries this number."""


class VersionStateError(DomainError):
    """A version is not in the state that the step needs."""

    status = 409
    title = "版本状态不符"


class VersionOverlaps(VersionStateError):
    """Another published version is in force in the same time."""


class VersionFaulty(DomainError):
    """The lints refuse the policy with this version in its place; `errors` has every fault by its path."""

    title = "定义有误，不能发布"

    def __init__(self, version: object, faults: Sequence[LintFault]) -> None:
        errors: dict[str, list[str]] = {}
        for fault in faults:
            errors.setdefault(fault.path, []).append(fault.message + fault.mend)
        super().__init__(f"{version}的定义有 {len(faults)} 处问题，不能发布。请逐处改正后另存草稿。", errors=errors)
        self.faults = tuple(faults)


class SecondPersonNeeded(NotAllowed):
    """Whoever wrote a draft does not publish it."""


class PublicationRefused(DomainError):
    """Drafts cannot be published as they stand; `errors` has every reason by its path, `faults` the same whole."""

    title = "不能发布"

    def __init__(self, faults: Sequence[LintFault]) -> None:
        errors: dict[str, list[str]] = {}
        for fault in faults:
            errors.setdefault(fault.path, []).append(fault.message + fault.mend)
        super().__init__(f"有 {len(faults)} 处问题，不能发布。请逐处改正。", errors=errors)
        self.faults = tuple(faults)
