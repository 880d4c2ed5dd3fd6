"""受理回执: what the enterprise gets in hand for every filing."""

from datetime import datetime

from accounts.models import User
from applications.forms.words import display
from applications.letters import order_letter, placeholders_of
from applications.models import Revision
from applications.queries.definitions import definition_of, policy_of
from common.money import grouped, parse_yuan
from common.workdays import SHANGHAI, local_day
from letters.content import Citation, FiledDocument, FormField, LetterContent
from letters.enums import LetterKind, TextKind, TextSlot
from letters.models import Letter
from letters.queries import kept_values, wording

_STATUS = {"eligible": "按所填数据符合条件", "not_eligible": "按所填数据尚不符合条件", "pending": "金额由审核部门核定"}


def _estimate(revision: Revision) -> str:
    status = _STATUS.get(revision.estimate.get("status", ""), "")
    amount = revision.estimate.get("amount")
    words = f"{grouped(parse_yuan(amount))} 元（{status}）" if amount is not None else status
    return f"{words}。系统按所填数据测算，以审核和核定结果为准。"


def _template(revision: Revision) -> TextKind:
    """Whose standing words the receipt has: those of a first filing, or of one that answers a correction."""
    return TextKind.RECEIPT if revision.number == 1 else TextKind.RECEIPT_AGAIN


def receipt_content(revision: Revision, at: datetime) -> LetterContent:
    """Everything the receipt says."""
    application = revision.application
    clause = application.clause
    facts = [
        FormField(label=fact.label, value=display(fact, revision.facts[fact.key]))
        for fact in definition_of(revision).facts
        if fact.type != "table" and revision.facts.get(fact.key) is not None
    ]
    tables = [
        FormField(label=fact.label, value=f"共 {len(revision.facts.get(fact.key) or [])} 条，明细见申报表")
        for fact in definition_of(revision).facts
        if fact.type == "table"
    ]
    figures = [
        FormField(label=fact.label, value=display(fact, revision.figures[fact.key]))
        for fact in policy_of(revision).year_facts
        if revision.figures.get(fact.key) is not None
    ]
    filed = revision.filed_at.astimezone(SHANGHAI)
    head = [
        FormField(label="申报编号", value=application.number or ""),
        FormField(label="申报条款", value=f"{clause.clause_id} {clause.title}"),
        FormField(label="政策年度", value=f"{application.policy_year} 年"),
        FormField(label="版次", value="首次提交" if revision.number == 1 else f"第 {revision.number} 次提交（补正）"),
        FormField(label="提交时间", value=f"{filed.year}年{filed.month}月{filed.day}日 {filed:%H:%M:%S}"),
        FormField(label="填报人", value=revision.prepared_by.name),
        FormField(label="提交人", value=revision.filed_by.name),
    ]
    tail = [
        FormField(label="系统测算", value=_estimate(revision)),
        FormField(label="内容摘要（SHA-256）", value=revision.sha256),
    ]
    document = clause.document
    template, values = _template(revision), placeholders_of(application, application.enterprise.district)
    next_steps = wording(template, TextSlot.NEXT_STEPS, on=local_day(at), values=values)
    return LetterContent(
        recipient=application.enterprise.name,
        fields=tuple(head + facts + tables + figures + tail),
        documents=tuple(
            FiledDocument(name=f"{item['label']}：{item['name']}"[:400], sha256=item["sha256"], size=item["size"])
            for item in revision.evidence
        ),
        basis=(
            Citation(
                document=document.title,
                number=document.number,
                locator=clause.clause_id,
                quote=revision.clause_version.quote,
            ),
        ),
        next_steps=tuple(line for line in next_steps.splitlines() if line),
        template=template,
        values=kept_values(values),
    )


def request_receipt(*, revision: Revision, by: User, at: datetime) -> Letter:
    """Order the receipt of one filing from the enterprise's district; once per revision."""
    application = revision.application
    values = placeholders_of(application, application.enterprise.district)
    return order_letter(
        application,
        kind=LetterKind.RECEIPT,
        unit=application.enterprise.district,
        request_key=f"receipt:{revision.pk}",
        title=wording(_template(revision), TextSlot.TITLE, on=local_day(at), values=values),
        content=receipt_content(revision, at),
        by=None,
        at=at,
    )
