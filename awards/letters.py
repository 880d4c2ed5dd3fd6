"""The letter of an award: 批复 with amount, working and citation, or a notice that the award is zero and why."""

from datetime import datetime

from accounts.models import Unit, User
from applications.letters import order_letter
from applications.models import Application
from awards.enums import AwardState
from awards.labels import REASONS
from awards.models import Award
from common.money import capitals, grouped
from common.templatetags.ui import figure
from letters.content import Citation, Column, LetterContent, Paragraph, Table
from letters.enums import LetterKind
from letters.models import Letter
from policies.rules.wording import decided_words
from reviews.letters import citation_of, named, standing
from reviews.queries.decisions import decision_in_force


def _working(award: Award) -> Table:
    """The calculation as rows, as the engine's trace tells it, then the settlement."""
    clause = award.application.clause.clause_id
    claim = next(claim for claim in award.settlement.answer["claims"] if claim["clause"] == clause)
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


def _standing(award: Award, application: Application, unit: Unit, at: datetime) -> tuple[Paragraph, ...]:
    if award.state != AwardState.SETTLED:
        return standing(LetterKind.REFUSAL, application, unit, at)
    amounts = {"金额": grouped(award.settled_fen), "金额大写": capitals(award.settled_fen)}
    return standing(LetterKind.APPROVAL, application, unit, at, amounts)


def request_award_letter(*, award: Award, by: User | None, at: datetime) -> Letter:
    """Ask for the letter of a settled award, signed by the lead unit that keeps the file."""
    application = award.application
    unit = decision_in_force(application).task.unit
    year = application.policy_year
    granted = award.state == AwardState.SETTLED
    opening = f"你单位提交的{year}年度{named(application)}申报（编号 {application.number}）收悉。" + (
        "经审核，批复如下：" if granted else "经审核符合条款条件，但核定金额为零，现将理由告知如下："
    )
    paragraphs = [Paragraph(opening)]
    if granted:
        paragraphs.append(Paragraph(f"同意给予你单位{year}年度{named(application)}奖补资金。"))
    else:
        paragraphs.append(Paragraph(f"{REASONS[award.reason]}。"))
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=tuple(paragraphs),
        amount_fen=award.settled_fen if granted else None,
        amount_label="核定奖补金额",
        table=_working(award),
        basis=(citation_of(application), *_cap_citation(award)),
        closing=_standing(award, application, unit, at),
        signer=unit.full_name,
    )
    return order_letter(
        application,
        kind=LetterKind.APPROVAL if granted else LetterKind.REFUSAL,
        unit=unit,
        request_key=f"award:{award.pk}",
        title=f"关于{year}年度{application.clause.title}的批复" if granted else "关于奖补金额核定结果的告知书",
        content=content,
        by=by,
        at=at,
    )
