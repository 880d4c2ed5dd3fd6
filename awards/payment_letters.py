"""拨付通知: the letter of the paying unit that a part of an award was paid, and from which budget."""

from collections.abc import Iterable
from datetime import date, datetime

from accounts.models import User
from applications.letters import order_letter, placeholders_of
from awards.models import Payment
from common.money import capitals, grouped
from common.templatetags.ui import zhdate
from common.workdays import local_day
from letters.content import Column, LetterContent, Table
from letters.enums import LetterKind, TextKind, TextSlot
from letters.models import Letter
from letters.queries import kept_values, paragraphs, wording
from reviews.letters import citation_of, standing


def notice_key(payment: Payment) -> str:
    """The key of the order of a row's 拨付通知."""
    return f"payment:{payment.pk}"


def request_payment_notice(
    *, payment: Payment, paid_on: date, tail: str, set_off_fen: int = 0, by: User | None, at: datetime
) -> Letter:
    """Ask for the 拨付通知 of a paid row. tail: the last characters of the account, all that a letter tells of it;
    set_off_fen: what was set off against this share (分)."""
    application, listing = payment.award.application, payment.list
    year, share = application.policy_year, payment.get_share_display()
    fen = payment.amount_fen
    rows: list[tuple[str, str]] = [
        ("核定奖补金额", f"{grouped(payment.award.settled_fen)} 元"),
        (f"其中{share}分担", f"{grouped(fen + set_off_fen)} 元"),
    ]
    if set_off_fen:
        rows.append(("抵扣应退资金", f"{grouped(set_off_fen)} 元"))
    rows += [
        ("本次拨付", f"{grouped(fen)} 元"),
        ("资金来源", f"{payment.envelope.unit.full_name}{year}年度预算（{share}）"),
        ("预算科目", payment.subject),
        ("拨付日期", zhdate(paid_on)),
        ("收款账户", f"贵单位登记的账户，账号末四位 {tail}" if tail else "贵单位登记的账户"),
        ("拨付清单", f"{listing.number} 第 {payment.row} 笔"),
    ]
    kind, day = TextKind.PAYMENT_NOTICE, local_day(at)
    own = {
        "金额": grouped(fen),
        "金额大写": capitals(fen),
        "拨付金额": grouped(fen),
        "拨付日期": zhdate(paid_on),
        "资金级次": share,
        "清单编号": listing.number,
    }
    values = placeholders_of(application, listing.unit) | own
    content = LetterContent(
        recipient=application.enterprise.name,
        paragraphs=paragraphs(kind, TextSlot.OPENING, on=day, values=values),
        amount_fen=fen,
        amount_label="本次拨付金额",
        table=Table(columns=(Column("项目"), Column("内容")), rows=tuple(rows), caption="拨付明细"),
        basis=(citation_of(application),),
        closing=standing(LetterKind.PAYMENT_NOTICE, application, listing.unit, at, own),
        signer=listing.unit.full_name,
        template=kind,
        values=kept_values(values),
    )
    return order_letter(
        application,
        kind=LetterKind.PAYMENT_NOTICE,
        unit=listing.unit,
        request_key=notice_key(payment),
        title=wording(kind, TextSlot.TITLE, on=day, values=values),
        content=content,
        by=by,
        at=at,
    )


def notices_of(payments: Iterable[Payment]) -> dict[int, Letter]:
    """The 拨付通知 of rows, payment → letter."""
    keys = {notice_key(payment): payment.pk for payment in payments}
    return {keys[letter.request_key]: letter for letter in Letter.objects.filter(request_key__in=keys)}
