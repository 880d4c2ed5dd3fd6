"""Search in the library: documents by number and title, clauses by title, sentence, units and the labels of what is
asked for, places in the text.

A Chinese word has no blanks around it, so every word is looked for inside the text. GIN indexes over the pieces of each
text (policies.models.search) narrow; what is found is decided by the very pattern that pages mark by
(policies.library_terms). Nothing is stored for it, so that what was published a moment ago is found.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, CharField, Exists, IntegerField, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from accounts.models import Unit
from policies.enums import NodeKind, VersionState
from policies.library_terms import WEIGHTS, adjacent, pattern, pieces, spans
from policies.models import Clause, ClauseUnit, ClauseVersion, Document, Node
from policies.models.search import Labels, Pieces, VersionText
from policies.printing import Run, runs, search_terms, snippet
from policies.queries.library import shown_versions

#: How many places and clauses are given at once where nobody asks for a page.
MAX_TEXT_HITS = 40
MAX_CLAUSE_HITS = 200
#: Places that are ranked; the rest comes in reading order behind them.
_MOST_RANKED = 2000
_HEADINGS = (NodeKind.SECTION, NodeKind.ARTICLE, NodeKind.TITLE, NodeKind.TABLE_TITLE)
_BRACKETS = re.compile(r"[\[【（(［〔﹝\]】）)］〕﹞\s]")


@dataclass(frozen=True)
class DocumentHit:
    """A document whose number or title a search found."""

    document: Document
    number: list[Run]
    title: list[Run]


@dataclass(frozen=True)
class LibraryHit:
    """A place in a document's text that a search found."""

    document: Document
    node: Node
    runs: list[Run]


@dataclass(frozen=True)
class ClauseHit:
    """A clause that a search or filter found, with the version shown."""

    clause: Clause
    version: ClauseVersion
    title: list[Run]
    runs: list[Run]
    leads: str


class ClauseHits:
    """The clauses that were found, the best answer first, as a sequence that is read a page at a time."""

    def __init__(self, user: Any, terms: list[str], keys: Sequence[int]) -> None:
        self._user, self._terms, self._keys = user, terms, keys

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, place: slice) -> list[ClauseHit]:
        units = (Prefetch("units__unit"), Prefetch("units__group"))
        versions = shown_versions(self._user).select_related("clause__document", "clause__node")
        found = versions.defer("definition").prefetch_related(*units).in_bulk(self._keys[place])
        return [_clause_hit(found[key].clause, found[key], self._terms) for key in self._keys[place]]


class TextHits:
    """The places that were found, the best first, as a sequence that is read a page at a time."""

    def __init__(self, terms: list[str], keys: Sequence[int]) -> None:
        self._terms, self._keys = terms, keys

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, place: slice) -> list[LibraryHit]:
        found, terms = Node.objects.select_related("document").in_bulk(self._keys[place]), self._terms
        return [
            LibraryHit(found[key].document, found[key], runs(snippet(found[key].plain, terms), terms=terms))
            for key in self._keys[place]
        ]


def search_clauses(user: Any, query: str = "", unit: Unit | None = None, kind: str = "") -> tuple[list[ClauseHit], int]:
    """The first `MAX_CLAUSE_HITS` of `clause_hits`, and how many there are."""
    found = clause_hits(user, query, unit, kind)
    return found[:MAX_CLAUSE_HITS], len(found)


def search_text(user: Any, query: str) -> tuple[list[LibraryHit], int]:
    """The first `MAX_TEXT_HITS` of `text_hits`, and how many there are."""
    found = text_hits(user, query)
    return found[:MAX_TEXT_HITS], len(found)


def clause_hits(
    user: Any, query: str = "", unit: Unit | None = None, kind: str = "", *, on: dt.date | None = None
) -> ClauseHits:
    """Clauses that contain every word, of a unit (itself or through its group) and a kind ("money", "other").

    The best answer first: a title says more than a sentence, a sentence more than a label, words that stand together
    more than scattered ones. Among equal answers those in force on `on` come first, then the printed order; without
    words all are equal.
    """
    terms = search_terms(query)
    clauses = Clause.objects.visible_to(user)
    if kind:
        clauses = clauses.filter(is_monetary=kind == "money")
    for term in terms:
        wanted, text = pattern(term), Pieces(VersionText("quote", "bracket", "definition"))
        may = _narrowed(ClauseVersion.objects.visible_to(user).annotate(pieces=text), term).order_by().values("clause")
        clauses = clauses.filter(Q(clause_id__iregex=wanted) | Q(title__iregex=wanted) | Q(pk__in=may))
    # By the column of the clause: its name would order by what clauses are ordered by. The rest as in `shown_versions`.
    newest = shown_versions(user).order_by("clause_id", "state", "-valid_from", "-number").distinct("clause_id")
    shown = newest.filter(clause__in=clauses.order_by().values("pk")).values("pk")
    versions: QuerySet[ClauseVersion] = ClauseVersion.objects.filter(pk__in=shown)
    if unit is not None:
        named = ClauseUnit.objects.filter(version=OuterRef("pk"))
        named = named.filter(Q(unit=unit) | Q(group__in=unit.groups.values("pk")))
        versions = versions.filter(Exists(named))
    versions = _ranked(versions, terms).annotate(ended=_ended(on))
    order = ("-rank", "ended", "clause__document__order", "clause__document", "clause__order", "pk")
    return ClauseHits(user, terms, list(versions.order_by(*order).values_list("pk", flat=True)))


def _narrowed(found: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Those whose `pieces` have all that a text with the word has; the word itself is asked for afterwards."""
    spellings = pieces(term)
    if not all(spellings):
        return found
    return found.filter(reduce(or_, (Q(pieces__contains=one) for one in spellings)))


def _ranked(versions: QuerySet[ClauseVersion], terms: Sequence[str]) -> QuerySet[ClauseVersion]:
    """The versions that contain every word, with their `rank`, as `policies.library_terms.score` counts it."""
    if not terms:
        return versions.annotate(rank=Value(0))
    name = Concat("clause__clause_id", Value(" "), "clause__title", output_field=CharField())
    versions = versions.annotate(name=name, labels=Labels("definition"))
    rank: Any = Value(0)
    for term in terms:
        versions = versions.filter(_anywhere(pattern(term)))
        rank = rank + _weight(pattern(term), 1)
    if len(terms) > 1:
        rank = rank + _weight(adjacent(terms), len(terms))
    return versions.annotate(rank=rank)


def _places(wanted: str) -> Iterable[tuple[str, Q]]:
    yield "title", Q(name__iregex=wanted)
    yield "sentence", Q(quote__iregex=wanted)
    yield "label", Q(bracket__iregex=wanted) | Q(labels__iregex=wanted)


def _anywhere(wanted: str) -> Q:
    return reduce(or_, (condition for _, condition in _places(wanted)))


def _weight(wanted: str, times: int) -> Case:
    """What a pattern counts where it says most."""
    whens = [When(condition, then=Value(WEIGHTS[kind] * times)) for kind, condition in _places(wanted)]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def _ended(on: dt.date | None) -> Any:
    """0 for a version that is in force on a day, as its document is; 1 for every other. Without a day all are equal."""
    if on is None:
        return Value(0)
    in_force = Q(state=VersionState.PUBLISHED, valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gte=on))
    document = Q(clause__document__valid_to=None) | Q(clause__document__valid_to__gte=on)
    return Case(When(in_force & document, then=Value(0)), default=Value(1), output_field=IntegerField())


def _clause_hit(clause: Clause, version: ClauseVersion, terms: list[str]) -> ClauseHit:
    units = sorted(version.units.all(), key=lambda item: item.order)
    return ClauseHit(
        clause,
        version,
        runs(f"{clause.clause_id} {clause.title}", terms=terms),
        runs(version.quote, terms=terms),
        "、".join(item.name for item in units if item.role == "lead"),
    )


def text_hits(user: Any, query: str, *, on: dt.date | None = None) -> TextHits:
    """Places in the documents' texts that contain every word.

    Words that stand together come first, then headings, then documents in force on `on`, then more of the words; equal
    places in reading order.
    """
    terms = search_terms(query)
    if not terms:
        return TextHits(terms, [])
    found = Node.objects.filter(document__in=Document.objects.visible_to(user)).annotate(pieces=Pieces("plain"))
    for term in terms:
        found = _narrowed(found, term).filter(plain__iregex=pattern(term))
    over: Any = Value(0)
    if on is not None:
        over = Case(When(document__valid_to__lt=on, then=Value(1)), default=Value(0), output_field=IntegerField())
    heading = Case(When(kind__in=_HEADINGS, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = found.annotate(over=over, heading=heading)
    found = found.order_by("heading", "over", "document__order", "document", "order")
    rows = list(found.values_list("pk", "heading", "over"))
    first = [row[0] for row in rows[:_MOST_RANKED]]
    texts = dict(Node.objects.filter(pk__in=first).order_by().values_list("pk", "plain"))
    joined = re.compile(adjacent(terms), re.IGNORECASE) if len(terms) > 1 else None

    def place(row: tuple[int, int, int]) -> tuple[bool, int, int, int]:
        key, heading, over = row
        plain = texts[key]
        return joined is not None and not joined.search(plain), heading, over, -len(spans(plain, terms))

    ranked = sorted(rows[:_MOST_RANKED], key=place) + rows[_MOST_RANKED:]
    return TextHits(terms, [row[0] for row in ranked])


def document_hits(user: Any, query: str, *, on: dt.date | None = None) -> list[DocumentHit]:
    """Documents whose number or title contains every word, those in force on `on` first; a number is found with its
    brackets in any form and without them (洪府发2023 30号)."""
    terms = search_terms(query)
    if not terms:
        return []
    found = [
        one
        for one in Document.objects.visible_to(user).only("slug", "number", "title", "issuer", "valid_to", "order")
        if all(_names(one, term) for term in terms)
    ]
    found.sort(key=lambda one: (on is not None and one.valid_to is not None and one.valid_to < on, one.order, one.pk))
    return [DocumentHit(one, runs(one.number, terms=terms), runs(one.title, terms=terms)) for one in found]


def _names(document: Document, term: str) -> bool:
    if re.search(pattern(term), f"{document.number}\n{document.title}", re.IGNORECASE):
        return True
    bare = _BRACKETS.sub("", term)
    return bool(bare) and re.search(pattern(bare), _BRACKETS.sub("", document.number), re.IGNORECASE) is not None
