"""Corrected typing reaches the files under way; substance never does.

What was filed is not touched: a revision names the version of its day for ever, and its hash stands. The file itself
names the corrected version from here on, so that every page of those who work on it shows the corrected words
(applications.queries.definitions.version_of). The file's own number of changes stays, because nothing that is decided
on changes with it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.enums import SystemRole
from accounts.models import User
from applications.actions.locking import lock
from applications.models import Application
from applications.queries.standing import ROLLED, UNDECIDED, Move, moves_of, version_words
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from policies.models import ClauseVersion


def may_roll_forward(user: User) -> bool:
    """Whether this person moves files to a corrected version."""
    return user.is_active and user.system_role == SystemRole.ADMINISTRATOR


def roll_forward(*, version: ClauseVersion, by: User, at: datetime) -> list[Application]:
    """Move the undecided files of a version to the published one that governs their year now and differs in wording
    alone; answers the files that were moved.

    Raises NotAllowed; Invalid (field `version`) with every difference where all that is there differs in substance;
    Conflict where there is nothing to move.
    """
    if not may_roll_forward(by):
        raise NotAllowed("文字更正的转版由政策管理员办理。")
    with transaction.atomic():
        moves = moves_of(version)
        if not moves:
            raise Conflict(
                "没有需要转版的申报：在办的申报都按现行版本办理，或者没有后续版本。", what="没有需要转版的申报"
            )
        allowed = [move for move in moves if move.is_allowed]
        if not allowed:
            raise Invalid("不只是文字更正，不能转版。", errors={"version": [refusal(move) for move in moves]})
        return [moved for move in allowed for moved in _move(version, move, by=by, at=at)]


def refusal(move: Move) -> str:
    """Why files stay under their version: what differs between the two, as one sentence."""
    told = "；".join(f"{one.label}：{one.before or '无'} → {one.after or '无'}" for one in move.differences)
    return f"与{version_words(move.target)}不只是文字不同，{len(move.files)} 件申报仍按原版本办理。差别：{told}。"


def _move(version: ClauseVersion, move: Move, *, by: User, at: datetime) -> Sequence[Application]:
    moved = []
    for file in sorted(move.files, key=lambda file: file.pk):  # one order of locks for everybody
        application = lock(file)
        if application.state not in UNDECIDED or application.clause_version_id != version.pk:
            continue  # decided or moved meanwhile
        application.clause_version = move.target
        application.save(update_fields=["clause_version"])
        record(
            ROLLED,
            subject=application,
            by=by,
            at=at,
            data={"number": application.number, "from": version.number, "to": move.target.number},
        )
        moved.append(application)
    return moved
