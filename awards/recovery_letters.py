"""追回通知: what must be paid back, why, until when and how, and the remedies."""

from datetime import datetime

from accounts.models import User
from applications.letters import order_letter
from awards.models import Recovery
from awards.queries.recoveries import paying_unit_of_all
from common.money import capitals, grouped
from common.templatetags.ui import zhdate
from letters.content import LetterContent, Paragraph
from letters.enums import LetterKind
from letters.models import Letter
from reviews.letters import citation_of, named, standing


def notice_key(recovery: Recovery) -> str:
    """The key of the order of a recovery's 追回通知."""
    return f"recovery:{recovery.pk}"


def request_recovery_notice(*, recovery: Recovery, had_fen: int, by: User, at: datetime) -> Letter:
    """Ask for the 追回通知 of a decided recovery, in the name of the lead. had_fen: what the enterprise had (分)."""
    award, unit = recovery.award, recovery.unit
    application = award.application
    if recovery.amount_fen is None or recovery.due_on is None:
        raise ValueError("only a decided recovery has a letter")
    payer = paying_unit_of_all()
    payee = payer.full_name if payer else "拨付单位"
    fen, year = recovery.amount_fen, application.policy_year
    of = f"你单位{year}年度{named(application)}奖补资金（编号 {application.number}）"
    ban = (
        [
            Paragraph(
                f"自本决定作出之日起{recovery.ban_years}年内，你单位不得申报本政策的奖补。已提交的申报不受影响。",
                level=3,
            )
        ]
        if recovery.ban_years
        else []
    )
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=(
            Paragraph(f"{of}已拨付 {grouped(had_fen)} 元。经查，决定追回其中 {grouped(fen)} 元，现通知如下："),
            Paragraph(f"追回的理由和依据：{recovery.reason}", level=3),
            Paragraph(f"追回的金额：{grouped(fen)} 元（{capitals(fen)}）。", level=3),
            Paragraph(
                f"退款期限和方式：请于{zhdate(recovery.due_on)}前将款项退回{payee}的原拨付账户，可以分次退回，"
                f"附言注明“追回 {application.number}”；账户信息请向{payee}核实。",
                level=3,
            ),
            *ban,
        ),
        amount_fen=fen,
        amount_label="应退金额",
        basis=(citation_of(application),),
        closing=standing(
            LetterKind.RECOVERY_NOTICE,
            application,
            unit,
            at,
            {"截止日期": zhdate(recovery.due_on), "金额": grouped(fen), "金额大写": capitals(fen)},
        ),
        signer=unit.full_name,
    )
    return order_letter(
        application,
        kind=LetterKind.RECOVERY_NOTICE,
        unit=unit,
        request_key=notice_key(recovery),
        title=f"关于追回{year}年度奖补资金的通知",
        content=content,
        by=by,
        at=at,
    )
