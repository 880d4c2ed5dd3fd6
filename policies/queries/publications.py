"""What is on its way into force: publications of a document, what is in them, what may be put in."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.enums import SystemRole
from accounts.models import User
from common.canonical import digest
from common.templatetags.ui import zhdate
from policies.drafts import content_of
from policies.enums import ItemAct, PublicationState, VersionState
from policies.lint import LintFault
from policies.models import ClauseVersion, Document, PolicyRules, Publication, PublicationItem
from policies.queries.cases import CaseResult
from policies.queries.comparison import Told, told_differences
from policies.queries.publication import overlapping
from policies.queries.side_by_side import compared_content, compared_with

Version = ClauseVersion | PolicyRules


@dataclass(frozen=True)
class Ending:
    """A published version on its way out of force.

    `valid_to`: its last day; None where it is retired, which makes it count for no day at all. `by`: the draft that
    begins on the next day and therefore ends it; None where somebody asks for the ending itself.
    """

    version: Version
    valid_to: dt.date | None
    by: Version | None = None

    @property
    def act(self) -> ItemAct:
        """What becomes of the version."""
        return ItemAct.RETIRE if self.valid_to is None else ItemAct.END

    @property
    def words(self) -> str:
        """停用, or 提前终止，到2024年12月31日为止."""
        return "停用" if self.valid_to is None else f"提前终止，到{zhdate(self.valid_to)}为止"


@dataclass(frozen=True)
class Checked:
    """What speaks for and against a publication: faults, cases with results, what would end: `endings` because a draft
    begins, `asked` because somebody asks for it."""

    faults: list[LintFault] = field(default_factory=list)
    cases: list[tuple[ClauseVersion, list[CaseResult]]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    asked: list[Ending] = field(default_factory=list)

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
    """What a publication puts into force: rules first, then clauses in printed order."""
    items = _items(publication).filter(act=ItemAct.PUBLISH)
    return in_order(one for item in items if (one := item.clause_version or item.rules) is not None)


def endings_in(publication: Publication) -> list[Ending]:
    """What a publication takes out of force because somebody asked for it, in the same order."""
    items = _items(publication).exclude(act=ItemAct.PUBLISH)
    found = {key_of(one): Ending(one, item.last_day) for item in items if (one := item.clause_version or item.rules)}
    return [found[key_of(version)] for version in in_order(ending.version for ending in found.values())]


def _items(publication: Publication) -> QuerySet[PublicationItem]:
    return PublicationItem.objects.filter(publication=publication).select_related(
        "clause_version__clause__document", "rules__document"
    )


def in_order(versions: Iterable[Version]) -> list[Version]:
    """Rules first, then clauses in printed order, versions by number."""

    def place(version: Version) -> tuple[int, int, int]:
        if isinstance(version, ClauseVersion):
            return (1, version.clause.order, version.number)
        return (0, 0, version.number)

    return sorted(versions, key=place)


def kept_of(publication: Publication) -> dict[str, Any]:
    """What was checked when a publication was submitted or carried out, its days as days."""
    kept = dict(publication.checked)
    for part in ("endings", "asked"):
        kept[part] = [
            {**row, **{name: _day(row[name]) for name in ("valid_to", "before") if name in row}}
            for row in kept.get(part, ())
        ]
    return kept


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


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


def published_of(document: Document) -> list[Version]:
    """Every published version of a document, rules first: what may be taken out of force."""
    clauses = ClauseVersion.objects.filter(clause__document=document, state=VersionState.PUBLISHED)
    rules = PolicyRules.objects.filter(document=document, state=VersionState.PUBLISHED)
    return in_order([*clauses.select_related("clause__document"), *rules.select_related("document")])


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


def content_sum(versions: Sequence[Version], endings: Sequence[Ending] = ()) -> str:
    """A sum over the contents of drafts and of what is ended, whatever their order: what is carried out is what was
    submitted."""
    drafts = [[*key_of(version), content_of(version).sha256] for version in versions]
    ended = [
        [*key_of(one.version), content_of(one.version).sha256, str(one.act), str(one.valid_to or "")] for one in endings
    ]
    return digest(sorted([*drafts, *ended]))


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
