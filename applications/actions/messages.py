"""往来消息: the enterprise and the officers write to each other about a filed application, with files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import Unit, User
from accounts.notifications import enterprise_users, notify
from applications.actions.locking import address_of, lock
from applications.models import Application, Message, MessageFile
from applications.permissions import require_member, require_outsider
from common import storage
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.outbox.actions import enqueue
from common.prose import read_prose
from common.uploads import CheckedUpload, check_several, largest_together

MAX_TEXT = 4000
MAX_FILES = 5
#: The same words with the same files again, within this time and with nothing written in between, are one message
#: that was sent twice (a second click, a connection that broke off).
SENT_AGAIN = timedelta(minutes=10)
#: The outbox kind that tells reviews of a message of the enterprise.
WRITTEN = "applications.message_written"


@dataclass(frozen=True)
class Enclosure:
    """One file to send along, as it came: its name and its bytes to read."""

    name: str
    upload: IO[bytes]


def write_message(
    *, application: Application, unit: Unit | None, text: str, files: Sequence[Enclosure], by: User, at: datetime
) -> Message:
    """Write to the other side about a filed application and tell it; sent again, it is the message that stands.

    unit: the officer's unit (reviews has checked who may write for it), None where the enterprise writes. files: at
    most 5, together no larger than one upload may be; one that is refused keeps everything from being sent.
    Raises NotFound for strangers, NotAllowed for members of the enterprise who write as officers, Conflict for a draft,
    Invalid with every fault.
    """
    if unit is None:
        require_member(by, application.enterprise_id)
    else:
        require_outsider(application, by)
    if application.filed_at is None:
        raise Conflict("申报提交之后才能与审核单位往来消息。")
    plain, checked = _check(text, files)
    hashes = [storage.put(file.data) for file in checked]
    with transaction.atomic():
        application = lock(application)
        standing = _standing(application, unit, plain, hashes, by=by, at=at)
        if standing is not None:
            return standing
        message = Message.objects.create(application=application, unit=unit, author=by, text=plain, at=at)
        MessageFile.objects.bulk_create(
            MessageFile(
                message=message,
                name=file.clean_name,
                kind=file.kind,
                content_type=file.content_type,
                size=file.size,
                sha256=sha256,
            )
            for file, sha256 in zip(checked, hashes, strict=True)
        )
        record(
            WRITTEN,
            subject=message,
            by=by,
            at=at,
            data={"application": application.pk, "unit": unit.name if unit else None, "files": hashes},
        )
        _tell(message, len(hashes), at)
        return message


def _check(text: str, files: Sequence[Enclosure]) -> tuple[str, list[CheckedUpload]]:
    """The text and the files as they may be stored; Invalid with every fault of both."""
    errors: dict[str, list[str]] = {}
    plain = ""
    try:
        plain = read_prose(text, field="text", name="消息内容", limit=MAX_TEXT)
    except Invalid as refused:
        errors |= refused.errors
    checked, faults = check_several(
        files,
        most=MAX_FILES,
        too_many=f"一条消息最多附 {MAX_FILES} 个文件，您选择了 {len(files)} 个，请分几条发送。",
        too_large=f"一条消息的文件合计不能超过 {largest_together()}，请压缩或分几条发送。",
    )
    if faults:
        errors["attachments"] = faults
    if errors:
        raise Invalid("消息没有发出，请按提示更正。", errors=errors)
    return plain, checked


def _standing(
    application: Application, unit: Unit | None, text: str, hashes: list[str], *, by: User, at: datetime
) -> Message | None:
    """The newest message of the thread, if it is this one; the application is locked, so two at once are seen."""
    last = Message.objects.filter(application=application).order_by("-at", "-pk").first()
    if last is None or last.author_id != by.pk or last.unit_id != (unit.pk if unit else None) or last.text != text:
        return None
    if at - last.at > SENT_AGAIN or list(last.files.values_list("sha256", flat=True)) != hashes:
        return None
    return last


def _tell(message: Message, files: int, at: datetime) -> None:
    """Tell the other side: the enterprise here, the officers by reviews, which knows who works on the file.

    The notice, and so the mail, carries neither the text nor the files: those are read behind the sign-in.
    """
    if message.unit is None:
        enqueue(WRITTEN, {"message": message.pk}, key=f"{WRITTEN}:{message.pk}", at=at, inline=True)
        return
    application = message.application
    notify(
        enterprise_users(application.enterprise),
        title=f"{message.unit.name}发来消息：{application.number}",
        body=f"{message.unit.name}就该申报发来消息{f'，附 {files} 个文件' if files else ''}，请查看并回复。",
        url=f"{address_of(application)}#messages",
        topic=NoticeTopic.MESSAGE,
        at=at,
    )
