"""What every page of one application needs."""

from typing import Any, cast

from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.models import User
from applications.models import Application
from applications.permissions import actor_of
from applications.workflow import Actor


def person(request: HttpRequest) -> User:
    """Who is signed in; AccessMiddleware lets nobody else reach a view of this app."""
    return cast(User, request.user)


def own_application(request: HttpRequest, pk: int) -> Application:
    """The application, if it is one of the user's own enterprises; 404 otherwise."""
    application = (
        Application.objects.visible_to(person(request))
        .select_related("enterprise__district", "clause__document", "call", "clause_version")
        .filter(pk=pk)
        .first()
    )
    if application is None:
        raise Http404
    return application


def is_legal(request: HttpRequest, application: Application) -> bool:
    """Whether the user may file for this enterprise."""
    return actor_of(person(request), application.enterprise_id) == Actor.LEGAL


def crumbs(application: Application, here: str = "") -> list[dict[str, Any]]:
    """The way to the page: list, application, here."""
    trail: list[dict[str, Any]] = [{"label": "我的申报", "url": reverse("applications:list")}]
    name = f"{application.clause.clause_id} {application.clause.title}"
    trail.append({"label": name, "url": reverse("applications:detail", args=[application.pk]) if here else None})
    if here:
        trail.append({"label": here, "url": None})
    return trail
