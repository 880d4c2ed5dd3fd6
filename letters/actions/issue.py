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
from letters.signing import current_signer
from letters.workflow import target

SHANGHAI = ZoneInfo("Asia/Shanghai")


def verification_url(token: str) -> str:
    """The public address behind the QR code."""
    return settings.SITE_URL.rstrip("/") + reverse("letters:verify_letter", args=[token])


@transaction.atomic
def issue_letter(*, letter_id: int, at: datetime) -> Letter:
    """Make a queued letter's document and put it into force; a letter that is issued already is returned unchanged.

    Number, bytes and audit event commit together or not at all, so that a crash, a missing glyph or a signer that is
    away leaves no gap. Raises LetterGlyphError, LetterRenderError, LetterContentError or LetterSigningError where the
    document cannot be made.
    """
    letter = Letter.objects.select_for_update(of=("self",)).select_related("unit", "enterprise").get(pk=letter_id)
    if letter.state != LetterState.QUEUED:
        return letter
    content = from_json(letter.context)
    superseded = letter.supersedes.number if letter.supersedes else None
    day = at.astimezone(SHANGHAI).date()
    signer = current_signer()
    signed_by = signer.certificate_name(letter.unit)  # printed on the page, hence known before it is drawn
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
            signed_by=signed_by,
        )
    )
    # The number is on the page and the signature goes over the page, so both are made while the series waits: 0.2 s for
    # drawing, 0.02 s for a key in a file. What is stored, hashed and verified are the signed bytes.
    pdf = signer.sign(rendered.pdf, unit=letter.unit, at=at) if signed_by else rendered.pdf
    letter.state = target("issue", letter.state)
    letter.series = series
    letter.number = number
    letter.year = series.year
    letter.seq = series.last_number
    letter.sha256 = storage.put(pdf)
    letter.pages = rendered.pages
    letter.issued_at = at
    letter.save(update_fields=["state", "series", "number", "year", "seq", "sha256", "pages", "issued_at"])
    record(
        "letters.issued",
        subject=letter,
        by=letter.issued_by,
        at=at,
        data={"number": number, "kind": letter.kind, "sha256": letter.sha256, "supersedes": superseded}
        | ({"signed_by": signed_by} if signed_by else {}),
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
