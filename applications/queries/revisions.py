"""Filed revisions: their hash, and the differences between two of them."""

from dataclasses import dataclass
from typing import Any

from applications.forms.words import display
from applications.models import Application, Revision
from applications.queries.completeness import attachments_of
from applications.queries.definitions import definition_of, evidence_of, policy_of, version_of
from applications.queries.documents import applicant
from common.canonical import digest
from policies.rules.schema import FactDecl

STATEMENT = (
    "本单位承诺：所填报的数据和提交的材料真实、完整、有效，不存在重复申报、弄虚作假情形；"
    "如有不实，愿退回已获奖补资金，并承担相应的法律责任。"
)


def revision_digest(revision: Revision) -> str:
    """The hash over everything that was filed; equal to `revision.sha256` unless somebody changed the row."""
    return digest(
        {
            "application": revision.application_id,
            "number": revision.number,
            "clause_version": revision.clause_version_id,
            "facts": revision.facts,
            "figures": revision.figures,
            "evidence": revision.evidence,
            "estimate": revision.estimate,
            "statement": revision.statement,
            "prepared_by": revision.prepared_by_id,
            "filed_by": revision.filed_by_id,
        }
    )


def seen_digest(application: Application) -> str:
    """What the check page shows, as a hash: the promise covers this content and no other."""
    return digest(
        {
            "draft": application.draft,
            "figures": applicant(application.enterprise, application.policy_year),
            "evidence": [attachment.pk for attachment in attachments_of(application)],
            "clause_version": version_of(application).pk,
        }
    )


@dataclass(frozen=True)
class Change:
    """One difference: the field's id, its words, old and new as people read them (None: was or is not there)."""

    field: str
    label: str
    old: str | None
    new: str | None


def _flat(facts: tuple[FactDecl, ...], values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Field name → (label, shown value), rows one by one."""
    flat: dict[str, tuple[str, str]] = {}
    for fact in facts:
        if fact.type != "table":
            if values.get(fact.key) is not None:
                flat[fact.key] = (fact.label, display(fact, values[fact.key]))
            continue
        for number, row in enumerate(values.get(fact.key) or []):
            for column in fact.columns:
                if row.get(column.key) is not None:
                    label = f"{fact.label}第 {number + 1} 条·{column.label}"
                    flat[f"{fact.key}-{number}-{column.key}"] = (label, display(column, row[column.key]))
    return flat


def _compare(old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]], prefix: str = "") -> list[Change]:
    changes = []
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if (before and before[1]) != (after and after[1]):
            label = (after or before or ("", ""))[0]
            changes.append(Change(prefix + name, label, before and before[1], after and after[1]))
    return changes


def _files(revision: Revision) -> dict[str, tuple[str, str]]:
    """Evidence key and content → (label, name): a file with other bytes is another file."""
    return {f"{item['key']}:{item['sha256']}": (item["label"], item["name"]) for item in revision.evidence}


def diff(revision_a: Revision, revision_b: Revision) -> list[Change]:
    """What changed from revision a to b: figures (`Y.key`), facts row by row, files (`evidence:key:hash`)."""
    year = tuple(policy_of(revision_b).year_facts)
    facts = definition_of(revision_b).facts
    return (
        _compare(_flat(year, revision_a.figures), _flat(year, revision_b.figures), "Y.")
        + _compare(_flat(facts, revision_a.facts), _flat(facts, revision_b.facts))
        + _compare(_files(revision_a), _files(revision_b), "evidence:")
    )


def draft_changes(application: Application, previous: Revision) -> list[Change]:
    """What a correction has changed so far against the revision it answers; fields named as in `diff`."""
    year = tuple(policy_of(application).year_facts)
    facts = definition_of(application).facts
    now = applicant(application.enterprise, application.policy_year)
    labels = {item.key: item.label for item in evidence_of(application)}
    files = {
        f"{item.evidence_key}:{item.sha256}": (labels[item.evidence_key], item.name)
        for item in attachments_of(application)
        if item.evidence_key in labels
    }
    return (
        _compare(_flat(year, previous.figures), _flat(year, now), "Y.")
        + _compare(_flat(facts, previous.facts), _flat(facts, application.draft))
        + _compare(_files(previous), files, "evidence:")
    )
