"""The letters of an award: 批复 with amount, working and citation, or a notice that the award is zero and why."""

from datetime import datetime

from accounts.models import User
from applications.letters import order_letter, placeholders_of, subject_of
from applications.queries.definitions import policy_of
from awards.explain import why_less
from awards.models import Award
from common.money import capitals, grouped
from common.templatetags.ui import figure
from common.workdays import local_day
from letters.content import Citation, Column, LetterContent, Table
from letters.enums import LetterKind, LetterState, TextKind, TextSlot
from letters.models import Letter
from letters.queries import kept_values, paragraphs, wording
from policies.rules.wording import decided_words
from reviews.letters import citation_of, standing


def _working(award: Award) -> Table:
    """The calculation as rows, as the engine's trace tells it, then the settlement."""
    clause = award.application.clause.clause_id
    claim = next(claim for claim in award.settled_in.answer["claims"] if claim["clause"] == clause)
    # A step's value is an amount, or words where a condition was met (中国电子信息100强).
    told = [(decided_words(step["step"]), figure(step["value"])) for step in claim["trace"]]
    rows = [(words, value) for words, value in told if words is not None]
    if award.settled_fen != award.candidate_fen:
        rows.append((why_less(award), grouped(award.settled_fen)))
    return Table(
        columns=(Column("计算过程"), Column("金额（元）", numeric=True)),
        rows=tuple(rows),
        caption="金额计算",
    )


def _cap_citation(award: Award) -> tuple[Citation, ...]:
    if award.reason != "cap":
        return ()
    document, policy = award.application.clause.document, policy_of(award.revision)
    assert policy.total_cap is not None  # a cap was the reason
    return (Citation(document=document.title, number=document.number, quote=policy.total_cap.rate.quote),)


def replaced_letter(award: Award) -> Letter | None:
    """The letter in force that told an earlier result of the same application; the new one replaces it."""
    return (
        Letter.objects.about(subject_of(award.application))
        .filter(request_key__startswith="award:", state=LetterState.ISSUED, superseded_by=None)
        .order_by("-pk")
        .first()
    )


def _request(
    award: Award, *, kind: LetterKind, title: str, content: LetterContent, by: User | None, at: datetime
) -> Letter:
    return order_letter(
        award.application,
        kind=kind,
        unit=award.unit,
        request_key=f"award:{award.pk}:{award.settlement.number if award.settlement else 0}",
        title=title,
        content=content,
        by=by,
        at=at,
        supersedes=replaced_letter(award),
    )


def request_award_letter(*, award: Award, by: User | None, at: datetime) -> Letter:
    """Ask for the 批复 of an award whose publicity is over, signed by the lead unit that keeps the file."""
    application, unit, kind, day = award.application, award.unit, TextKind.APPROVAL, local_day(at)
    own = {
        "金额": grouped(award.settled_fen),
        "金额大写": capitals(award.settled_fen),
        "条款金额": grouped(award.candidate_fen),
        "核定金额": grouped(award.settled_fen),
    }
    values = placeholders_of(application, unit) | own
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=(
            *paragraphs(kind, TextSlot.OPENING, on=day, values=values),
            *paragraphs(kind, TextSlot.DECISION, on=day, values=values),
        ),
        amount_fen=award.settled_fen,
        amount_label="核定奖补金额",
        table=_working(award),
        basis=(citation_of(application), *_cap_citation(award)),
        closing=standing(LetterKind.APPROVAL, application, unit, at, own),
        signer=unit.full_name,
        template=kind,
        values=kept_values(values),
    )
    title = wording(kind, TextSlot.TITLE, on=day, values=values)
    return _request(award, kind=LetterKind.APPROVAL, title=title, content=content, by=by, at=at)


def request_zero_letter(*, award: Award, by: User | None, at: datetime) -> Letter:
    """Ask for the notice that an award was settled at zero, and why."""
    application, unit, kind, day = award.application, award.unit, TextKind.ZERO, local_day(at)
    own = {"条款金额": grouped(award.candidate_fen), "核定说明": why_less(award).removesuffix("。")}
    values = placeholders_of(application, unit) | own
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=(
            *paragraphs(kind, TextSlot.OPENING, on=day, values=values),
            *paragraphs(kind, TextSlot.DECISION, on=day, values=values),
        ),
        table=_working(award),
        basis=(citation_of(application), *_cap_citation(award)),
        closing=standing(LetterKind.REFUSAL, application, unit, at),
        signer=unit.full_name,
        template=kind,
        values=kept_values(values),
    )
    title = wording(kind, TextSlot.TITLE, on=day, values=values)
    return _request(award, kind=LetterKind.REFUSAL, title=title, content=content, by=by, at=at)
