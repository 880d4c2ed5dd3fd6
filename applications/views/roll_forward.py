"""Corrected typing rolled forward: which files would be moved, and the question whether to."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Role, require
from applications.actions.roll_forward import refusal, roll_forward
from applications.queries.standing import moves_of, version_words
from common.errors import Conflict, DomainError
from policies.enums import UNPUBLISHED
from policies.models import ClauseVersion
from policies.presenters import tabs


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.ADMINISTRATOR)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The undecided files of a published or retired version; POST moves those that differ in wording alone."""
    user: Any = request.user
    version = get_object_or_404(
        ClauseVersion.objects.exclude(state__in=UNPUBLISHED).select_related("clause__document"), pk=pk
    )
    errors: list[str] = []
    status = 200
    if request.method == "POST":
        try:
            moved = roll_forward(version=version, by=user, at=timezone.now())
        except (Conflict, DomainError) as error:
            errors, status = [text for texts in error.errors.values() for text in texts], error.status
        else:
            messages.success(request, f"已将 {len(moved)} 件申报转到更正后的版本，每件都有记录。")
            return redirect("applications:roll_forward", pk)
    moves = moves_of(version)
    context = {
        "version": version,
        "words": version_words(version),
        "document": version.clause.document,
        "tabs": tabs("editing:document", version.clause.document),
        "allowed": [(move, version_words(move.target)) for move in moves if move.is_allowed],
        "refused": [(move, refusal(move)) for move in moves if not move.is_allowed],
        "errors": errors,
        "has_errors": bool(errors),
    }
    return render(request, "applications/roll_forward.html", context, status=status)
