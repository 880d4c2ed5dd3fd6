"""追回通知: what must be paid back, why, until when and how, and the remedies."""

from datetime import datetime

from accounts.models import User
from applications.letters import order_letter, placeholders_of
from awards.models import Recovery
from awards.queries.recoveries import paying_unit_of_all
from common.money import capitals, grouped
from common.templatetags.ui import zhdate
from common.workdays import local_day
from letters.content import LetterContent, Paragraph
from letters.enums import LetterKind, TextKind, TextSlot
from letters.models import Letter
from letters.queries import kept_values, paragraphs, wording
from reviews.letters import citation_of, standing


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
    fen, kind, day = recovery.amount_fen, TextKind.RECOVERY_NOTICE, local_day(at)
    own = {
        "截止日期": zhdate(recovery.due_on),
        "金额": grouped(fen),
        "金额大写": capitals(fen),
        "已拨金额": grouped(had_fen),
        "应退金额": grouped(fen),
        "拨付单位": payee,
    }
    values = placeholders_of(application, unit) | own
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
            *paragraphs(kind, TextSlot.OPENING, on=day, values=values),
            Paragraph(f"追回的理由和依据：{recovery.reason}", level=3),
            *paragraphs(kind, TextSlot.NEXT_STEPS, on=day, values=values, level=3),
            *ban,
        ),
        amount_fen=fen,
        amount_label="应退金额",
        basis=(citation_of(application),),
        closing=standing(LetterKind.RECOVERY_NOTICE, application, unit, at, own),
        signer=unit.full_name,
        template=kind,
        values=kept_values(values),
    )
    return order_letter(
        application,
        kind=LetterKind.RECOVERY_NOTICE,
        unit=unit,
        request_key=notice_key(recovery),
        title=wording(kind, TextSlot.TITLE, on=day, values=values),
        content=content,
        by=by,
        at=at,
    )
