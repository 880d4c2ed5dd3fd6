"""Issuing: render, number, store and tell, in one transaction."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.enums import NoticeTopic
from accounts.notifications import enterprise_users, notify
from common import storage
from common.audit.actions import record
from letters.codes import number_text
from letters.content import from_json
from letters.enums import LetterState
from letters.models import Letter
from letters.numbering import next_number
from letters.rendering import LetterFacts, render
from letters.workflow import target

SHANGHAI = ZoneInfo("Asia/Shanghai")


def verification_url(token: str) -> str:
    """The public address behind the QR code."""
    return settings.SITE_URL.rstrip("/") + reverse("letters:verify_letter", args=[token])


@transaction.atomic
def issue_letter(*, letter_id: int, at: datetime) -> Letter:
    """Make a queued letter's document and put it into force; a letter that is issued already is returned unchanged.

    Number, bytes and audit event commit together or not at all, so that a crash or a missing glyph leaves no gap.
    Raises LetterGlyphError, LetterRenderError or LetterContentError where the document cannot be made.
    """
    letter = Letter.objects.select_for_update(of=("self",)).select_related("unit", "enterprise").get(pk=letter_id)
    if letter.state != LetterState.QUEUED:
        return letter
    content = from_json(letter.context)
    superseded = letter.supersedes.number if letter.supersedes else None
    day = at.astimezone(SHANGHAI).date()
    # From here on the unit's series waits for this transaction: nothing may take another lock below.
    series = next_number(letter.unit, letter.kind, day.year)
    number = number_text(series.prefix, series.year, series.last_number)
    rendered = render(
        LetterFacts(
            kind=letter.kind,
            kind_label=letter.get_kind_display(),
            unit=letter.unit.full_name,
            number=number,
            token=letter.token,
            verify_url=verification_url(letter.token),
            issued_on=day,
            title=letter.title,
            content=content,
            supersedes=superseded or "",
        )
    )
    letter.state = target("issue", letter.state)
    letter.series = series
    letter.number = number
    letter.year = series.year
    letter.seq = series.last_number
    letter.sha256 = storage.put(rendered.pdf)
    letter.pages = rendered.pages
    letter.issued_at = at
    letter.save(update_fields=["state", "series", "number", "year", "seq", "sha256", "pages", "issued_at"])
    record(
        "letters.issued",
        subject=letter,
        by=letter.issued_by,
        at=at,
        data={"number": number, "kind": letter.kind, "sha256": letter.sha256, "supersedes": superseded},
    )
    if letter.enterprise is not None:
        notify(
            enterprise_users(letter.enterprise),
            title=f"收到{letter.get_kind_display()}：{number}",
            body=f"{letter.unit.full_name}向贵单位发出《{letter.title}》，请下载查阅。",
            url=reverse("letters:list"),
            topic=NoticeTopic.LETTER,
            at=at,
        )
    return letter
