"""No view exists without a declared permission, and what is open to everybody is a list that people read."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.access import Role, public, require, signed_in
from accounts.middleware import AccessMiddleware, declared_access


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address pattern of the site with its full path."""
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        else:
            yield path, entry


ALL = list(patterns(get_resolver()))


def test_the_walk_finds_the_site():
    paths = {path for path, _ in ALL}
    assert {"", "healthz", "accounts/login/", "enterprise/", "verification/<int:pk>/"} <= paths


def test_every_view_declares_its_permission():
    undeclared = [path for path, entry in ALL if declared_access(entry.callback) is None]
    assert undeclared == []


def test_declarations_are_of_the_known_kinds():
    for path, entry in ALL:
        access = declared_access(entry.callback)
        known = access in {"public", "signed_in", "library"} or (isinstance(access, frozenset) and access <= set(Role))
        assert known, path


def test_library_views_are_of_libraries():
    """A module of ours cannot slip through as a library that guards itself."""
    ours = tuple(f"{name}." for name in ("accounts", "applications", "awards", "common", "letters", "nanchang_ei"))
    ours += ("policies.", "reviews.")
    for path, entry in ALL:
        in_admin = hasattr(entry.callback, "model_admin") or hasattr(entry.callback, "admin_site")
        if declared_access(entry.callback) == "library" and not in_admin:
            view = getattr(entry.callback, "view_class", entry.callback)
            assert not (view.__module__ + ".").startswith(ours), path


def test_a_view_without_declaration_is_refused(rf: RequestFactory):
    def view(request):
        raise AssertionError("must not be reached")

    middleware = AccessMiddleware(lambda request: None)
    with pytest.raises(ImproperlyConfigured, match="declares no permission"):
        middleware.process_view(rf.get("/"), view, (), {})


def test_declaring_needs_no_wrapper():
    for declare, expected in ((public, "public"), (signed_in, "signed_in"), (require(Role.AUDITOR), {Role.AUDITOR})):

        def view(request):
            return None

        assert declared_access(declare(view)) == expected


def test_the_middleware_that_enforces_is_installed():
    names = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
    assert names.index("AuthenticationMiddleware") < names.index("AccessMiddleware")


@pytest.mark.django_db
def test_every_page_of_the_admin_asks_its_site():
    """Whatever an app adds to the admin, the anonymous are sent away before it is reached."""
    pages = [(path, entry) for path, entry in ALL if path.startswith("admin/") and "<" not in path]
    assert len(pages) > 10
    client = Client()
    for path, _ in pages:
        if path not in {"admin/login/", "admin/logout/"}:
            response = client.get(f"/{path}")
            assert response.status_code in {302, 403}, path
            assert "login" in response.get("Location", "login"), path
