"""Where a fault of a policy stands, for people: 条款 3.4.2（第 2 版草稿）的第 1 个条件「…」的标准, and the address of
its field in the editor. The lints know paths; the words are those of the form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.urls import reverse

from policies.blocks.places import field_of, places_of
from policies.blocks.shapes import PrintedClause, RulesDefinition, Schema
from policies.blocks.wording import where
from policies.enums import VersionState
from policies.lint import LintFault
from policies.lint.words import called
from policies.models import ClauseVersion, Document, PolicyRules
from policies.rules.schema import ClauseDefinition

Version = ClauseVersion | PolicyRules
#: What stands in a document: versions by the number of their clause, the rules by `RULES`.
Stand = Mapping[str, Version]
RULES = "rules"

_OF_RULES = ("year_facts", "total_cap", "groups", RULES)
#: A lint's path below a clause: its number, the rest.
CLAUSE_PATH = re.compile(r'clauses\["([^"]+)"\]\.?(.*)', re.DOTALL)


def schema_of(version: Version) -> Schema:
    """What the definition of a version is read as."""
    if isinstance(version, PolicyRules):
        return RulesDefinition
    return ClauseDefinition if version.clause.is_monetary else PrintedClause


def place_of(version: Version) -> str:
    """The key of a version in a `Stand`."""
    return RULES if isinstance(version, PolicyRules) else version.clause.clause_id


def called_version(version: Version) -> str:
    """通用规则第 3 版草稿, 条款 3.4.2 第 1 版."""
    draft = "草稿" if version.state == VersionState.DRAFT else ""
    what = "通用规则" if isinstance(version, PolicyRules) else f"条款 {version.clause.clause_id} "
    return f"{what}第 {version.number} 版{draft}"


def against_words(fault: LintFault, stand: Stand) -> str:
    """What a fault was judged against beside its own definition: （对照通用规则第 3 版草稿）; else empty."""
    rules = stand.get(RULES)
    if fault.against == "rules":
        return f"（对照{called_version(rules)}）" if rules else "（没有通用规则可以对照）"
    if fault.against == "clauses":
        drafts = [one for key, one in stand.items() if key != RULES and one.state == VersionState.DRAFT]
        named = [f"{one.clause.clause_id} 第 {one.number} 版" for one in drafts if isinstance(one, ClauseVersion)]
        more = f" 等 {len(named)} 份" if len(named) > 3 else ""
        return f"（对照条款草稿 {'、'.join(named[:3])}{more}和已发布的条款）" if named else "（对照已发布的条款）"
    return ""


def located(fault: LintFault, document: Document, stand: Stand) -> LintFault:
    """The fault with its place in words, its address, and beside what it was judged."""
    words, link = _place(fault.path, document, stand)
    return replace(fault, message=with_against(fault, stand), where=words, link=link)


def with_against(fault: LintFault, stand: Stand) -> str:
    """What is wrong, and beside what it was judged where that is another version."""
    against = against_words(fault, stand)
    return f"{fault.message.removesuffix('。')}{against}。" if against else fault.message


def _place(path: str, document: Document, stand: Stand) -> tuple[str, str]:
    if found := CLAUSE_PATH.fullmatch(path):
        version = stand.get(found[1])
        if version is None:
            return f"条款 {found[1]}", reverse("editing:document", args=[document.slug])
        return _in_version(version, found[2])
    if path.startswith(_OF_RULES):
        rules = stand.get(RULES)
        if rules is None:
            return "通用规则", reverse("editing:document", args=[document.slug])
        return _in_version(rules, "" if path == RULES else path.removeprefix(f"{RULES}."))
    head = re.split(r"[.\[]", path, maxsplit=1)[0]
    match head:
        case "":
            return "", ""
        case "settings":
            return "待确认事项", reverse("editing:settings", args=[document.slug])
        case "series":
            return "参考利率", reverse("editing:series")
        case "clauses":
            return "条款", reverse("editing:document", args=[document.slug])
        case "source_sha256":
            return "正文", reverse("editing:document_text", args=[document.slug])
    return f"文件的{called(head)}", reverse("editing:document_head", args=[document.slug])


def _in_version(version: Version, path: str) -> tuple[str, str]:
    form, words = form_place(version, version.definition, path)
    if form == "cases" and isinstance(version, ClauseVersion):
        return f"{called_version(version)}的算例", reverse("editing:cases", args=[version.pk])
    anchor = f"#id_{form}" if form else ""
    return f"{called_version(version)}的{words}" if words else called_version(version), f"{_page(version)}{anchor}"


def _page(version: Version) -> str:
    """As `presenters.editor_url`, which knows the queries that tell places."""
    return reverse("editing:clause" if isinstance(version, ClauseVersion) else "editing:rules", args=[version.pk])


def form_place(version: Version, definition: Any, path: str) -> tuple[str, str]:
    """(path of the form, its words) of a lint's path inside a version's definition."""
    form = "sentence.quote" if path == "sentence" else field_of(path, places_of(definition))
    return form, where(schema_of(version), definition, form)
