"""What the gestures of 追回 share: locks, files, who is told.

Order of locks: awards by primary key (that of the recovery, and the later one of a set-off), then the recovery, then
the enterprise (for its ban), and last the counter of letters. Lists and payments lock list, awards, envelopes and never
a recovery, so that the two orders cannot meet.
"""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from accounts.enums import NoticeTopic
from accounts.models import Unit, User
from accounts.notifications import notify, unit_users
from applications.actions.messages import Enclosure
from awards.actions.locks import lock_awards
from awards.documents import StoredDocument, keep_document
from awards.models import Award, Recovery, RecoveryFile
from awards.queries.recoveries import paying_unit_of_all
from common.errors import Conflict, Invalid
from common.money import MAX_FEN, grouped
from common.uploads import check_several, largest_together

MAX_FILES = 5


def address_of(recovery: Recovery) -> str:
    """The path of a recovery's page, for messages."""
    return reverse("awards:recovery", args=[recovery.pk])


def name_of(recovery: Recovery) -> str:
    """How messages name a recovery: by the number of the application."""
    return recovery.award.application.number or ""


def lock_recovery(
    pk: int, *, expected_version: int | None = None, and_awards: Sequence[int] = ()
) -> tuple[Recovery, dict[int, Award]]:
    """The locked recovery after its award (and others); Conflict where it changed since the version that was seen."""
    award_id = Recovery.objects.values_list("award_id", flat=True).get(pk=pk)
    awards = lock_awards([award_id, *and_awards])
    recovery = (
        Recovery.objects.select_for_update(of=("self",))
        .select_related("unit", "found_by", "drafted_by", "decided_by")
        .get(pk=pk)
    )
    recovery.award = awards[award_id]
    if expected_version is not None and recovery.version != expected_version:
        raise Conflict(
            f"这件追回在您打开之后已有变化，现为“{recovery.get_state_display()}”，请查看最新内容后再办理。",
            what=recovery.get_state_display(),
        )
    return recovery, awards


def amount_faults(amount_fen: int | None, most_fen: int, *, too_much: str) -> list[str]:
    """What is wrong with an amount in 分 that must be positive and at most so much; `too_much` says what it exceeds."""
    if amount_fen is None or isinstance(amount_fen, bool) or not isinstance(amount_fen, int):
        return ["请填写金额。"]
    if amount_fen <= 0:
        return ["金额须大于 0 元。"]
    if amount_fen > min(most_fen, MAX_FEN):
        return [f"{too_much} {grouped(most_fen)} 元，不能填写 {grouped(amount_fen)} 元。"]
    return []


def store_files(files: Sequence[Enclosure]) -> list[StoredDocument]:
    """Check and store files before anything is locked. Raises Invalid (`attachments`) with every fault."""
    checked, faults = check_several(
        files,
        most=MAX_FILES,
        too_many=f"一次最多附 {MAX_FILES} 个文件，您选择了 {len(files)} 个。",
        too_large=f"文件合计不能超过 {largest_together()}，请压缩后重新选择。",
    )
    if faults:
        raise Invalid(faults[0], errors={"attachments": faults})
    return [keep_document(file) for file in checked]


def keep_files(recovery: Recovery, stored: Sequence[StoredDocument], *, by: User, at: datetime) -> list[RecoveryFile]:
    """The rows of stored files."""
    return [RecoveryFile.objects.create(recovery=recovery, by=by, at=at, **document.columns()) for document in stored]


def tell_unit(
    unit: Unit, title: str, body: str, recovery: Recovery, *, but: User | None, at: datetime, topic: str = "task"
) -> None:
    """Tell the officers of a unit, all but the person whose gesture it was."""
    people = [user for user in unit_users(unit) if user != but]
    notify(people, title=title, body=body, url=address_of(recovery), topic=NoticeTopic(topic), at=at)


def tell_payers(title: str, body: str, recovery: Recovery, *, but: User | None, at: datetime) -> None:
    """Tell the officers of the paying unit (市财政局), where the money comes back."""
    unit = paying_unit_of_all()
    if unit is not None:
        tell_unit(unit, title, body, recovery, but=but, at=at)
