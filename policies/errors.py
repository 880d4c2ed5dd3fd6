"""Faults of policy data that people meet."""

from common.errors import DomainError, NotFound


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
