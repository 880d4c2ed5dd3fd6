"""The proof of the corpus: quotations stand in the source, numbers read as their values, brackets as their units.

`check_corpus` returns every fault at once, each with the file and the place inside it and a Chinese sentence.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from policies.corpus_check.files import (
    CORPUS,
    ClauseEntry,
    CorpusError,
    CorpusFiles,
    CorpusFormatError,
    DocumentFiles,
    read_corpus,
)
from policies.lint import LintFault, lint_policy, lint_printed
from policies.lint.brackets import find_brackets
from policies.lint.literals import read_literals
from policies.lint.schema import checked
from policies.lint.text import flatten, normalise_source, printed_text, sha256, squeeze, stands_in
from policies.rules.schema import ClauseDefinition


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, and a sentence for the person who edits the corpus."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}：{self.message}"


def check_corpus(root: Path = CORPUS) -> list[Fault]:
    """Every fault of the corpus folder; an empty list proves it."""
    try:
        corpus = read_corpus(root)
    except CorpusFormatError as error:
        return [Fault(fault.path, fault.message + fault.mend) for fault in error.faults]
    except CorpusError as error:
        return [Fault(root.name, str(error))]
    faults = list(_check_units(corpus))
    for document in corpus.documents:
        faults += check_document(document, corpus)
    return faults


def corpus_warnings(root: Path = CORPUS) -> list[LintFault]:
    """What the lints of a proven corpus remark without refusing it."""
    return [fault for fault in corpus_lints(root) if not fault.refuses]


def corpus_lints(root: Path = CORPUS) -> list[LintFault]:
    """What the lints say of every definition of the corpus, paths from the corpus on; raises CorpusError."""
    return [
        replace(fault, path=f"{document.folder.name}/{fault.path}")
        for document in read_corpus(root).documents
        for fault in lint_document(document)
    ]


#: What mends a text that is not the pinned one; filled in with the field of policy.toml.
_SHA_MEND = "请恢复文件；确需更正的，重新核对全部引文后把新的值填入 policy.toml 的 {}。"
_AROUND = 12


def _difference(expected: str, found: str, name: str, other: str) -> str:
    """Where two texts part, with some characters around it: 在「…」之后，规范文本是「…」，条文是「…」。"""
    pairs = zip(expected, found, strict=False)
    shorter = min(len(expected), len(found))
    at = next((place for place, (left, right) in enumerate(pairs) if left != right), shorter)
    after = f"在「{expected[max(0, at - _AROUND) : at]}」之后" if at else "一开头"
    parts = (text[at : at + _AROUND] for text in (expected, found))
    left, right = (f"「{part}」" if part else "已经结束" for part in parts)
    return f"{after}，{name}是{left}，{other}是{right}。"


def check_document(document: DocumentFiles, corpus: CorpusFiles) -> list[Fault]:
    """Every fault of one document's folder."""
    name = document.folder.name
    found = [
        *_check_source(document),
        *_check_head(document),
        *_check_clauses(document, corpus),
        *_check_targets(document, corpus),
    ]
    return [Fault(f"{name}/{fault.path}", fault.message) for fault in found]


def _check_units(corpus: CorpusFiles) -> Iterator[Fault]:
    codes = Counter(unit.code for unit in corpus.units)
    for code, count in codes.items():
        if count > 1:
            yield Fault("units.toml", f"单位代码「{code}」重复。请删除多余的一个或改用别的代码。")
    for group in corpus.groups:
        for member in group.members:
            if member not in codes:
                yield Fault(
                    "units.toml", f"单位组「{group.printed}」的成员「{member}」不存在。请改为 units 中的单位代码。"
                )


def _check_source(document: DocumentFiles) -> Iterator[Fault]:
    text, policy = document.text, document.policy
    if sha256(document.source) != policy.library.original_sha256:
        yield Fault(
            "source.txt",
            f"原文的 SHA-256 是 {sha256(document.source)}，与 policy.toml 所记不同。"
            f"{_SHA_MEND.format('library.original_sha256')}",
        )
    if sha256(text) != policy.source_sha256:
        yield Fault(
            "text.txt",
            f"规范文本的 SHA-256 是 {sha256(text)}，与 policy.toml 所记不同。{_SHA_MEND.format('source_sha256')}",
        )
    try:
        source = normalise_source(document.source, document.emendations)
        if source != flatten(text):
            where = _difference(source, flatten(text), "原文", "规范文本")
            yield Fault(
                "text.txt",
                f"规范文本与原文（去除分页、空白和脚注标记后）不一致：{where}"
                "请按原文改正；原文有误的，在 library.emendations 中写明勘误。",
            )
    except ValueError as error:
        yield Fault("policy.toml", f"{error}请更正 library.emendations，found 逐字照抄原文并写到只出现一次。")
    nodes = squeeze("\n".join(node.text for node in document.nodes))
    if nodes != flatten(text):
        where = _difference(flatten(text), nodes, "规范文本", "条文")
        yield Fault(
            "articles.toml",
            f"各条文依次相连后与规范文本不一致，有缺漏、重复或改动：{where}请在这里把条文改得与规范文本一致。",
        )
    elif printed_text((node.kind, node.text) for node in document.nodes) != text:
        yield Fault(
            "articles.toml",
            "各条文的种类（段、句、表）与规范文本的分段不一致。请核对各条文的 kind：另起一段的不能是 passage。",
        )
    seen: set[str] = set()
    for node in document.nodes:
        if node.ref in seen:
            yield Fault("articles.toml", f"条文编号「{node.ref}」重复。请为每一处取不同的编号。")
        if node.parent and node.parent not in seen:
            yield Fault(
                "articles.toml",
                f"条文「{node.ref}」的上级「{node.parent}」不在它之前。请更正 parent，或把上级移到前面。",
            )
        seen.add(node.ref)


def _check_head(document: DocumentFiles) -> Iterator[Fault]:
    policy, flat = document.policy, flatten(document.text)
    for field in ("number", "title", "replaces"):
        value = getattr(policy, field)
        if value and not stands_in(value, flat):
            yield Fault(f"policy.toml:{field}", f"「{value}」不在原文中。请从原文逐字复制。")
    days = {literal.values[0] for literal in read_literals(flat) if literal.kind == "date"}
    printed = "、".join(sorted(str(day) for day in days)) or "的日期一个也没有，请删除此项"
    for field in ("issued_on", "valid_from", "valid_to"):
        day = getattr(policy, field)
        if day and day not in days:
            yield Fault(f"policy.toml:{field}", f"日期 {day} 不在原文中。请填写原文印出的日期，原文印有{printed}。")
    for fault in lint_document(document):
        if fault.refuses:
            yield Fault(fault.path, fault.message + fault.mend)


def lint_document(document: DocumentFiles) -> list[LintFault]:
    """The lints of a folder's definition, warnings too, each told at its file; nothing for one without clauses."""
    if not document.policy.clause_order:
        return []
    monetary = [clause for clause in document.clauses if clause.is_monetary]
    raw = {
        **document.raw,
        "clauses": [clause.definition for clause in monetary],
        "series": [series.model_dump(mode="json") for series in document.series],
    }
    return [replace(fault, path=_file_of(fault.path)) for fault in lint_policy(raw, document.text)]


def _file_of(path: str) -> str:
    """The file and the place inside it: clauses["3.4.5"].award is clauses/3.4.5.toml:award."""
    inside = re.match(r'clauses\["([^"]+)"\]\.?(.*)$', path)
    return f"clauses/{inside[1]}.toml:{inside[2]}" if inside else f"policy.toml:{path}"


def _check_clauses(document: DocumentFiles, corpus: CorpusFiles) -> Iterator[Fault]:
    folder = document.folder / "clauses"
    on_disk = {path.stem for path in folder.glob("*.toml")} if folder.exists() else set()
    for extra in sorted(on_disk - set(document.policy.clause_order)):
        yield Fault(f"clauses/{extra}.toml", "文件没有列入 policy.toml 的 clause_order。请列入，或删除文件。")
    flat = flatten(document.text)
    for name, clause in zip(document.policy.clause_order, document.clauses, strict=True):
        path = f"clauses/{name}.toml"
        if clause.id != name:
            yield Fault(f"{path}:id", f"条款编号「{clause.id}」与文件名不同。请把 id 改为 {name}，或把文件改名。")
        for fault in _check_clause(clause, document, corpus, flat):
            yield Fault(path + fault.path, fault.message)
    claimed = {squeeze(clause.library.bracket) for clause in document.clauses}
    for bracket in find_brackets(flat):
        if bracket not in claimed:
            yield Fault("clauses", f"原文中的「{bracket}」没有任何条款引用。请为它补上条款，bracket 逐字照抄。")


def _check_clause(clause: ClauseEntry, document: DocumentFiles, corpus: CorpusFiles, flat: str) -> Iterator[Fault]:
    node = next((node for node in document.nodes if node.ref == clause.library.node), None)
    if node is None:
        yield Fault(":library.node", f"条文「{clause.library.node}」不存在。请改为 articles.toml 中的一个 ref。")
    elif not stands_in(clause.sentence, squeeze(node.text)):
        yield Fault(
            ":sentence", f"「{clause.sentence}」不在条文 {node.ref} 中。请从该条文逐字复制，或更正 library.node。"
        )
    units = {unit.name for unit in corpus.units} | {group.printed for group in corpus.groups}
    quota = clause.library.quota.model_dump() if clause.library.quota else None
    for fault in lint_printed(clause.sentence, clause.library.bracket, document.text, units, quota):
        if fault.path != "sentence":  # asked above, and more closely
            yield Fault(f":library.{fault.path}", fault.message + fault.mend)
    if not clause.is_monetary:
        return
    definition = checked(ClauseDefinition, clause.definition)[0]
    if definition is None:
        return
    known = document.policy.library.evidence
    for key in _evidence_keys(definition) | set(clause.library.optional_evidence):
        if key not in known:
            yield Fault(
                ":evidence",
                f"申报材料「{key}」没有在 policy.toml 的 library.evidence 中说明。"
                f"请补上 [library.evidence.{key}] 及其 label，或更正代码。",
            )


def _evidence_keys(definition: ClauseDefinition) -> set[str]:
    return {key for fact in definition.facts for item in (fact, *fact.columns) for key in item.evidence}


def _check_targets(document: DocumentFiles, corpus: CorpusFiles) -> Iterator[Fault]:
    targets = document.targets
    if targets is None:
        return
    codes = {unit.code for unit in corpus.units}
    table = next((node.text for node in document.nodes if node.ref == targets.table_node), "")
    printed = table.split("\n")[1:]
    rows = [f"{row.printed}|{row.focus}|{row.target}" for row in targets.districts] + [f"合计||{targets.total}"]
    if printed != rows:
        yield Fault("targets.toml", "目标表与原文所印的表不一致。请逐行对照 table_node 所指的表改正。")
    if not stands_in(targets.note, flatten(document.text)):
        yield Fault("targets.toml:note", "备注不在原文中。请从原文逐字复制。")
    for row in targets.districts:
        if row.unit not in codes:
            yield Fault("targets.toml", f"单位「{row.unit}」没有在 units.toml 中说明。请改为 units.toml 中的单位代码。")
