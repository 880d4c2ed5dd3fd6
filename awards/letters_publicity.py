"""The words of 公示, of the receipt of an objection and of its answer, as contents for the letters app."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import Unit, User
from awards.enums import ItemState, ObjectionState
from awards.models import Objection, PublicityItem, PublicityRound
from common.money import grouped
from common.templatetags.ui import zhdate
from common.workdays import local_day
from letters.actions import request_letter
from letters.codes import grouped_token
from letters.content import Column, FiledDocument, FormField, LetterContent, Paragraph, Table
from letters.enums import LetterKind, TextSlot
from letters.models import Letter
from letters.queries import phrase

#: Who a 公示 speaks to; it names nobody.
EVERYBODY = "各有关单位和个人"


def round_subject(publicity: PublicityRound) -> str:
    """The key under which the 公示 of a round is found."""
    return f"publicity:{publicity.pk}"


def objection_subject(objection: Objection) -> str:
    """The key under which receipt and answer of an objection are found."""
    return f"objection:{objection.pk}"


def _closing(kind: LetterKind, unit: Unit, publicity: PublicityRound, at: datetime) -> tuple[Paragraph, ...]:
    """The standing words of a kind as administrators keep them; no enterprise and no file is named in them."""
    assert publicity.last_day is not None  # only published rounds have letters
    values = {
        "企业名称": "公示所列单位",
        "单位名称": unit.full_name,
        "事项名称": publicity.title,
        "受理编号": "",
        "政策年度": str(publicity.policy_year),
        "截止日期": zhdate(publicity.last_day),
    }
    text = phrase(kind, TextSlot.CLOSING, on=local_day(at), values=values)
    return tuple(Paragraph(line) for line in text.splitlines() if line.strip())


def publicity_content(publicity: PublicityRound, items: Iterable[PublicityItem], *, at: datetime) -> LetterContent:
    """The 公示 as a letter: period, contact, how to object, and the list with name, clause and amount."""
    assert publicity.first_day is not None  # only published rounds have letters
    assert publicity.last_day is not None
    rows = list(items)
    total = sum(item.amount_fen for item in rows)
    # The quotation marks of a document's title are 《》 already; a title of people's own gets none.
    documents = {item.award.application.clause.document for item in rows}
    basis = "、".join(sorted(f"《{document.title}》（{document.number}）" for document in documents))
    return LetterContent(
        recipient=EVERYBODY,
        paragraphs=(
            Paragraph(
                f"根据{basis}，经企业申报、部门审核和年度核算，现将{publicity.policy_year}年度拟予奖补的"
                f"{len(rows)}个事项（合计{grouped(total)}元）予以公示。"
            ),
            Paragraph(
                f"公示期自{zhdate(publicity.first_day)}起，至{zhdate(publicity.last_day)}二十四时止（首日不计入，"
                "末日遇休息日顺延至其后第一个工作日）。"
            ),
        ),
        table=Table(
            columns=(Column("序号"), Column("名称"), Column("条款"), Column("金额（元）", numeric=True)),
            rows=tuple((str(item.order), item.name, item.clause, grouped(item.amount_fen)) for item in rows),
            caption="拟予奖补名单",
        ),
        closing=(
            *_closing(LetterKind.PUBLICITY, publicity.unit, publicity, at),
            Paragraph(
                f"异议可在公示网页上对所涉事项在线提出，也可向{publicity.unit.full_name}书面提出。{_contact(publicity)}"
            ),
        ),
        signer=publicity.unit.full_name,
    )


def _contact(publicity: PublicityRound) -> str:
    return f"受理异议的联系方式：{publicity.contact.rstrip('。')}。"


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
    return LetterContent(
        recipient=objection.name,
        paragraphs=(
            Paragraph(f"你（单位）对《{publicity.title}》提出的异议，{publicity.unit.full_name}已经收到，现予受理。"),
        ),
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
        next_steps=(
            "核查期间，所涉事项暂缓办理；公示的其他事项不受影响。",
            "答复以书面作出。可随时凭查询码在公示网页查看办理情况并下载答复。",
            "请妥善保管查询码：凭此码可以看到本异议的办理情况。",
        ),
        signer=publicity.unit.full_name,
        contact=publicity.contact,
    )


def request_receipt_letter(*, objection: Objection, at: datetime) -> Letter:
    """Ask for the 受理回执 of an objection, addressed to the objector."""
    unit = objection.item.round.unit
    return request_letter(
        kind=LetterKind.RECEIPT,
        unit=unit,
        enterprise=None,
        subject_key=objection_subject(objection),
        request_key=f"objection.receipt:{objection.pk}",
        title="异议受理回执",
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


def _follows(objection: Objection) -> str:
    if objection.state == ObjectionState.UNFOUNDED and objection.item.state == ItemState.UPHELD:
        return f"经核查，异议不成立。{GONE_BACK}"
    return FOLLOWS[ObjectionState(objection.state)]


def reply_content(objection: Objection, *, at: datetime) -> LetterContent:
    """The answer to the objector: what was objected to, what the lead found, what follows."""
    item, publicity = objection.item, objection.item.round
    lines = [line.strip() for line in objection.answer.splitlines() if line.strip()]
    return LetterContent(
        recipient=objection.name,
        paragraphs=(
            Paragraph(
                f"你（单位）于{zhdate(objection.filed_at)}对《{publicity.title}》{_shown(item)}提出的异议"
                f"（编号 {objection.number}）收悉。{_follows(objection)}现将核查情况答复如下："
            ),
            *(Paragraph(line) for line in lines),
        ),
        closing=_closing(LetterKind.OBJECTION_REPLY, publicity.unit, publicity, at),
        signer=publicity.unit.full_name,
        contact=publicity.contact,
    )


def request_reply_letter(*, objection: Objection, by: User, at: datetime) -> Letter:
    """Ask for the 异议答复 of a decided objection."""
    return request_letter(
        kind=LetterKind.OBJECTION_REPLY,
        unit=objection.item.round.unit,
        enterprise=None,
        subject_key=objection_subject(objection),
        request_key=f"objection.reply:{objection.pk}",
        title="关于公示异议的答复",
        context=reply_content(objection, at=at),
        by=by,
        at=at,
    )
