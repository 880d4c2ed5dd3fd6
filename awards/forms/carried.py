"""An earlier change document in the fields again: whether they can hold all of it, without losing anything."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from awards.forms.change import ChangeForm
from common.canonical import canonical_json
from policies.rules.change import Adjustable


def carried_form(
    places: Iterable[Adjustable], titles: Mapping[str, str], change: Mapping[str, Any]
) -> ChangeForm | None:
    """The form filled in with an earlier change; None where its fields cannot show every part of it.

    Whether they can is not guessed: the filled-in form is read back as if it had been submitted, and must say the same.
    """
    places = list(places)
    form = ChangeForm(places, titles, change=change)
    again = ChangeForm(places, titles, _as_submitted(form))
    if not again.is_valid() or canonical_json(_plain(again.change())) != canonical_json(_plain(change)):
        return None
    return form


def _as_submitted(form: forms.Form) -> dict[str, Any]:
    """What a browser sends for a form that nobody touched."""
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, "", False)}


def _plain(change: Mapping[str, Any]) -> dict[str, Any]:
    """A change without what has no meaning: the number of its policy, empty parts, and the order inside a group."""
    plain = {key: value for key, value in change.items() if key != "policy" and value not in ("", {})}
    if plain.get("note") is None:
        plain.pop("note", None)
    if clauses := {key: keys for key, keys in plain.pop("clauses", {}).items() if keys}:
        plain["clauses"] = clauses
    if groups := plain.get("groups"):
        plain["groups"] = {name: sorted(members) if members else None for name, members in groups.items()}
    return plain
