"""The facts of a whole policy year, read as evaluation documents: what every enterprise filed, and what was decided.

Everything is recomputed as if nothing had been paid yet: awards that were given already do not stay fixed, so that the
year before and the year after a change are worked out in the same way.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Q, QuerySet

from applications.enums import ENDED_WITHOUT_DECISION, State
from applications.models import Application, Revision
from applications.queries import evaluation_document
from awards.queries.left_out import LeftOut
from common.canonical import digest
from common.money import yuan
from policies.models import Document
from policies.queries import published_policy
from policies.rules.columns import YearBuilder, YearColumns
from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.intake import EvaluationFault, EvaluationInput, read_document
from policies.rules.nodes import Latitude
from policies.rules.schema import PolicyDefinition
from reviews.enums import Outcome
from reviews.queries.decisions import decisions_in_force

#: Enterprise keys of one part: part n holds the keys n × PART_KEYS … (n + 1) × PART_KEYS − 1.
PART_KEYS = 5_000

#: What a file is read from and named by; all that one reads of tens of thousands of rows.
_READ = (
    "facts",
    "figures",
    "filed_at",
    "application__clause_id",
    "application__enterprise__district_id",
    "application__enterprise__name",
    "application__number",
    "application__policy_year",
)

_CLAIM = re.compile(r"claims\[(?P<index>\d+)\]\.?(?:facts\.)?(?P<place>.*)")
_FIGURE = re.compile(r"applicant\.(?P<key>\w+)")


@dataclass(frozen=True)
class FiledYear:
    """A policy, one of its years, and which files count: refused ones only when asked for.

    `definition` is the policy by which the facts are read: the one published for the year.
    """

    document: Document
    year: int
    include_refused: bool
    definition: PolicyDefinition
    definition_sha256: str

    @classmethod
    def of(cls, document: Document, year: int, *, include_refused: bool = False) -> "FiledYear":
        """The year under the published policy; raises PolicyYearError where none governs it."""
        definition = published_policy(document.number, year)
        return cls(document, year, include_refused, definition, digest(definition.model_dump(mode="json")))

    @property
    def rules(self) -> CompiledPolicy:
        """The published policy, compiled."""
        return compiled(self.definition)

    def filed(self) -> QuerySet[Application]:
        """Every application of the year that was ever filed, whatever became of it."""
        return Application.objects.filter(clause__document=self.document, policy_year=self.year, filed_at__isnull=False)

    def counted(self) -> QuerySet[Application]:
        """The files that the year consists of: not withdrawn, not lapsed, and not refused unless asked for."""
        ended = [*ENDED_WITHOUT_DECISION, *([] if self.include_refused else [State.REFUSED])]
        return self.filed().exclude(state__in=ended)


def of_part(part: int, enterprise: str = "enterprise") -> Q:
    """The condition for the rows of one part; `enterprise` is the path to the enterprise's key."""
    low = part * PART_KEYS
    return Q(**{f"{enterprise}__gte": low, f"{enterprise}__lt": low + PART_KEYS})


def _revisions(year: FiledYear, part: int) -> list[Revision]:
    """The latest revision of every file of a part with its application, in the order of enterprises and clauses."""
    latest = (
        Revision.objects.filter(application__in=year.counted().filter(of_part(part)))
        .order_by("application_id", "-number")
        .distinct("application_id")
    )
    found = list(
        Revision.objects.filter(pk__in=latest.values("pk"))
        .select_related("application__enterprise")
        .only(*_READ)
        .order_by("application__enterprise_id", "application__clause__order", "application_id")
    )
    # Tens of thousands of files share a handful of clauses: read once, and the policy once for all of them.
    clauses = year.document.clauses.in_bulk()
    for clause in clauses.values():
        clause.document = year.document
    for revision in found:
        revision.application.clause = clauses[revision.application.clause_id]
    return found


def _amounts(year: FiledYear, part: int) -> dict[int, int]:
    """Application → 分 of the keeper lead's confirmed approval in force. A refusal decides no amount: still pending."""
    approved = decisions_in_force().filter(
        task__stage__case__application__in=year.counted().filter(of_part(part)), outcome=Outcome.APPROVE
    )
    rows = approved.values_list("task__stage__case__application_id", "amount_fen")
    return {application: fen for application, fen in rows if fen is not None}


def read_part(year: FiledYear, part: int) -> tuple[YearColumns, LeftOut]:
    """The columns of one part, and what could not be read; three queries however many files there are."""
    rules, left_out = year.rules, LeftOut()
    builder = YearBuilder(rules, year.year)
    revisions, amounts = _revisions(year, part), _amounts(year, part)
    for enterprise_id, group in groupby(revisions, key=lambda revision: revision.application.enterprise_id):
        files = list(group)
        given = read_enterprise(rules, files, amounts, left_out)
        if given is not None:
            claimed = {claim.clause.id for claim in given.claims}
            ids = {file.application.clause.clause_id: file.application_id for file in files}
            builder.add(
                given,
                id=enterprise_id,
                district=files[0].application.enterprise.district_id,
                claim_ids={clause: ids[clause] for clause in claimed},
            )
    return builder.build(), left_out


def read_enterprise(
    rules: CompiledPolicy, files: Iterable[Revision], amounts: Mapping[int, int], left_out: LeftOut
) -> EvaluationInput | None:
    """One document for all files of an enterprise, None when not one of them can be read.

    The figures of the year are those of the newest revision among the files, because that is what the enterprise stated
    last; figures that the policy no longer asks for are passed over. Facts are those of each file's latest revision.
    A file that cannot be read under the policy is noted in `left_out`; the others stay.
    """
    files = list(files)
    newest = evaluation_document(max(files, key=lambda file: (file.filed_at, file.pk)))
    known = {"kind", *rules.year_facts}
    figures = {key: value for key, value in newest["applicant"].items() if key in known}
    unread: dict[str, list[str]] = {}
    while files:
        document = newest | {"applicant": figures, "claims": [_claim(rules, file, amounts) for file in files]}
        try:
            return read_document(rules, document)
        except EvaluationFault as fault:
            reasons = _reasons(rules, files, fault.faults, figures, unread)
        for file in files:
            if file.pk in reasons:
                left_out.add(_note(file, reasons[file.pk]))
        files = [file for file in files if file.pk not in reasons]
    return None


def _claim(rules: CompiledPolicy, file: Revision, amounts: Mapping[int, int]) -> dict[str, Any]:
    claim: dict[str, Any] = evaluation_document(file)["claims"][0]
    clause, amount = rules.clauses.get(claim["clause"]), amounts.get(file.application_id)
    if amount is not None and clause is not None and isinstance(clause.award, Latitude):
        claim["decision"] = {"amount": yuan(amount)}
    return claim


def _reasons(
    rules: CompiledPolicy,
    files: list[Revision],
    faults: list[dict[str, str]],
    figures: dict[str, Any],
    unread: dict[str, list[str]],
) -> dict[int, list[str]]:
    """Revision → why it cannot be read. A figure that cannot be read goes from `figures` to `unread`, with why: whether
    a file needs it shows when the document is read again. A fault that belongs to no file and no figure is everybody's.
    """
    reasons: dict[int, list[str]] = {}
    found_figure = False
    for fault in faults:
        path, message = fault["path"], fault["message"]
        figure = _FIGURE.fullmatch(path)
        if claim := _CLAIM.fullmatch(path):
            place = claim["place"]
            reasons.setdefault(files[int(claim["index"])].pk, []).append(f"{message}（{place}）" if place else message)
        elif figure and figures.get(figure["key"]) is not None:
            unread.setdefault(figure["key"], []).append(message)
            found_figure = True
        elif figure:
            for file in files:
                if _needs(rules, file, figure["key"]):
                    reasons.setdefault(file.pk, []).extend(unread.get(figure["key"], [message]))
    for key in unread:
        figures.pop(key, None)
    if not reasons and not found_figure:
        everything = [fault["message"] for fault in faults]
        return {file.pk: everything for file in files}
    return reasons


def _needs(rules: CompiledPolicy, file: Revision, figure: str) -> bool:
    """Whether a file cannot be worked out without a figure of the year: its clause reads it, or the cap does."""
    clause = rules.clauses.get(file.application.clause.clause_id)
    base = rules.total_cap.base.key if rules.total_cap else ""
    return base == f"Y.{figure}" or (clause is not None and figure in clause.year_keys)


def _note(file: Revision, reasons: list[str]) -> dict[str, Any]:
    application = file.application
    return {
        "application": application.pk,
        "number": application.number,
        "enterprise": application.enterprise.name,
        "clause": application.clause.clause_id,
        "reason": "；".join(reason.rstrip("。") for reason in dict.fromkeys(reasons)) + "。",
    }
