"""The states of an enterprise's verification, as a table; the only way to change `Enterprise.status`."""

from accounts.enums import EnterpriseStatus
from accounts.models import Enterprise
from common.errors import Conflict

PENDING, VERIFIED, REJECTED = EnterpriseStatus.PENDING, EnterpriseStatus.VERIFIED, EnterpriseStatus.REJECTED

# gesture → (states it may start from, state it leads to)
TRANSITIONS: dict[str, tuple[frozenset[EnterpriseStatus], EnterpriseStatus]] = {
    "verify": (frozenset({PENDING}), VERIFIED),
    "reject": (frozenset({PENDING}), REJECTED),
    "resubmit": (frozenset({REJECTED}), PENDING),
    "reopen": (frozenset({VERIFIED}), PENDING),
}

_REFUSED = {
    PENDING: "该企业信息正在等待核实，不能进行此操作。",
    VERIFIED: "该企业信息已经核实，不能重复操作。",
    REJECTED: "该企业信息已被退回，等待企业更正，不能进行此操作。",
}


def target(gesture: str, enterprise: Enterprise) -> EnterpriseStatus:
    """The state that a gesture leads to from the enterprise's present one; raises Conflict where it leads nowhere."""
    sources, leads_to = TRANSITIONS[gesture]
    status = EnterpriseStatus(enterprise.status)
    if status not in sources:
        raise Conflict(
            _REFUSED[status],
            changed_by=str(enterprise.verified_by) if enterprise.verified_by else None,
            what=status.label,
        )
    return leads_to
