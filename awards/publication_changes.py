"""From a publication to change documents (policies/rules/change.py): one for each past year with files.

Drafts of a document that was in force are laid over the years that it governed. A clause that goes on with one of an
earlier document is laid over that one's years in its place; clauses that the earlier document has and nobody goes on
with are gone where the new document replaces it, and stay as they are where it does not. A clause that a publication
takes out of force is gone in the years that it was in: there, too, one asks what a year would have come to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from applications.models import Application
from policies.enums import UNPUBLISHED, ItemAct, VersionState
from policies.models import Clause, ClauseVersion, Document, PolicyRules, PolicySetting, Publication
from policies.queries import governing_day, published_policy
from policies.queries.publications import Ending, endings_in
from policies.queries.versions import groups_of
from policies.rules.adjustable import NO_AMOUNT
from policies.rules.schema import PolicyDefinition, Settings

#: Clause → definition as JSON; None for a clause that pays nothing.
Definitions = dict[Clause, dict[str, Any] | None]


@dataclass(frozen=True)
class PastYear:
    """A past policy year of a document in which anything was filed."""

    document: Document
    policy_year: int
    files: int


@dataclass
class YearChange:
    """The change document for one past year; `words`: sentences about what its figures do not show."""

    change: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Drafted:
    """What a publication would put into force. `definitions`: of the drafts, and of published clauses of the same
    document that go on with clauses of an earlier one; `mine`: the clauses of the drafts themselves; `ended`: published
    versions of other clauses that it takes out of force."""

    document: Document
    mine: tuple[Clause, ...]
    definitions: Definitions
    rules: PolicyRules | None
    rules_drafted: bool
    ended: tuple[Ending, ...] = ()

    @classmethod
    def of(cls, publication: Publication) -> "Drafted":
        """Read what the publication puts into force and takes out of it, and what is in force beside it."""
        rows = publication.items.select_related("clause_version__clause__predecessor__document", "rules")
        items = list(rows.filter(act=ItemAct.PUBLISH))
        versions = [item.clause_version for item in items if item.clause_version is not None]
        rules = next((item.rules for item in items if item.rules is not None), None)
        document = publication.document
        definitions: Definitions = {version.clause: _paying(version) for version in versions}
        drafted = {clause.pk for clause in definitions}
        endings = endings_in(publication)
        retired = {ending.version.pk for ending in endings if ending.valid_to is None}
        for version in _in_force(document):
            if (
                version.pk not in retired
                and version.clause_id not in drafted
                and version.clause.predecessor_id is not None
            ):
                definitions[version.clause] = _paying(version)
        mine = tuple(version.clause for version in versions)
        newest = document.rules.filter(state=VersionState.PUBLISHED).order_by("-valid_from").first()
        ended = [
            one for one in endings if isinstance(one.version, ClauseVersion) and one.version.clause_id not in drafted
        ]
        return cls(document, mine, definitions, rules or newest, rules is not None, tuple(ended))

    @property
    def sources(self) -> list[Document]:
        """The documents whose past years these drafts are laid over: the own one, and those that new clauses go on
        with."""
        known = set(
            ClauseVersion.objects.filter(clause__in=self.mine)
            .exclude(state__in=UNPUBLISHED)
            .values_list("clause_id", flat=True)
        )
        earlier = {clause.predecessor.document for clause in self.mine if clause.predecessor and clause.pk not in known}
        if self.rules_drafted and not self.document.rules.exclude(state__in=UNPUBLISHED).exists():
            earlier |= {
                clause.predecessor.document
                for clause in self.document.clauses.select_related("predecessor__document")
                if clause.predecessor
            }
        return sorted({self.document, *earlier}, key=lambda document: (document.order, document.pk))


def _in_force(document: Document) -> Iterable[ClauseVersion]:
    """The newest published version of every clause."""
    rows = ClauseVersion.objects.filter(clause__document=document, state=VersionState.PUBLISHED)
    return rows.order_by("clause_id", "-valid_from").distinct("clause_id").select_related("clause__predecessor")


def _goes_on(version: ClauseVersion, ended: Iterable[Ending]) -> bool:
    """Whether a later version of the same clause stays in force."""
    leaving = {ending.version.pk for ending in ended}
    later = version.clause.versions.filter(state=VersionState.PUBLISHED, valid_from__gt=version.valid_from)
    return later.exclude(pk__in=leaving).exists()


def _paying(version: ClauseVersion) -> dict[str, Any] | None:
    return version.definition if "award" in version.definition else None


def past_years(publication: Publication) -> list[PastYear]:
    """Every past year with files that a publication must be measured against, the latest first."""
    sources = {document.pk: document for document in Drafted.of(publication).sources}
    filed = (
        Application.objects.filter(clause__document__in=sources, filed_at__isnull=False)
        .order_by()
        .values("clause__document", "policy_year")
        .annotate(files=Count("pk"))
    )
    found = [PastYear(sources[row["clause__document"]], row["policy_year"], row["files"]) for row in filed]
    return sorted(found, key=lambda year: (-year.policy_year, year.document.order, year.document.pk))


def change_for(publication: Publication, year: PastYear) -> YearChange:
    """The change document of one past year. Raises PolicyYearError where no published version governs the year."""
    policy = published_policy(year.document.number, year.policy_year)
    drafted = Drafted.of(publication)
    return _Laying(drafted, year, policy).answer(f"发布申请 {publication.pk}：{publication.reason[:120]}")


def _listed(clauses: Iterable[Any]) -> str:
    return "、".join(str(clause) for clause in clauses)


class _Laying:
    """The drafts on their way over one past year."""

    def __init__(self, drafted: Drafted, year: PastYear, policy: PolicyDefinition) -> None:
        self.drafted, self.year, self.policy = drafted, year, policy
        self.same = year.document == drafted.document
        self.known = {clause.id: clause for clause in policy.clauses}
        self.found = YearChange()
        #: Clause of the drafts' document → its id in the year's policy.
        self.ids: dict[str, str] = {}
        self.gone: set[str] = set()

    def answer(self, note: str) -> YearChange:
        """Everything, one part after the other: each says what it changes."""
        self._clauses()
        self._figures()
        if self.drafted.rules is not None and (self.drafted.rules_drafted or not self.same):
            self._groups(self.drafted.rules)
            self._cap(self.drafted.rules.definition.get("total_cap"))
        elif not self.same:
            self._tell("新文件还没有通用规则：年度累计上限和同类型条款组按原文件计。")
        if not self.same:
            self._settings()
        if self.found.change:
            self.found.change["note"] = note
        return self.found

    def _tell(self, sentence: str) -> None:
        self.found.words.append(sentence)

    # -- clauses

    def _clauses(self) -> None:
        clauses: dict[str, Any] = {}
        fresh: list[Clause] = []
        for clause, definition in self.drafted.definitions.items():
            target = self._target(clause)
            if target not in self.known:
                if clause in self.drafted.mine and definition is not None:
                    fresh.append(clause)
                continue
            self.ids[clause.clause_id] = target
            if definition is None:
                clauses[target] = None
                self.gone.add(target)
                self._tell(f"条款 {clause} 不再有资金奖补：过去按条款 {target} 申报的，变更后按没有奖补计。")
            elif self.same and clause not in self.drafted.mine:
                continue
            else:
                clauses[target] = {"definition": {**definition, "id": target}}
        if self.same:
            self._ended(clauses)
        if fresh:
            self._tell(f"条款 {_listed(fresh)} 在 {self.year.policy_year} 年度没有对应的条款，过去没有申报，无从比较。")
        if not self.same:
            self._continued(clauses)
        if clauses:
            self.found.change["clauses"] = clauses

    def _ended(self, clauses: dict[str, Any]) -> None:
        """Clauses that leave force: gone in the years of the version that ends, and where nothing of the clause goes on
        also in the years before it."""
        day = governing_day(self.year.document, self.year.policy_year)
        for ending in self.drafted.ended:
            version: Any = ending.version
            target = version.clause.clause_id
            governs = version.valid_from <= day and (version.valid_to is None or day <= version.valid_to)
            if target not in self.known or not (governs or not _goes_on(version, self.drafted.ended)):
                continue
            clauses[target] = None
            self.gone.add(target)
            stays = governs and ending.valid_to is not None and day <= ending.valid_to
            self._tell(
                f"条款 {version}{ending.words}：变更后按没有这一条款计。"
                + ("该年度本身不受影响，测算只用来看以后每年涉及多少。" if stays or not governs else "")
                + "已提交的申报仍按提交时的版本办完。"
            )

    def _target(self, clause: Clause) -> str:
        """The id under which files of the year stand; empty where the clause goes on with none of this document."""
        if self.same:
            return clause.clause_id
        before = clause.predecessor
        return before.clause_id if before is not None and before.document_id == self.year.document.pk else ""

    def _continued(self, clauses: dict[str, Any]) -> None:
        """What becomes of the clauses of the earlier document that no definition stands for."""
        left = [clause for clause in self.known if clause not in clauses]
        waiting = set(
            self.drafted.document.clauses.filter(
                predecessor__document=self.year.document, predecessor__clause_id__in=left
            ).values_list("predecessor__clause_id", flat=True)
        )
        if later := [clause for clause in left if clause in waiting]:
            self._tell(f"条款 {_listed(later)} 的承接条款不在本次发布中，也没有发布过，按原规定计。")
        over = [clause for clause in left if clause not in waiting]
        if not over:
            return
        if self.drafted.document.replaces == self.year.document.number:
            clauses |= dict.fromkeys(over)
            self.gone |= set(over)
            self._tell(
                f"新文件废止 {self.year.document.number}，条款 {_listed(over)} 没有承接条款，变更后按没有奖补计。"
            )
        else:
            self._tell(f"条款 {_listed(over)} 没有承接条款，新文件也没有写明废止原文件，按原规定计。")

    # -- across clauses

    def _figures(self) -> None:
        """Figures that the drafts may read: all that differ where rules are laid too, else those that are missing."""
        if self.drafted.rules is None:
            return
        present = {fact.key: fact for fact in self.policy.year_facts}
        whole = self.drafted.rules_drafted or not self.same
        figures = {}
        for fact in self.drafted.rules.definition.get("year_facts", ()):
            key = fact.get("key") if isinstance(fact, dict) else None
            if isinstance(key, str) and (key not in present or (whole and not _says(present[key], fact))):
                figures[key] = fact
        if figures:
            self.found.change["year_facts"] = figures

    def _groups(self, rules: PolicyRules) -> None:
        """The groups of the rules in the ids of the year; clauses that stay as they are keep their old company."""
        present = set(self.drafted.document.clauses.values_list("clause_id", flat=True))
        mapped = {one: self.ids.get(one, one if self.same else "") for one in present}
        there = set(self.known) - self.gone
        after: dict[str, list[str]] = {}
        for group in groups_of(self.drafted.document, rules.definition, present):
            members = [mapped.get(one, "") for one in group.get("clauses", ())]
            after.setdefault(str(group.get("name", "")), []).extend(one for one in members if one in there)
        stays = set() if self.same else there - set(self.ids.values())
        before = {group.name: [one for one in group.clauses if one in there] for group in self.policy.groups}
        for name, members in before.items():
            if kept := [one for one in members if one in stays]:
                after.setdefault(name, []).extend(kept)
        groups: dict[str, Any] = {}
        for name in {**before, **after}:
            members = after.get(name, [])
            if set(members) == set(before.get(name, ())):
                continue
            if len(members) > 1:
                groups[name] = members
            elif len(before.get(name, ())) > 1:
                groups[name] = None
        if groups:
            self.found.change["groups"] = groups

    def _cap(self, cap: Any) -> None:
        present = self.policy.total_cap
        if cap is None and present is not None:
            self.found.change["total_cap"] = None
        elif cap is not None and (present is None or not _says(present, cap)):
            self.found.change["total_cap"] = {"definition": cap}

    def _settings(self) -> None:
        """Points that the new document leaves open and has in another way."""
        rows = PolicySetting.objects.filter(document=self.drafted.document).order_by("key", "number")
        newest = {row.key: row.value for row in rows if row.key in Settings.model_fields and row.key not in NO_AMOUNT}
        differing = {key: value for key, value in newest.items() if getattr(self.policy.settings, key).value != value}
        if differing:
            self.found.change["settings"] = differing


def _says(present: Any, given: Mapping[str, Any]) -> bool:
    """Whether plain data reads as the same model; what cannot be read is another one, and its faults are told later."""
    try:
        return bool(type(present).model_validate(dict(given)) == present)
    except ValueError:
        return False
