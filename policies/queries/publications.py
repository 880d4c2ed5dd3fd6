"""What is on its way into force: publications of a document, what is in them, what may be put in."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.enums import SystemRole
from accounts.models import User
from common.canonical import digest
from policies.drafts import content_of
from policies.enums import PublicationState, VersionState
from policies.lint import LintFault
from policies.models import ClauseVersion, Document, PolicyRules, Publication, PublicationItem
from policies.queries.cases import CaseResult
from policies.queries.comparison import Told, told_differences
from policies.queries.publication import overlapping
from policies.queries.side_by_side import compared_content, compared_with

Version = ClauseVersion | PolicyRules


@dataclass(frozen=True)
class Ending:
    """A published version that ends because a draft begins: its last day."""

    version: Version
    valid_to: dt.date
    by: Version


@dataclass(frozen=True)
class Checked:
    """What speaks for and against publishing drafts together: faults, cases with results, what would end."""

    faults: list[LintFault] = field(default_factory=list)
    cases: list[tuple[ClauseVersion, list[CaseResult]]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)

    @property
    def refusing(self) -> list[LintFault]:
        """What stands in the way."""
        return [fault for fault in self.faults if fault.refuses]

    @property
    def remarks(self) -> list[LintFault]:
        """What is to be known and does not stand in the way."""
        return [fault for fault in self.faults if not fault.refuses]


def publications_of(document: Document) -> QuerySet[Publication]:
    """Every publication of a document, open ones first, then the newest."""
    found = document.publications.select_related("document", "submitted_by", "closed_by")
    return found.prefetch_related("items__clause_version__clause", "items__rules").order_by(
        ExpressionWrapper(Q(state=PublicationState.OPEN), BooleanField()).desc(), "-submitted_at", "-pk"
    )


def versions_in(publication: Publication) -> list[Version]:
    """The versions of a publication: rules first, then clauses in printed order."""
    items = PublicationItem.objects.filter(publication=publication).select_related(
        "clause_version__clause__document", "rules__document"
    )
    return in_order(one for item in items if (one := item.clause_version or item.rules) is not None)


def in_order(versions: Iterable[Version]) -> list[Version]:
    """Rules first, then clauses in printed order, versions by number."""

    def place(version: Version) -> tuple[int, int, int]:
        if isinstance(version, ClauseVersion):
            return (1, version.clause.order, version.number)
        return (0, 0, version.number)

    return sorted(versions, key=place)


def drafts_of(document: Document) -> list[Version]:
    """Every draft of a document, rules first."""
    clauses = ClauseVersion.objects.filter(clause__document=document, state=VersionState.DRAFT)
    rules = PolicyRules.objects.filter(document=document, state=VersionState.DRAFT)
    return in_order(
        [
            *clauses.select_related("clause__document", "drafted_by"),
            *rules.select_related("document", "drafted_by"),
        ]
    )


def waiting(versions: Iterable[Version]) -> set[tuple[str, int]]:
    """Which of these an open publication holds, by `key_of`."""
    items = PublicationItem.objects.filter(publication__state=PublicationState.OPEN)
    held = set()
    for clause_version, rules in items.values_list("clause_version", "rules"):
        held.add(("clause", clause_version) if clause_version is not None else ("rules", rules))
    return held & {key_of(version) for version in versions}


def key_of(version: Version) -> tuple[str, int]:
    """What tells versions of both kinds apart: ("clause" | "rules", number of the row)."""
    return ("clause" if isinstance(version, ClauseVersion) else "rules", version.pk)


def content_sum(versions: Sequence[Version]) -> str:
    """A sum over the contents of drafts, whatever their order: what is published is what was submitted."""
    return digest(sorted([*key_of(version), content_of(version).sha256] for version in versions))


def predecessors(version: Version) -> list[Version]:
    """Published versions of the same owner in the time of a draft, the earliest first."""
    return list(overlapping(version).order_by("valid_from"))


def other_administrators(user: User) -> QuerySet[User]:
    """Who may publish what this person submits."""
    return User.objects.filter(system_role=SystemRole.ADMINISTRATOR, is_active=True).exclude(pk=user.pk).order_by("pk")


@dataclass(frozen=True)
class DraftRow:
    """One version of a publication: what it is compared with, what differs in words, and who wrote in it."""

    version: Version
    other: Version | None
    differences: list[Told]
    writers: list[str]

    @property
    def label(self) -> str:
        """What its table of differences is called."""
        return f"{self.version}的差异"


def draft_rows(versions: Sequence[Version]) -> list[DraftRow]:
    """The versions of a publication beside what they take the place of."""
    rows = []
    for version in versions:
        other = compared_with(version)
        told = told_differences(compared_content(other), compared_content(version)) if other is not None else []
        rows.append(DraftRow(version, other, told, _writers(version)))
    return rows


def _writers(version: Version) -> list[str]:
    names = version.edits.order_by("edit").values_list("saved_by__name", "saved_by__username")
    return list(dict.fromkeys(name or account for name, account in names))
