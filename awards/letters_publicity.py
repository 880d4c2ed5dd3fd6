"""The words of 公示, of the receipt of an objection and of its answer, as contents for the letters app."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from awards.enums import ItemState, ObjectionState
from awards.models import Objection, PublicityItem, PublicityRound
from common.money import grouped
from common.templatetags.ui import zhdate
from common.workdays import local_day
from letters.actions import request_letter
from letters.codes import grouped_token
from letters.content import Column, FiledDocument, FormField, LetterContent, Paragraph, Table
from letters.enums import LetterKind, TextKind, TextSlot
from letters.models import Letter
from letters.queries import kept_values, paragraphs, wording

#: Who a 公示 speaks to; it names nobody.
EVERYBODY = "各有关单位和个人"


def round_subject(publicity: PublicityRound) -> str:
    """The key under which the 公示 of a round is found."""
    return f"publicity:{publicity.pk}"


def objection_subject(objection: Objection) -> str:
    """The key under which receipt and answer of an objection are found."""
    return f"objection:{objection.pk}"


def _round_values(publicity: PublicityRound) -> dict[str, str]:
    """What every letter about a round puts in place of placeholders; no enterprise and no file is named."""
    return {
        "单位名称": publicity.unit.full_name,
        "公示名称": publicity.title,
        "政策年度": str(publicity.policy_year),
    }


def _objection_values(objection: Objection) -> dict[str, str]:
    return _round_values(objection.item.round) | {
        "异议编号": objection.number,
        "提出日期": zhdate(objection.filed_at),
        "所涉事项": _shown(objection.item),
    }


def publicity_content(publicity: PublicityRound, items: Iterable[PublicityItem], *, at: datetime) -> LetterContent:
    """The 公示 as a letter: period, contact, how to object, and the list with name, clause and amount."""
    assert publicity.first_day is not None  # only published rounds have letters
    assert publicity.last_day is not None
    rows = list(items)
    total = sum(item.amount_fen for item in rows)
    # The quotation marks of a document's title are 《》 already; a title of people's own gets none.
    documents = {item.award.application.clause.document for item in rows}
    basis = "、".join(sorted(f"《{document.title}》（{document.number}）" for document in documents))
    kind, day = TextKind.PUBLICITY, local_day(at)
    values = _round_values(publicity) | {
        "政策依据": basis,
        "事项数": str(len(rows)),
        "合计金额": grouped(total),
        "公示起始日期": zhdate(publicity.first_day),
        "公示截止日期": zhdate(publicity.last_day),
        "联系方式": publicity.contact.rstrip("。"),
    }
    return LetterContent(
        recipient=EVERYBODY,
        paragraphs=paragraphs(kind, TextSlot.OPENING, on=day, values=values),
        table=Table(
            columns=(Column("序号"), Column("名称"), Column("条款"), Column("金额（元）", numeric=True)),
            rows=tuple((str(item.order), item.name, item.clause, grouped(item.amount_fen)) for item in rows),
            caption="拟予奖补名单",
        ),
        closing=(
            *paragraphs(kind, TextSlot.CLOSING, on=day, values=values),
            *paragraphs(kind, TextSlot.NEXT_STEPS, on=day, values=values),
        ),
        signer=publicity.unit.full_name,
        template=kind,
        values=kept_values(values),
    )


def request_publicity_letter(
    *, publicity: PublicityRound, items: Iterable[PublicityItem], by: User, at: datetime
) -> Letter:
    """Ask for the numbered 公示 of a published round."""
    return request_letter(
        kind=LetterKind.PUBLICITY,
        unit=publicity.unit,
        enterprise=None,
        subject_key=round_subject(publicity),
        request_key=f"publicity:{publicity.pk}",
        title=publicity.title,
        context=publicity_content(publicity, items, at=at),
        by=by,
        at=at,
    )


def _shown(item: PublicityItem) -> str:
    return f"第{item.order}项 {item.name}，{item.clause}，{grouped(item.amount_fen)}元"


def receipt_content(objection: Objection, *, at: datetime) -> LetterContent:
    """The receipt of an objection: what was received when, the day by which it is answered, the code of its page."""
    item, publicity = objection.item, objection.item.round
    kind, day, values = TextKind.OBJECTION_FILED, local_day(at), _objection_values(objection)
    next_steps = wording(kind, TextSlot.NEXT_STEPS, on=day, values=values)
    return LetterContent(
        recipient=objection.name,
        paragraphs=paragraphs(kind, TextSlot.OPENING, on=day, values=values),
        fields=(
            FormField("异议编号", objection.number),
            FormField("查询码", f"{grouped_token(objection.code)}（凭此码查看办理情况和答复）"),
            FormField("提出时间", zhdate(objection.filed_at)),
            FormField("答复期限", f"{zhdate(objection.due_on)}前（含当日）"),
            FormField("所涉公示", publicity.title),
            FormField("所涉事项", _shown(item)),
        ),
        documents=tuple(
            FiledDocument(name=file.name, sha256=file.sha256, size=file.size) for file in objection.files.order_by("pk")
        ),
        next_steps=tuple(line for line in next_steps.splitlines() if line.strip()),
        signer=publicity.unit.full_name,
        contact=publicity.contact,
        template=kind,
        values=kept_values(values),
    )


def request_receipt_letter(*, objection: Objection, at: datetime) -> Letter:
    """Ask for the 受理回执 of an objection, addressed to the objector."""
    unit, values = objection.item.round.unit, _objection_values(objection)
    return request_letter(
        kind=LetterKind.RECEIPT,
        unit=unit,
        enterprise=None,
        subject_key=objection_subject(objection),
        request_key=f"objection.receipt:{objection.pk}",
        title=wording(TextKind.OBJECTION_FILED, TextSlot.TITLE, on=local_day(at), values=values),
        context=receipt_content(objection, at=at),
        by=None,
        at=at,
    )


#: What follows for the item, by outcome of the objection.
FOLLOWS = {
    ObjectionState.UNFOUNDED: "经核查，异议不成立，所涉事项按程序继续办理。",
    ObjectionState.UPHELD: "经核查，异议成立，所涉事项不再按本次公示办理，退回重新审核。",
}
#: The item went back because of another objection before this one was answered.
GONE_BACK = "所涉事项此前已因另一件异议退回重新审核，不再按本次公示办理。"
#: Another objection to the item is still open: whether it goes on is not known yet.
STILL_HELD = "所涉事项另有异议正在核查，核查完毕前继续暂缓办理。"


def _follows(objection: Objection) -> str:
    """What follows for the item, as its state is once this objection was decided."""
    because_of_others = {ItemState.UPHELD: GONE_BACK, ItemState.HELD: STILL_HELD}.get(ItemState(objection.item.state))
    if objection.state == ObjectionState.UNFOUNDED and because_of_others:
        return f"经核查，异议不成立。{because_of_others}"
    return FOLLOWS[ObjectionState(objection.state)]


def reply_content(objection: Objection, *, at: datetime) -> LetterContent:
    """The answer to the objector: what was objected to, what the lead found, what follows."""
    publicity, kind, day = objection.item.round, TextKind.OBJECTION_REPLY, local_day(at)
    values = _objection_values(objection) | {"处理结果": _follows(objection)}
    lines = [line.strip() for line in objection.answer.splitlines() if line.strip()]
    return LetterContent(
        recipient=objection.name,
        paragraphs=(
            *paragraphs(kind, TextSlot.OPENING, on=day, values=values),
            *(Paragraph(line) for line in lines),
        ),
        closing=paragraphs(kind, TextSlot.CLOSING, on=day, values=values),
        signer=publicity.unit.full_name,
        contact=publicity.contact,
        template=kind,
        values=kept_values(values),
    )


def request_reply_letter(*, objection: Objection, by: User, at: datetime) -> Letter:
    """Ask for the 异议答复 of a decided objection."""
    values = _objection_values(objection) | {"处理结果": _follows(objection)}
    return request_letter(
        kind=LetterKind.OBJECTION_REPLY,
        unit=objection.item.round.unit,
        enterprise=None,
        subject_key=objection_subject(objection),
        request_key=f"objection.reply:{objection.pk}",
        title=wording(TextKind.OBJECTION_REPLY, TextSlot.TITLE, on=local_day(at), values=values),
        context=reply_content(objection, at=at),
        by=by,
        at=at,
    )
