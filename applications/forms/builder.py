"""From the declaration of a fact to a form field: one table, one row per type."""

from collections.abc import Callable
from typing import Any

from django import forms

from applications.forms.fields import CountField, DayField, FlagField, MoneyField, OptionField, WordsField
from policies.rules.schema import Column, FactDecl

_BUILDERS: dict[str, Callable[[Column, dict[str, Any]], forms.Field]] = {
    "money": lambda decl, common: MoneyField(
        unit=decl.entry_unit, minimum=decl.minimum, maximum=decl.maximum, **common
    ),
    "count": lambda decl, common: CountField(minimum=decl.minimum, maximum=decl.maximum, **common),
    "date": lambda decl, common: DayField(minimum=decl.minimum, maximum=decl.maximum, **common),
    "flag": lambda decl, common: FlagField(**common),
    "choice": lambda decl, common: OptionField(
        options=[(choice.value, choice.label) for choice in decl.choices], **common
    ),
    "text": lambda decl, common: WordsField(long=isinstance(decl, FactDecl), **common),
}


def build_field(declaration: Column) -> forms.Field:
    """The field of a plain fact or of a column; what is missing for filing is told by applications.queries.missing."""
    common = {
        "label": declaration.label,
        "help_text": declaration.help,
        "required": declaration.required and not declaration.nullable,
    }
    return _BUILDERS[declaration.type](declaration, common)


class DeclaredForm(forms.Form):
    """Base of the forms made from declarations; a browser must not hold back a half-filled draft either."""

    use_required_attribute = False


def build_form(declarations: tuple[Column, ...] | list[Column], *, deletable: bool = False) -> type[forms.Form]:
    """A form class with one field per declaration, in their order; `deletable` adds the box that removes a row."""
    fields: dict[str, Any] = {declaration.key: build_field(declaration) for declaration in declarations}
    if deletable:
        fields["DELETE"] = forms.BooleanField(label="移除这一条", required=False)
    return type("DeclaredForm", (DeclaredForm,), fields)


def entry_of(declaration: Column, value: Any) -> str:
    """A stored value as the text of its input; "" where there is none."""
    if value is None:
        return ""
    field: Any = build_field(declaration)
    return str(field.entry(value))
