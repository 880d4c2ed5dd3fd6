"""The proof of the corpus: quotations stand in the source, numbers read as their values, brackets as their units.

`check_corpus` returns every fault at once, each with the file and the place inside it and a Chinese sentence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from policies.corpus_check.brackets import BracketError, find_brackets, parse_bracket
from policies.corpus_check.files import CORPUS, ClauseEntry, CorpusError, CorpusFiles, DocumentFiles, read_corpus
from policies.corpus_check.literals import Value, read_literals
from policies.corpus_check.text import flatten, normalise_source, sha256, squeeze, stands_in
from policies.corpus_check.usage import unused_facts
from policies.rules.schema import ClauseDefinition
from policies.rules.values import CitedCount, CitedMoney, CitedRate, CitedTimes

# Numbers inside a name are no numbers of the rule: 世界500强, 中国电子信息100强, 未来3-5年.
_RULE_KINDS = {"money", "percent", "times"}
_RULE_COUNTERS = ("人", "项", "家")


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
    except CorpusError as error:
        return [Fault(root.name, str(error))]
    faults = list(_check_units(corpus))
    for document in corpus.documents:
        faults += check_document(document, corpus)
    return faults


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
            yield Fault("units.toml", f"单位代码「{code}」重复。")
    for group in corpus.groups:
        for member in group.members:
            if member not in codes:
                yield Fault("units.toml", f"单位组「{group.printed}」的成员「{member}」不存在。")


def _check_source(document: DocumentFiles) -> Iterator[Fault]:
    text, policy = document.text, document.policy
    if sha256(document.source) != policy.library.original_sha256:
        yield Fault("source.txt", f"原文的 SHA-256 是 {sha256(document.source)}，与 policy.toml 所记不同。")
    if sha256(text) != policy.source_sha256:
        yield Fault("text.txt", f"规范文本的 SHA-256 是 {sha256(text)}，与 policy.toml 所记不同。")
    try:
        if normalise_source(document.source, document.emendations) != flatten(text):
            yield Fault("text.txt", "规范文本与原文（去除分页、空白和脚注标记后）不一致。")
    except ValueError as error:
        yield Fault("policy.toml", str(error))
    if squeeze("\n".join(node.text for node in document.nodes)) != flatten(text):
        yield Fault("articles.toml", "各条文依次相连后与规范文本不一致，有缺漏、重复或改动。")
    seen: set[str] = set()
    for node in document.nodes:
        if node.ref in seen:
            yield Fault("articles.toml", f"条文编号「{node.ref}」重复。")
        if node.parent and node.parent not in seen:
            yield Fault("articles.toml", f"条文「{node.ref}」的上级「{node.parent}」不在它之前。")
        seen.add(node.ref)


def _check_head(document: DocumentFiles) -> Iterator[Fault]:
    policy, flat = document.policy, flatten(document.text)
    for field in ("number", "title", "replaces"):
        value = getattr(policy, field)
        if value and not stands_in(value, flat):
            yield Fault(f"policy.toml:{field}", f"「{value}」不在原文中。")
    days = {literal.values[0] for literal in read_literals(flat) if literal.kind == "date"}
    for field in ("issued_on", "valid_from", "valid_to"):
        day = getattr(policy, field)
        if day and day not in days:
            yield Fault(f"policy.toml:{field}", f"日期 {day} 不在原文中。")
    rules = policy.model_dump(mode="json", include={"groups", "total_cap"})
    yield from _check_citations(rules, "policy.toml", flat, flat)
    if policy.total_cap:
        yield from _check_number(policy.total_cap.rate, "policy.toml:total_cap.rate", "rate")
        if policy.total_cap.lifted_quote and not stands_in(policy.total_cap.lifted_quote, flat):
            yield Fault("policy.toml:total_cap.lifted_quote", f"「{policy.total_cap.lifted_quote}」不在原文中。")


def _check_clauses(document: DocumentFiles, corpus: CorpusFiles) -> Iterator[Fault]:
    folder = document.folder / "clauses"
    on_disk = {path.stem for path in folder.glob("*.toml")} if folder.exists() else set()
    for extra in sorted(on_disk - set(document.policy.clause_order)):
        yield Fault(f"clauses/{extra}.toml", "文件没有列入 policy.toml 的 clause_order。")
    flat = flatten(document.text)
    for clause in document.clauses:
        path = f"clauses/{clause.id}.toml"
        for fault in _check_clause(clause, document, corpus, flat):
            yield Fault(path + fault.path, fault.message)
    claimed = {squeeze(clause.library.bracket) for clause in document.clauses}
    for bracket in find_brackets(flat):
        if bracket not in claimed:
            yield Fault("clauses", f"原文中的「{bracket}」没有任何条款引用。")


def _check_clause(clause: ClauseEntry, document: DocumentFiles, corpus: CorpusFiles, flat: str) -> Iterator[Fault]:
    node = next((node for node in document.nodes if node.ref == clause.library.node), None)
    if node is None:
        yield Fault(":library.node", f"条文「{clause.library.node}」不存在。")
    elif not stands_in(clause.sentence, squeeze(node.text)):
        yield Fault(":sentence", f"「{clause.sentence}」不在条文 {node.ref} 中。")
    yield from _check_bracket(clause, corpus, flat)
    if clause.library.quota:
        yield from _check_citations({"quota": clause.library.quota.model_dump()}, ":library", flat, clause.sentence)
        yield from _check_number(clause.library.quota, ":library.quota", "quota")
    if not clause.is_monetary:
        return
    try:
        definition = ClauseDefinition.model_validate(clause.definition)
    except ValidationError as error:
        for item in error.errors():
            place = ".".join(str(part) for part in item["loc"])
            yield Fault(f":{place}", item["msg"])
        return
    yield from _check_citations(clause.definition, "", flat, squeeze(clause.sentence))
    yield from _check_numbers(definition, clause)
    year_facts = {fact["key"] for fact in document.policy.year_facts}
    for place, message in unused_facts(definition, year_facts):
        yield Fault(f":{place}", message)
    known = document.policy.library.evidence
    for key in _evidence_keys(definition) | set(clause.library.optional_evidence):
        if key not in known:
            yield Fault(":evidence", f"申报材料「{key}」没有在 policy.toml 的 library.evidence 中说明。")


def _check_bracket(clause: ClauseEntry, corpus: CorpusFiles, flat: str) -> Iterator[Fault]:
    if not stands_in(clause.library.bracket, flat):
        yield Fault(":library.bracket", f"「{clause.library.bracket}」不在原文中。")
    try:
        bracket = parse_bracket(clause.library.bracket)
    except BracketError as error:
        yield Fault(":library.bracket", str(error))
        return
    known = {unit.name for unit in corpus.units} | {group.printed for group in corpus.groups}
    for name in (*bracket.lead, *bracket.cooperating, *bracket.responsible):
        if name not in known:
            yield Fault(":library.bracket", f"单位「{name}」没有在 units.toml 中说明。")


def _evidence_keys(definition: ClauseDefinition) -> set[str]:
    return {key for fact in definition.facts for item in (fact, *fact.columns) for key in item.evidence}


def _walk(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table inside a raw definition, with its place."""
    if isinstance(value, dict):
        yield place, value
        for key, inner in value.items():
            yield from _walk(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{place}[{index}]")


def _check_citations(raw: dict[str, Any], prefix: str, flat: str, sentence: str) -> Iterator[Fault]:
    """Quotations stand in the text; a quotation with a number stands in the clause's own sentence."""
    for place, table in _walk(raw, ""):
        quote = table.get("quote")
        if not isinstance(quote, str):
            continue
        if not stands_in(quote, flat):
            yield Fault(f"{prefix}:{place}.quote", f"「{quote}」不在原文中。")
        elif "literal" in table and not stands_in(quote, squeeze(sentence)):
            yield Fault(f"{prefix}:{place}.quote", f"「{quote}」不在本条款的原文句中。")


def _cited(value: Any, place: str) -> Iterator[tuple[str, CitedMoney | CitedRate | CitedTimes | CitedCount]]:
    if isinstance(value, (CitedMoney, CitedRate, CitedTimes, CitedCount)):
        yield place, value
    elif hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            yield from _cited(getattr(value, name), f"{place}.{name}" if place else name)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _cited(inner, f"{place}[{index}]")


def _check_numbers(definition: ClauseDefinition, clause: ClauseEntry) -> Iterator[Fault]:
    used: set[str] = set()
    for place, number in _cited(definition, ""):
        used.add(number.literal)
        yield from _check_number(number, f":{place}", place.rsplit(".", 1)[-1])
    for literal in read_literals(squeeze(clause.sentence)):
        counts = literal.kind in _RULE_KINDS or (literal.kind == "count" and literal.text.endswith(_RULE_COUNTERS))
        if counts and literal.text not in used:
            yield Fault(":sentence", f"原文句中的「{literal.text}」没有被任何规则引用。")


def _check_number(number: CitedMoney | CitedRate | CitedTimes | CitedCount, place: str, role: str) -> Iterator[Fault]:
    kind, value = _typed(number)
    printed = [literal for literal in read_literals(squeeze(number.quote)) if literal.text == number.literal]
    if not printed:
        yield Fault(place, f"「{number.literal}」不是引文「{number.quote}」中的一个数。")
        return
    # A range gives the floor its first and the ceiling its last value; everything else reads one value.
    wanted = {"floor": slice(0, 1), "ceiling": slice(-1, None)}.get(role, slice(None))
    if not any(literal.kind == kind and value in _values(literal.values, wanted) for literal in printed):
        yield Fault(place, f"「{number.literal}」读作 {_shown(printed[0].values)}，与所填的 {number.value} 不符。")


def _values(values: tuple[Value, ...], wanted: slice) -> Iterable[Value]:
    return values[wanted] if len(values) > 1 else values


def _shown(values: tuple[Value, ...]) -> str:
    return "、".join(str(value) for value in values)


def _typed(number: CitedMoney | CitedRate | CitedTimes | CitedCount) -> tuple[str, Value]:
    if isinstance(number, CitedMoney):
        return "money", number.fen
    if isinstance(number, CitedRate):
        return "percent", number.fraction
    if isinstance(number, CitedTimes):
        return "times", number.fraction
    return "count", number.value


def _check_targets(document: DocumentFiles, corpus: CorpusFiles) -> Iterator[Fault]:
    targets = document.targets
    if targets is None:
        return
    codes = {unit.code for unit in corpus.units}
    table = next((node.text for node in document.nodes if node.ref == targets.table_node), "")
    printed = table.split("\n")[1:]
    rows = [f"{row.printed}|{row.focus}|{row.target}" for row in targets.districts] + [f"合计||{targets.total}"]
    if printed != rows:
        yield Fault("targets.toml", "目标表与原文所印的表不一致。")
    if not stands_in(targets.note, flatten(document.text)):
        yield Fault("targets.toml:note", "备注不在原文中。")
    for row in targets.districts:
        if row.unit not in codes:
            yield Fault("targets.toml", f"单位「{row.unit}」没有在 units.toml 中说明。")
