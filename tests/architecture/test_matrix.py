"""Every address × every visitor × own, other and missing objects × GET and POST."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.urls.resolvers import URLResolver

from accounts.middleware import declared_access
from tests.architecture.matrix import TABLE, Row
from tests.architecture.world import World

#: What may come back to somebody who is let in; a refusal in words is an answer (403: the gesture is another role's).
SHOWN = {200, 302}
POSTED = {200, 302, 303, 400, 403, 405, 409, 422}


def _named(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _named(entry, inner)
        else:
            yield f"{space}{entry.name}", entry


def _ours() -> list[str]:
    """Names of the addresses whose views are ours: libraries guard themselves, the API is public (its own tests)."""
    found = []
    for name, entry in _named(get_resolver()):
        if declared_access(entry.callback) != "library" and not name.startswith("admin:"):
            found.append(name)
    return list(dict.fromkeys(found))


def test_no_address_is_missing_in_the_table_and_none_is_left_over():
    assert sorted(_ours()) == sorted(TABLE)


def _answer(client: Client, method: str, url: str) -> Any:
    """What comes back; whatever it changed is taken back, and nobody is held for asking so often."""
    cache.clear()
    with transaction.atomic():
        response = getattr(client, method)(url)
        if getattr(response, "streaming", False):
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response


def _fault(row: Row, role: str, method: str, response: Any, *, exists: bool) -> str:
    status = response.status_code
    if role not in row.door:
        if role == "anonymous" and method == "post" and status == 401:
            return "" if "no-store" in response.headers["Cache-Control"] else "what was sent may be cached"
        if role == "anonymous":
            return "" if status == 302 and "/accounts/login/" in response["Location"] else f"{status}, not sign-in"
        return "" if status == 403 else f"{status} instead of 403"
    if role != "anonymous" and "no-store" not in response.headers.get("Cache-Control", ""):
        return f"may be cached: {response.headers.get('Cache-Control')}"
    if role in row.told:
        return "" if status in {403, 404, 405} else f"{status} instead of a refusal"
    if not exists:
        return "" if status in {404, 405} or (row.leads and (method, status) == ("get", 302)) else f"{status}, not 404"
    if method == "get":
        return "" if status in SHOWN | {405} else f"{status} instead of a page"
    return "" if status in POSTED else f"{status} instead of an answer"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_may_come_here(name: str, world: World, db: None):
    row, faults = TABLE[name], []
    places: list[tuple[str, dict[str, Any]]] = []
    if row.own:
        places += [(key, row.own(side)) for key, side in world.sides.items()]
    elif row.world or not row.missing:
        places.append(("", row.world(world) if row.world else {}))
    if row.missing:
        places.append(("missing", row.missing(world.sides["a"])))
    for place, kwargs in places:
        url = reverse(name, kwargs=kwargs)
        for who, visitor in world.visitors.items():
            own = not place or place == visitor.side or not visitor.side
            exists = place != "missing" and own and visitor.role in row.shown_to
            for method in ("get", "post"):
                fault = _fault(row, visitor.role, method, _answer(visitor.client, method, url), exists=exists)
                if fault:
                    faults.append(f"{who} {method} {place or 'page'}: {fault}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_nothing_is_posted_without_its_token(name: str, world: World, db: None):
    row, side = TABLE[name], world.sides["a"]
    kwargs = row.own(side) if row.own else (row.world(world) if row.world else (row.missing or (lambda _: {}))(side))
    url, faults = reverse(name, kwargs=kwargs), []
    for who, visitor in world.visitors.items():
        if visitor.role in row.door and visitor.side in {"", "a"}:
            strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
            strict.cookies.update(visitor.client.cookies)
            status = _answer(strict, "post", url).status_code
            if status not in {403, 405}:
                faults.append(f"{who}: {status}")
    assert not faults, "\n".join(faults)
