"""Loading the shipped corpus into the database: repeatable, and never over what an administrator or a version decided.

New things are created, a changed clause becomes a draft version beside the published one, settings, groups, units and
series values that exist stay as they are. The second run of the same corpus changes nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import Unit, User
from common.audit.queries import history
from policies.actions.documents import EVIDENCE_EDITED
from policies.actions.load_clauses import load_clauses, load_rules, publish_loaded
from policies.actions.nodes import write_nodes
from policies.corpus_check.check import check_corpus
from policies.corpus_check.files import CORPUS, DocumentFiles, UnitEntry, UnitGroupEntry, read_corpus
from policies.models import (
    Clause,
    ClauseGroup,
    ClauseGroupMember,
    Document,
    PolicySetting,
    PolicyTarget,
    ReferenceSeries,
    SeriesValue,
    UnitGroup,
)
from policies.rules.schema import Series

_FEN_PER_YI = 100_000_000 * 100


class CorpusFault(Exception):
    """The corpus does not prove itself; nothing was loaded. `faults` has every fault."""

    def __init__(self, faults: list[Any]) -> None:
        super().__init__(f"政策数据有 {len(faults)} 处问题，未载入。")
        self.faults = faults


@dataclass
class LoadReport:
    """What a run changed, as Chinese lines; empty = nothing."""

    changes: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Note one change."""
        self.changes.append(line)


def load_corpus(*, by: User | None, at: datetime, root: Path = CORPUS) -> LoadReport:
    """Bring the database up to the corpus in one transaction; raises CorpusFault if the corpus is not proven."""
    faults = check_corpus(root)
    if faults:
        raise CorpusFault(faults)
    corpus = read_corpus(root)
    report = LoadReport()
    with transaction.atomic():
        _load_units(corpus.units, report)
        _load_unit_groups(corpus.groups, report)
        for order, files in enumerate(corpus.documents):
            _load_document(files, order, report, by=by, at=at)
    return report


def _load_units(units: tuple[UnitEntry, ...], report: LoadReport) -> None:
    known = set(Unit.objects.values_list("code", flat=True))
    new = [(order, unit) for order, unit in enumerate(units) if unit.code not in known]
    Unit.objects.bulk_create(Unit(order=order, **unit.model_dump()) for order, unit in new)
    report.changes += [f"新增单位：{unit.name}" for _, unit in new]


def _load_unit_groups(groups: tuple[UnitGroupEntry, ...], report: LoadReport) -> None:
    for entry in groups:
        group, created = UnitGroup.objects.get_or_create(
            code=entry.code, defaults={"printed": entry.printed, "resolution": entry.resolution}
        )
        if created:
            group.members.set(Unit.objects.filter(code__in=entry.members))
            report.say(f"新增单位组：{entry.printed}")


def _load_document(files: DocumentFiles, order: int, report: LoadReport, *, by: User | None, at: datetime) -> None:
    policy = files.policy
    wanted = {
        "slug": policy.library.slug,
        "title": policy.title,
        "kind": policy.library.kind,
        "issuer": policy.issuer,
        "issued_on": policy.issued_on,
        "valid_from": policy.valid_from,
        "valid_to": policy.valid_to,
        "replaces": policy.replaces or "",
        "source_note": policy.library.source_note,
        "emendations": [entry.model_dump() for entry in policy.library.emendations],
        "original_sha256": policy.library.original_sha256,
        "source_sha256": policy.source_sha256,
        "order": order,
        "evidence": {key: entry.model_dump() for key, entry in policy.library.evidence.items()},
        "common_evidence": list(policy.library.common_evidence),
    }
    # What the house ships is public at once.
    document, created = Document.objects.get_or_create(
        number=policy.number, defaults={**wanted, "published_at": at, "published_by": by}
    )
    if created:
        report.say(f"新增文件：{policy.number}")
    elif changed := [
        name for name, value in wanted.items() if getattr(document, name) != value and not _decided(document, name)
    ]:
        for name in changed:
            setattr(document, name, wanted[name])
        document.save(update_fields=changed)
        report.say(f"更新文件：{policy.number}（{'、'.join(changed)}）")
    _load_nodes(document, files, report)
    for series in files.series:
        _load_series(series, report)
    drafts = [*load_rules(document, files), *load_clauses(document, files, report.say, at=at)]
    _load_settings(document, files, report)
    _load_groups(document, files, report)
    _load_targets(document, files, report)
    publish_loaded(drafts, report.say, by=by, at=at)  # last: versions are judged with everything they refer to


def _decided(document: Document, name: str) -> bool:
    """Whether an administrator set this: the catalogue of evidence is theirs once they have changed it."""
    return name in ("evidence", "common_evidence") and history(document).filter(event=EVIDENCE_EDITED).exists()


def _load_nodes(document: Document, files: DocumentFiles, report: LoadReport) -> None:
    if write_nodes(document, files.nodes):
        report.say(f"载入条文：{document.number}（{len(files.nodes)} 处）")


def _load_series(entry: Series, report: LoadReport) -> None:
    series, _ = ReferenceSeries.objects.get_or_create(
        key=entry.key,
        defaults={
            "label": entry.label,
            "short": entry.short,
            "source": entry.source,
            "known_until": entry.known_until,
        },
    )
    known = set(series.values.values_list("on", flat=True))
    missing = [value for value in entry.values if value.on not in known]
    SeriesValue.objects.bulk_create(SeriesValue(series=series, on=value.on, value=value.value) for value in missing)
    if entry.known_until > series.known_until:
        series.known_until = entry.known_until
        series.save(update_fields=["known_until"])
        report.say(f"{entry.label}：数据截至 {entry.known_until}")
    if missing:
        report.say(f"{entry.label}：新增 {len(missing)} 个利率")


def _load_settings(document: Document, files: DocumentFiles, report: LoadReport) -> None:
    if document.valid_from is None:
        return
    entries: list[dict[str, Any]] = []
    if files.policy.settings is not None:
        for key, setting in files.policy.settings.model_dump(mode="json").items():
            entries.append({"key": key, **{name: setting[name] for name in ("label", "reason", "value", "default")}})
    entries += [{**entry.model_dump(), "default": entry.value} for entry in files.policy.library.settings]
    known = set(PolicySetting.objects.filter(document=document).values_list("key", flat=True))
    new = [(order, entry) for order, entry in enumerate(entries) if entry["key"] not in known]
    PolicySetting.objects.bulk_create(
        PolicySetting(document=document, valid_from=document.valid_from, order=order, **entry) for order, entry in new
    )
    report.changes += [f"新增待确认事项：{entry['label']}" for _, entry in new]


def _load_groups(document: Document, files: DocumentFiles, report: LoadReport) -> None:
    clauses = {clause.clause_id: clause for clause in Clause.objects.filter(document=document)}
    for order, entry in enumerate(files.policy.groups):
        group, created = ClauseGroup.objects.get_or_create(
            document=document,
            name=entry.name,
            defaults={"quote": entry.quote, "reason": entry.reason, "order": order},
        )
        if created:
            ClauseGroupMember.objects.bulk_create(
                ClauseGroupMember(group=group, clause=clauses[clause_id], order=position)
                for position, clause_id in enumerate(entry.clauses)
            )
            report.say(f"新增同类型条款组：{entry.name}")


def _load_targets(document: Document, files: DocumentFiles, report: LoadReport) -> None:
    targets = files.targets
    if targets is None or PolicyTarget.objects.filter(document=document, year=targets.year).exists():
        return
    units = {unit.code: unit for unit in Unit.objects.all()}
    rows = [
        PolicyTarget(
            document=document,
            year=targets.year,
            unit=units[row.unit],
            printed=row.printed,
            focus=row.focus,
            target_fen=row.target * _FEN_PER_YI,
            order=order,
        )
        for order, row in enumerate(targets.districts)
    ]
    rows.append(
        PolicyTarget(
            document=document,
            year=targets.year,
            printed="合计",
            target_fen=targets.total * _FEN_PER_YI,
            order=len(rows),
        )
    )
    PolicyTarget.objects.bulk_create(rows)
    report.say(f"新增{targets.year}年产业目标：{len(rows)} 行")
