"""The dated part of a load: clauses and rules become numbered versions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.unit_names import known_unit_names
from common.canonical import digest
from common.outbox.actions import enqueue
from policies.actions.versions import Version, overlapping, publish_version, publish_versions
from policies.corpus_check.files import ClauseEntry, DocumentFiles
from policies.errors import VersionFaulty
from policies.lint.brackets import parse_bracket
from policies.models import Clause, ClauseUnit, ClauseVersion, Document, Node, PolicyRules, UnitGroup
from policies.rules.schema import ClauseDefinition, FactDecl, TotalCap

Say = Callable[[str], None]


def load_rules(document: Document, files: DocumentFiles) -> list[Version]:
    """Year figures and total cap of the document as a draft of its rules, if they are new."""
    policy = files.policy
    if not policy.clause_order or policy.valid_from is None:
        return []
    cap: TotalCap | None = policy.total_cap
    definition = {
        "year_facts": [FactDecl.model_validate(fact).model_dump(mode="json") for fact in policy.year_facts],
        "total_cap": cap.model_dump(mode="json") if cap else None,
    }
    sha = digest(definition)
    before = list(
        PolicyRules.objects.filter(document=document).values_list("number", "definition_sha256", "valid_from")
    )
    if any((known_sha, day) == (sha, policy.valid_from) for _, known_sha, day in before):
        return []
    version = PolicyRules.objects.create(
        document=document,
        number=1 + max((number for number, _, _ in before), default=0),
        valid_from=policy.valid_from,
        valid_to=policy.valid_to,
        definition=definition,
        definition_sha256=sha,
    )
    return [version]


def load_clauses(document: Document, files: DocumentFiles, say: Say, *, at: datetime) -> list[Version]:
    """Every clause of the corpus, and a new draft where its content is not yet among the clause's versions."""
    drafts: list[Version] = []
    nodes = {node.ref: node for node in document.nodes.all()}
    units = known_unit_names()
    groups = {group.printed: group for group in UnitGroup.objects.all()}
    valid_from = files.policy.valid_from
    if valid_from is None:
        return drafts
    stored = {clause.clause_id: clause for clause in document.clauses.select_related("node")}
    known: dict[int, list[tuple[int, str]]] = {}
    versions = ClauseVersion.objects.filter(clause__document=document)
    for clause_pk, number, content_sha in versions.values_list("clause_id", "number", "content_sha256"):
        known.setdefault(clause_pk, []).append((number, content_sha))
    for order, entry in enumerate(files.clauses):
        clause = _clause(document, entry, stored.get(entry.id), order, nodes, say, at)
        content = _content(entry, files)
        sha = digest(content)
        before = known.get(clause.pk, [])
        if sha in {content_sha for _, content_sha in before}:
            continue
        version = ClauseVersion.objects.create(
            clause=clause,
            number=1 + max((number for number, _ in before), default=0),
            valid_from=valid_from,
            valid_to=files.policy.valid_to,
            definition=content["definition"],
            definition_sha256=digest(content["definition"]),
            quote=entry.sentence,
            bracket=entry.library.bracket,
            evidence=content["evidence"],
            source_sha256=files.policy.source_sha256,
            content_sha256=sha,
        )
        bracket = parse_bracket(entry.library.bracket)
        ClauseUnit.objects.bulk_create(
            ClauseUnit(version=version, role=role, order=position, unit=units.get(name), group=groups.get(name))
            for role in ("lead", "cooperating", "responsible")
            for position, name in enumerate(getattr(bracket, role))
        )
        drafts.append(version)
    return drafts


def _clause(
    document: Document,
    entry: ClauseEntry,
    clause: Clause | None,
    order: int,
    nodes: dict[str, Node],
    say: Say,
    at: datetime,
) -> Clause:
    wanted = {
        "title": entry.title,
        "order": order,
        "node": nodes[entry.library.node],
        "is_monetary": entry.is_monetary,
    }
    if clause is None:
        clause = Clause.objects.create(document=document, clause_id=entry.id, **wanted)
        say(f"新增条款：{clause}")
        return clause
    if changed := [name for name, value in wanted.items() if getattr(clause, name) != value]:
        for name in changed:
            setattr(clause, name, wanted[name])
        clause.save(update_fields=changed)
        if "title" in changed:
            # Whoever finds files by the title hears of it (reviews); this room does not know them.
            key = f"policies.clause_renamed:{clause.pk}:{at.isoformat()}"
            enqueue("policies.clause_renamed", {"clause": clause.pk}, key=key, at=at)
        say(f"更新条款：{clause}（{'、'.join(changed)}）")
    return clause


def _content(entry: ClauseEntry, files: DocumentFiles) -> dict[str, Any]:
    """Everything that makes a version: its hash decides whether a corpus clause is new."""
    if entry.is_monetary:
        clause = ClauseDefinition.model_validate(entry.definition)
        definition = clause.model_dump(mode="json")
        evidence = _evidence(clause, entry, files)
    else:
        definition = {"id": entry.id, "title": entry.title, "sentence": entry.sentence}
        if entry.library.quota:
            definition["quota"] = entry.library.quota.model_dump(mode="json")
        evidence = []
    return {
        "definition": definition,
        "evidence": evidence,
        "bracket": entry.library.bracket,
        "quote": entry.sentence,
        "valid_from": str(files.policy.valid_from),
        "valid_to": str(files.policy.valid_to),
    }


def _evidence(clause: ClauseDefinition, entry: ClauseEntry, files: DocumentFiles) -> list[dict[str, Any]]:
    """The documents asked of everyone, then the clause's own in the order of its facts."""
    library = files.policy.library
    keys = list(library.common_evidence)
    for fact in clause.facts:
        for item in (fact, *fact.columns):
            keys += [key for key in item.evidence if key not in keys]
    keys += [key for key in entry.library.optional_evidence if key not in keys]
    return [
        {
            "key": key,
            **library.evidence[key].model_dump(),
            "required": key not in entry.library.optional_evidence,
            "common": key in library.common_evidence,
        }
        for key in keys
    ]


def publish_loaded(drafts: Sequence[Version], say: Say, *, by: User | None, at: datetime) -> None:
    """First versions are published together; one that would replace a published version waits for a person."""
    free = [version for version in drafts if not overlapping(version).exists()]
    for version in drafts:
        if version not in free:
            say(f"新增草稿：{version}，与已发布版本重叠，待管理员发布")
    try:
        publish_versions(free, by=by, at=at)
    except VersionFaulty:  # the corpus is proven; what stands beside it in the database need not agree with it
        for version in free:
            _publish_if_sound(version, say, by=by, at=at)
    else:
        for version in free:
            say(f"发布：{version}")


def _publish_if_sound(version: Version, say: Say, *, by: User | None, at: datetime) -> None:
    try:
        publish_version(version, by=by, at=at)
    except VersionFaulty as fault:
        say(f"新增草稿：{version}，与现行规则放在一起有 {len(fault.faults)} 处问题，待管理员处理")
    else:
        say(f"发布：{version}")
