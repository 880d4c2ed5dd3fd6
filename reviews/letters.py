"""The letters that a review causes: 补正告知书 and 不予支持告知书, as contents for the letters app."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import Unit, User
from accounts.unit_names import with_former
from applications.letters import order_letter, placeholders_of, subject_of
from applications.models import Application, Correction
from common.templatetags.ui import zhdate
from common.workdays import local_day
from letters.content import Citation, LetterContent, Paragraph
from letters.enums import LetterKind, LetterState, TextKind, TextSlot
from letters.models import Letter
from letters.queries import kept_values, paragraphs, wording
from reviews.enums import Outcome, StageKind
from reviews.models import Case, Decision


def named(application: Application) -> str:
    """The clause's title in quotation marks; marks inside it become single ones, as the rules of punctuation ask."""
    title = application.clause.title.replace("“", "‘").replace("”", "’")
    return f"“{title}”"


def citation_of(application: Application) -> Citation:
    """The clause as its document prints it."""
    version = application.clause_version
    document = application.clause.document
    return Citation(
        document=document.title,
        number=document.number,
        locator=f"条款 {application.clause.clause_id}",
        quote=version.quote,
    )


def standing(
    kind: LetterKind, application: Application, unit: Unit, at: datetime, values: Mapping[str, str] | None = None
) -> tuple[Paragraph, ...]:
    """The standing words of a kind of letter as administrators keep them: remedies, then closing.

    values: what this kind can fill in besides the names and numbers of the application (letters/placeholders.py).
    """
    day = local_day(at)
    known = placeholders_of(application, unit) | dict(values or {})
    slots = (TextSlot.REMEDIES, TextSlot.CLOSING)
    return tuple(line for slot in slots for line in paragraphs(kind, slot, on=day, values=known))


def correction_letter_key(correction: Correction) -> str:
    """The key of the order of a request's 补正告知书."""
    return f"correction:{correction.pk}"


def request_correction_letter(*, case: Case, correction: Correction, by: User, at: datetime) -> Letter:
    """Ask for the 补正告知书 of a request: every point, the due day, where to answer."""
    application = case.application
    points = [Paragraph(point.text, level=3) for point in correction.points.order_by("order")]
    kind, day = TextKind.CORRECTION, local_day(at)
    own = {"环节名称": correction.stage_label, "截止日期": zhdate(correction.due_on)}
    values = placeholders_of(application, correction.unit) | own
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=(*paragraphs(kind, TextSlot.OPENING, on=day, values=values), *points),
        basis=(citation_of(application),),
        closing=standing(LetterKind.CORRECTION, application, correction.unit, at, own),
        signer=correction.unit.full_name,
        template=kind,
        values=kept_values(values),
    )
    return order_letter(
        application,
        kind=LetterKind.CORRECTION,
        unit=correction.unit,
        request_key=correction_letter_key(correction),
        title=wording(kind, TextSlot.TITLE, on=day, values=values),
        content=content,
        by=by,
        at=at,
    )


def _refusals(case: Case) -> list[Decision]:
    return list(
        Decision.objects.filter(
            task__stage__case=case, outcome=Outcome.REFUSE, confirmed_at__isnull=False, superseded_at=None
        )
        .select_related("task__unit", "task__stage")
        .order_by("task__stage__order", "-task__is_keeper", "task_id")
    )


def request_refusal_letter(*, case: Case, by: User, at: datetime) -> Letter:
    """Ask for the 不予支持告知书: every reason at once, the clause, and the remedies with their periods."""
    application = case.application
    refusals = _refusals(case)
    unit: Unit = refusals[0].task.unit
    reasons = [
        Paragraph(f"{refusal.task.unit.name}（{StageKind(refusal.task.stage.kind).label}）：{refusal.reasons}", level=3)
        for refusal in refusals
    ]
    kind, day, values = TextKind.REFUSAL, local_day(at), placeholders_of(application, unit)
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=(*paragraphs(kind, TextSlot.OPENING, on=day, values=values), *reasons),
        basis=(citation_of(application),),
        closing=standing(LetterKind.REFUSAL, application, unit, at),
        signer=unit.full_name,
        template=kind,
        values=kept_values(values),
    )
    return order_letter(
        application,
        kind=LetterKind.REFUSAL,
        unit=unit,
        request_key=f"refusal:{case.pk}",
        title=wording(kind, TextSlot.TITLE, on=day, values=values),
        content=content,
        by=by,
        at=at,
        supersedes=_approval_in_force(application, unit),
    )


def _approval_in_force(application: Application, unit: Unit) -> Letter | None:
    """The 批复 that a file got before it came back to its lead: a refusal after that takes its place."""
    units = with_former(Unit.objects.filter(pk=unit.pk).values("pk"))
    return (
        Letter.objects.about(subject_of(application))
        .filter(kind=LetterKind.APPROVAL, unit__in=units, state=LetterState.ISSUED, superseded_by=None)
        .order_by("-pk")
        .first()
    )
