"""What differs between two states of a clause or of the rules, in words; and whether only words differ."""

from typing import Any

from pydantic import ValidationError

from policies.drafts import ClauseContent
from policies.lint.brackets import BracketError, parse_bracket
from policies.rules.schema import ClauseDefinition

#: Fields of a definition that a person reads and nothing computes with.
_WORDS = frozenset(
    {"title", "sentence", "label", "help", "quote", "literal", "source", "lifted_quote", "untranslated", "reason"}
)


def is_wording_only(before: ClauseContent, after: ClauseContent) -> bool:
    """Whether two contents of a clause mean the same and differ, if at all, in what is printed.

    Wording: titles, labels, help, notes, the printed sentence, quotations and the spelling of a number. Everything else
    is substance: what is asked for and its types and bounds, numbers, references, conditions, blocks, limits, units and
    their order, which documents are attached, and the last day. The first day is not: a correction begins on its own.
    """
    return _substance(before) == _substance(after)


def _substance(content: ClauseContent) -> Any:
    return {
        "definition": _without_words(_normal(content.definition)),
        "units": _units(content.bracket),
        "evidence": [
            {name: one.get(name) for name in ("key", "scope", "required", "common")} for one in content.evidence
        ],
        "valid_to": content.valid_to,
    }


def _normal(definition: dict[str, Any]) -> Any:
    """A definition with its defaults written out, where it is a valid one: leaving a default away is no substance."""
    try:
        return ClauseDefinition.model_validate(definition).model_dump(mode="json")
    except ValidationError:
        return definition


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_words(inner) for key, inner in value.items() if key not in _WORDS}
    if isinstance(value, list | tuple):
        return [_without_words(inner) for inner in value]
    return value


def _units(bracket: str) -> Any:
    """The units as they are read; the bare text where it cannot be read, so that nothing passes for the same."""
    try:
        return parse_bracket(bracket)
    except BracketError:
        return "".join(bracket.split())
