"""The letters of an award: 批复 with amount, working and citation, or a notice that the award is zero and why."""

from datetime import datetime

from accounts.models import User
from applications.letters import order_letter, subject_of
from awards.labels import REASONS
from awards.models import Award
from common.money import capitals, grouped
from common.templatetags.ui import figure
from letters.content import Citation, Column, LetterContent, Paragraph, Table
from letters.enums import LetterKind, LetterState
from letters.models import Letter
from policies.rules.wording import decided_words
from reviews.letters import citation_of, named, standing


def _working(award: Award) -> Table:
    """The calculation as rows, as the engine's trace tells it, then the settlement."""
    clause = award.application.clause.clause_id
    claim = next(claim for claim in award.settled_in.answer["claims"] if claim["clause"] == clause)
    # A step's value is an amount, or words where a condition was met (中国电子信息100强).
    told = [(decided_words(step["step"]), figure(step["value"])) for step in claim["trace"]]
    rows = [(words, value) for words, value in told if words is not None]
    if award.settled_fen != award.candidate_fen:
        rows.append((REASONS[award.reason], grouped(award.settled_fen)))
    return Table(
        columns=(Column("计算过程"), Column("金额（元）", numeric=True)),
        rows=tuple(rows),
        caption="金额计算",
    )


def _cap_citation(award: Award) -> tuple[Citation, ...]:
    if award.reason != "cap":
        return ()
    from policies.queries import published_policy

    document = award.application.clause.document
    policy = published_policy(document.number, award.application.policy_year)
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
    application, unit = award.application, award.unit
    year = application.policy_year
    amounts = {"金额": grouped(award.settled_fen), "金额大写": capitals(award.settled_fen)}
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=(
            Paragraph(
                f"你单位提交的{year}年度{named(application)}申报（编号 {application.number}）收悉。"
                "经审核、公示，批复如下："
            ),
            Paragraph(f"同意给予你单位{year}年度{named(application)}奖补资金。"),
        ),
        amount_fen=award.settled_fen,
        amount_label="核定奖补金额",
        table=_working(award),
        basis=(citation_of(application), *_cap_citation(award)),
        closing=standing(LetterKind.APPROVAL, application, unit, at, amounts),
        signer=unit.full_name,
    )
    return _request(
        award,
        kind=LetterKind.APPROVAL,
        title=f"关于{year}年度{application.clause.title}的批复",
        content=content,
        by=by,
        at=at,
    )


def request_zero_letter(*, award: Award, by: User | None, at: datetime) -> Letter:
    """Ask for the notice that an award was settled at zero, and why."""
    application, unit = award.application, award.unit
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=(
            Paragraph(
                f"你单位提交的{application.policy_year}年度{named(application)}申报（编号 {application.number}）收悉。"
                "经审核符合条款条件，但核定金额为零，现将理由告知如下："
            ),
            Paragraph(f"{REASONS[award.reason]}。"),
        ),
        table=_working(award),
        basis=(citation_of(application), *_cap_citation(award)),
        closing=standing(LetterKind.REFUSAL, application, unit, at),
        signer=unit.full_name,
    )
    return _request(award, kind=LetterKind.REFUSAL, title="关于奖补金额核定结果的告知书", content=content, by=by, at=at)
