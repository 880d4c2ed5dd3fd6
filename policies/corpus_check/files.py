"""The corpus folder as typed values: what the library prints, beside the definitions that the engine reads.

The engine reads the same files without their `[library]` tables (`policies.rules.corpus`); this reader keeps both.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.corpus_check.reading import CorpusFormatError, document_folders, read_text, read_toml, refused
from policies.lint.faults import LintFault, TooDeepError, plain
from policies.lint.schema import checked
from policies.lint.text import Emendation
from policies.rules.corpus import CORPUS, CorpusError
from policies.rules.schema import Group, Series, Settings, TotalCap
from policies.rules.values import CitedCount, Day

__all__ = ["CORPUS", "CorpusError", "CorpusFiles", "CorpusFormatError", "DocumentFiles", "read_corpus"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeEntry(_Model):
    """One printed piece of the document, see articles.toml."""

    ref: Annotated[str, Field(pattern=r"^[a-z0-9.]+$", max_length=20)]
    parent: str = ""
    kind: str
    text: str = ""


class ClauseLibrary(_Model):
    """The `[library]` table of a clause file."""

    node: str
    bracket: str
    optional_evidence: tuple[str, ...] = ()
    quota: CitedCount | None = None


class ClauseEntry(_Model):
    """One clause file: its printed words, what the library adds, and the raw definition (empty: it pays nothing)."""

    id: str
    title: str
    sentence: str
    library: ClauseLibrary
    definition: dict[str, Any]

    @property
    def is_monetary(self) -> bool:
        """Whether the clause has an award of its own."""
        return "award" in self.definition


class EvidenceEntry(_Model):
    """A document that applicants attach; scope year = filed once for all applications of that year."""

    label: str
    help: str = ""
    scope: Literal["year", "own"] = "own"


class SettingEntry(_Model):
    """A point of the procedure that the text leaves open."""

    key: str
    label: str
    reason: str
    value: Any


class EmendationEntry(_Model):
    """A declared correction of the copy."""

    found: str
    meant: str
    reason: str


class PolicyLibrary(_Model):
    """The `[library]` table of policy.toml."""

    slug: str
    kind: Literal["policy", "reply"]
    source_note: str
    original_sha256: str
    common_evidence: tuple[str, ...] = ()
    emendations: tuple[EmendationEntry, ...] = ()
    settings: tuple[SettingEntry, ...] = ()
    evidence: dict[str, EvidenceEntry] = {}


class PolicyEntry(_Model):
    """policy.toml; a document without clauses has no rules and no validity."""

    number: str
    title: str
    issuer: str
    issued_on: Day | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    replaces: str | None = None
    source_sha256: str
    clause_order: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    year_facts: tuple[dict[str, Any], ...] = ()
    groups: tuple[Group, ...] = ()
    total_cap: TotalCap | None = None
    settings: Settings | None = None
    library: PolicyLibrary


class TargetRow(_Model):
    """One district's row of the printed table."""

    unit: str
    printed: str
    focus: str
    target: Annotated[int, Field(ge=0)]


class Targets(_Model):
    """targets.toml: the printed table of industry targets, in 亿元."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    unit: Literal["亿元"]
    table_node: str
    note: str
    total: Annotated[int, Field(ge=0)]
    districts: tuple[TargetRow, ...]


class UnitEntry(_Model):
    """A government unit of units.toml."""

    code: str
    name: str
    full_name: str
    kind: Literal["bureau", "district"]
    letter_prefix: str = ""
    is_finance: bool = False


class UnitGroupEntry(_Model):
    """A group of units as printed."""

    code: str
    printed: str
    resolution: Literal["district", "chosen_by_lead"]
    members: tuple[str, ...] = ()


class DocumentFiles(_Model):
    """One folder of the corpus, read whole."""

    folder: Path
    policy: PolicyEntry
    #: policy.toml as it goes into a definition: without `[library]`, `clause_order` and `series`.
    raw: dict[str, Any]
    source: str
    text: str
    nodes: tuple[NodeEntry, ...]
    clauses: tuple[ClauseEntry, ...]
    series: tuple[Series, ...]
    targets: Targets | None

    @property
    def emendations(self) -> tuple[Emendation, ...]:
        """The declared corrections, for `normalise_source`."""
        return tuple(Emendation(e.found, e.meant, e.reason) for e in self.policy.library.emendations)


class CorpusFiles(_Model):
    """The whole corpus."""

    documents: tuple[DocumentFiles, ...]
    units: tuple[UnitEntry, ...]
    groups: tuple[UnitGroupEntry, ...]


def _read(kind: Any, data: Any, file: str, place: str = "") -> Any:
    """A value of a file, `place` = where in it; raises CorpusFormatError."""
    try:
        value, faults = checked(kind, plain(data), place)
    except (TooDeepError, RecursionError) as error:
        raise refused(file, "层次过深，无法核对。", "请减少嵌套。") from error
    if faults:
        raise CorpusFormatError([LintFault(f"{file}:{fault.path}", fault.message, fault.mend) for fault in faults])
    return value


def _clause(root: Path, file: str) -> ClauseEntry:
    data = read_toml(root, file)
    library = data.pop("library", None)
    if library is None:
        raise refused(file, "缺少 [library]。", "请补上 [library]，写明 node（条文）和 bracket（单位方括号）。")
    words = {name: str(data.get(name, "")) for name in ("id", "title", "sentence")}
    return _read(ClauseEntry, {**words, "library": library, "definition": data}, file)


def read_document(folder: Path) -> DocumentFiles:
    """Read one document's folder; raises CorpusFormatError naming the file that cannot be read."""
    root, name = folder.parent, folder.name
    data = read_toml(root, f"{name}/policy.toml")
    policy: PolicyEntry = _read(PolicyEntry, data, f"{name}/policy.toml")
    raw = {key: value for key, value in data.items() if key not in ("library", "clause_order", "series")}
    series = [f"series/{key}.toml" for key in policy.series]
    articles, targets = f"{name}/articles.toml", f"{name}/targets.toml"
    return DocumentFiles(
        folder=folder,
        policy=policy,
        raw=plain(raw),
        source=read_text(root, f"{name}/source.txt"),
        text=read_text(root, f"{name}/text.txt"),
        nodes=_read(tuple[NodeEntry, ...], read_toml(root, articles).get("nodes", []), articles, "nodes"),
        clauses=tuple(_clause(root, f"{name}/clauses/{clause}.toml") for clause in policy.clause_order),
        series=tuple(_read(Series, read_toml(root, file), file) for file in series),
        targets=_read(Targets, read_toml(root, targets), targets) if (root / targets).exists() else None,
    )


def read_corpus(root: Path = CORPUS) -> CorpusFiles:
    """Read every document of the corpus and the units; raises CorpusFormatError."""
    folders = document_folders(root)
    if not (root / "units.toml").exists():
        mend = "请补上；--root 应是 units.toml 所在的目录，而不是某个政策的文件夹。"
        raise refused("units.toml", f"语料目录 {root} 中没有 units.toml。", mend)
    units = read_toml(root, "units.toml")
    return CorpusFiles(
        documents=tuple(read_document(root / name) for name in folders),
        units=_read(tuple[UnitEntry, ...], units.get("units", []), "units.toml", "units"),
        groups=_read(tuple[UnitGroupEntry, ...], units.get("groups", []), "units.toml", "groups"),
    )
