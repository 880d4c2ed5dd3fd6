"""A document as the content of a transfer file (policies.transfer)."""

from collections.abc import Collection
from typing import Any

from django.db.models import Prefetch

from policies.amounts import yi
from policies.enums import VersionState
from policies.models import Clause, ClauseVersion, Document, PolicyRules
from policies.transfer.schema import FORMAT

_TAKEN = (VersionState.PUBLISHED, VersionState.DRAFT)


def exported(document: Document, states: Collection[str] = _TAKEN) -> dict[str, Any]:
    """Everything of a document that is content: head, text, evidence, settings, groups, targets, and the versions
    in these states. Who wrote and decided what stays here."""
    return {
        "format": FORMAT,
        "document": _head(document),
        "text": [
            {"ref": node.ref, "parent": node.parent.ref if node.parent else "", "kind": node.kind, "text": node.text}
            for node in document.nodes.select_related("parent").order_by("order")
        ],
        "evidence": _evidence(document),
        "settings": [
            {
                "key": row.key,
                "number": row.number,
                "valid_from": row.valid_from.isoformat(),
                "label": row.label,
                "value": row.value,
                "default": row.default,
                "reason": row.reason,
                "confirmed": row.is_confirmed,
            }
            for row in document.settings.order_by("order", "key", "number")
        ],
        "rules": [
            {**_dated(version), "definition": version.definition}
            for version in document.rules.filter(state__in=states).order_by("number")
        ],
        "clauses": [_clause(clause) for clause in _clauses(document, states)],
        "groups": [
            {
                "name": group.name,
                "quote": group.quote,
                "reason": group.reason,
                "confirmed": group.confirmed_at is not None,
                "clauses": [member.clause.clause_id for member in group.members.order_by("order")],
            }
            for group in document.groups.prefetch_related("members__clause").order_by("order", "pk")
        ],
        "targets": _targets(document),
    }


def _head(document: Document) -> dict[str, Any]:
    days = {name: getattr(document, name) for name in ("issued_on", "valid_from", "valid_to")}
    return {
        "number": document.number,
        "slug": document.slug,
        "title": document.title,
        "kind": document.kind,
        "issuer": document.issuer,
        **{name: day.isoformat() if day else None for name, day in days.items()},
        "replaces": document.replaces,
        "source_note": document.source_note,
        "emendations": document.emendations,
        "original_sha256": document.original_sha256,
        "source_sha256": document.source_sha256,
    }


def _evidence(document: Document) -> list[dict[str, Any]]:
    """Common documents first, in the order in which applicants are asked; then by code."""
    common = list(document.common_evidence)
    keys = [*(key for key in common if key in document.evidence), *sorted(set(document.evidence) - set(common))]
    return [
        {
            "key": key,
            "label": document.evidence[key].get("label", ""),
            "help": document.evidence[key].get("help", ""),
            "scope": document.evidence[key].get("scope", "own"),
            "common": key in common,
        }
        for key in keys
    ]


def _clauses(document: Document, states: Collection[str]) -> Any:
    versions = ClauseVersion.objects.filter(state__in=states).order_by("number").prefetch_related("cases")
    return (
        document.clauses.select_related("node", "predecessor__document")
        .prefetch_related(Prefetch("versions", queryset=versions))
        .order_by("order", "pk")
    )


def _clause(clause: Clause) -> dict[str, Any]:
    before = clause.predecessor
    return {
        "clause_id": clause.clause_id,
        "title": clause.title,
        "node": clause.node.ref,
        "is_monetary": clause.is_monetary,
        "predecessor": {"document": before.document.number, "clause": before.clause_id} if before else None,
        "versions": [
            {
                **_dated(version),
                "quote": version.quote,
                "bracket": version.bracket,
                "definition": version.definition,
                "evidence": version.evidence,
                "cases": [
                    {
                        "number": case.number,
                        "title": case.title,
                        "document": case.document,
                        "expected": case.expected,
                    }
                    for case in version.cases.all()
                ],
            }
            for version in clause.versions.all()
        ],
    }


def _dated(version: ClauseVersion | PolicyRules) -> dict[str, Any]:
    return {
        "number": version.number,
        "state": version.state,
        "valid_from": version.valid_from.isoformat(),
        "valid_to": version.valid_to.isoformat() if version.valid_to else None,
    }


def _targets(document: Document) -> list[dict[str, Any]]:
    tables: dict[int, list[dict[str, Any]]] = {}
    for row in document.targets.select_related("unit").order_by("year", "order"):
        tables.setdefault(row.year, []).append(
            {
                "unit": row.unit.code if row.unit else None,
                "printed": row.printed,
                "focus": row.focus,
                "target": yi(row.target_fen),
            }
        )
    return [{"year": year, "rows": rows} for year, rows in tables.items()]
