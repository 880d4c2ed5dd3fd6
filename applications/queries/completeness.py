"""What is still missing before an application can be filed, everything at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.enums import EnterpriseStatus
from applications.drafts import Fault, Slot, raw_of, rows_of, slots
from applications.forms.facts import FactsForm
from applications.models import Application, Attachment
from applications.queries.definitions import Evidence, definition_of, evidence_of, needed_figures, policy_of
from applications.queries.documents import applicant, as_fault, evaluation_document
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.facts import quoted
from policies.rules.schema import FactDecl


@dataclass(frozen=True)
class EvidenceStatus:
    """One document of the list with the files that stand for it."""

    evidence: Evidence
    files: list[Attachment] = field(default_factory=list)

    @property
    def is_missing(self) -> bool:
        """Whether the file is needed and not there."""
        return self.evidence.required and not self.files


def attachments_of(application: Application) -> list[Attachment]:
    """The files that stand for the application now: its own and those of the year."""
    return list(
        Attachment.objects.filter(
            enterprise_id=application.enterprise_id, policy_year=application.policy_year, removed_at=None
        )
        .filter(application__in=[application.pk])
        .union(
            Attachment.objects.filter(
                enterprise_id=application.enterprise_id,
                policy_year=application.policy_year,
                removed_at=None,
                application=None,
            )
        )
        .order_by("uploaded_at", "id")
    )


def evidence_status(application: Application) -> list[EvidenceStatus]:
    """Every document of the list with its files, in the order of the page."""
    files: dict[tuple[str, bool], list[Attachment]] = {}
    for attachment in attachments_of(application):
        files.setdefault((attachment.evidence_key, attachment.application_id is None), []).append(attachment)
    return [EvidenceStatus(item, files.get((item.key, item.shared), [])) for item in evidence_of(application)]


def _sentence(slot: Slot) -> str:
    verb = "选择" if slot.declaration.type in {"choice", "flag"} else "填写"
    return f"请{verb}{quoted(slot.declaration.label)}。"


def unanswered(facts: list[FactDecl] | tuple[FactDecl, ...], draft: Mapping[str, Any], section: str) -> list[Fault]:
    """Required answers that are not there; what was typed and cannot be read is not missing but wrong."""
    raw = raw_of(draft)
    faults = [
        Fault(f"id_{fact.key}", section, f"请至少填写 {fact.min_rows} 条。", fact.label)
        for fact in facts
        if fact.type == "table" and len(rows_of(draft, fact.key)) < fact.min_rows
    ]
    for slot, value in slots(facts, draft):
        if value is None and slot.declaration.required and not slot.declaration.nullable and slot.name not in raw:
            place = f"{slot.table.label}第 {(slot.row or 0) + 1} 条" if slot.table else ""
            faults.append(Fault(f"id_{slot.name}", section, _sentence(slot), place))
    order = {fact.key: number for number, fact in enumerate(facts)}
    return sorted(faults, key=lambda fault: order.get(fault.field_id.removeprefix("id_").split("-")[0], 0))


def missing_figures(application: Application) -> list[Fault]:
    """Figures of the year that this application needs and that are not stated."""
    stated = applicant(application.enterprise, application.policy_year)
    return unanswered(needed_figures(application), stated, "figures")


def missing_facts(application: Application) -> list[Fault]:
    """Facts of the clause that are missing or cannot be read."""
    definition = definition_of(application)
    wrong = FactsForm.from_draft(definition.facts, application.draft).faults()
    return wrong + unanswered(definition.facts, application.draft, "facts")


def missing_evidence(application: Application) -> list[Fault]:
    """Documents of the list without a file."""
    return [
        Fault(f"evidence-{status.evidence.key}", "evidence", f"请上传{quoted(status.evidence.label)}。")
        for status in evidence_status(application)
        if status.is_missing
    ]


def refused_by_engine(application: Application, known: list[Fault]) -> list[Fault]:
    """What the engine's own validation finds and no form knows (a day of repayment before the day of drawing …)."""
    definition = definition_of(application)
    try:
        policy = policy_of(application)
        evaluate_document(policy, evaluation_document(application, policy))
    except EvaluationFault as error:
        places = {fault.field_id for fault in known}
        faults = [as_fault(entry, definition) for entry in error.faults]
        return [fault for fault in faults if fault.field_id not in places or not fault.field_id]
    return []


def missing(application: Application) -> list[Fault]:
    """Everything that stands in the way of filing, in the order of the task list; empty when it can be filed."""
    faults = []
    if application.enterprise.status != EnterpriseStatus.VERIFIED:
        faults.append(Fault("", "general", "企业信息尚未通过所在县区核实，核实后才能提交。"))
    own = missing_figures(application) + missing_facts(application)
    own += refused_by_engine(application, own)
    order = {"figures": 0, "facts": 1, "general": 2}
    return faults + sorted(own, key=lambda fault: order[fault.section]) + missing_evidence(application)
