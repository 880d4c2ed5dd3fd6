"""The history of a clause and of the rules: every version, every save, differences in words; restoring, putting aside,
taking up again; a draft beside what is in force."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Role, require
from common.errors import DomainError
from policies.actions.drafts import discard_draft, restore_edit, resume_draft, waits_for_publication
from policies.enums import VersionState
from policies.forms.publication import MoveForm, RestoreForm, name_of
from policies.models import ClauseVersion, Document, DraftEdit, PolicyRules
from policies.permissions import may_edit
from policies.presenters import tabs, version_ways
from policies.queries.comparison import told_differences
from policies.queries.history import default_pair, states_of, stories, story_of
from policies.queries.lint import document_of
from policies.queries.side_by_side import compared_content, compared_with, side_by_side, versions_beside, year_labels

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)
Version = ClauseVersion | PolicyRules


def clause_version(request: HttpRequest, pk: int) -> ClauseVersion:
    """A version of a clause whose document this person sees; 404 otherwise."""
    rows = ClauseVersion.objects.select_related("clause__document", "drafted_by", "based_on")
    documents = Document.objects.visible_to(request.user)
    found: ClauseVersion = get_object_or_404(rows.filter(clause__document__in=documents), pk=pk)
    return found


def rules_version(request: HttpRequest, pk: int) -> PolicyRules:
    """A version of a document's rules, as `clause_version`."""
    rows = PolicyRules.objects.select_related("document", "drafted_by", "based_on")
    found: PolicyRules = get_object_or_404(rows.filter(document__in=Document.objects.visible_to(request.user)), pk=pk)
    return found


def version_context(request: HttpRequest, version: Version, here: str) -> dict[str, Any]:
    """What every page of one version shows: whose it is, where one is, the ways to its other pages."""
    is_clause = isinstance(version, ClauseVersion)
    kind = "clause" if is_clause else "rules"
    document = document_of(version)
    name = f"{version.clause.clause_id} {version.clause.title}" if isinstance(version, ClauseVersion) else "通用规则"
    return {
        "document": document,
        "version": version,
        "kind": kind,
        "name": name,
        "here": f"{version.clause.clause_id if isinstance(version, ClauseVersion) else name} 第 {version.number} 版",
        "ways": version_ways(version, here),
        "may_edit": may_edit(request.user),
        "end_url": f"{reverse('editing:publications', args=[document.slug])}?end={name_of(version)}#new-title",
        "is_draft": version.state == VersionState.DRAFT,
        "waits": waits_for_publication(version),
        "waits_text": "已提交发布，撤回或退回之前不能修改。"
        if version.state == VersionState.DRAFT
        else "已提交停用或提前终止，等待另一位管理员发布；在那以前仍然有效。",
        "tabs": tabs("", document),
    }


@require(*READERS)
@require_safe
def clause_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version of a clause, and every save of this one."""
    return _history(request, clause_version(request, pk))


@require(*READERS)
@require_safe
def rules_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version of a document's rules, and every save of this one."""
    return _history(request, rules_version(request, pk))


def _history(
    request: HttpRequest, version: Version, *, move: MoveForm | None = None, error: DomainError | None = None
) -> HttpResponse:
    states = states_of(version)
    named = {state.key: state for state in states}
    first, second = default_pair(version, states)
    left = named.get(request.GET.get("left", ""), first)
    right = named.get(request.GET.get("right", ""), second)
    context = {
        **version_context(request, version, "history"),
        "stories": stories(version),
        "story": story_of(version),
        "edits": version.edits.select_related("saved_by"),
        "states": states,
        "left": left,
        "right": right,
        "differences": told_differences(left.content, right.content) if left and right and left != right else [],
        "move": move or MoveForm(initial={"edit": version.edit}),
        "error": error,
        "has_errors": error is not None or bool(move and move.errors),
    }
    status = error.status if error else 422 if move and move.errors else 200
    return render(request, "policies/editing/history.html", context, status=status)


@require(Role.ADMINISTRATOR)
@require_POST
def edit_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Save an earlier state of a draft as its newest."""
    user: Any = request.user
    edit = get_object_or_404(DraftEdit.objects.select_related("clause_version", "rules"), pk=pk)
    version = _of(request, edit)
    form = RestoreForm(request.POST)
    if not form.is_valid():
        return _history(request, version, move=MoveForm(request.POST))
    try:
        restore_edit(edit, expected_edit=form.cleaned_data["edit"], by=user, at=timezone.now())
    except DomainError as error:
        return _history(request, version, error=error)
    messages.success(request, f"已恢复到第 {edit.edit} 次修改；此前的内容仍保留在沿革中。")
    return redirect(_history_url(version))


@require(Role.ADMINISTRATOR)
@require_POST
def clause_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft of a clause aside."""
    return _move(request, clause_version(request, pk), discard=True)


@require(Role.ADMINISTRATOR)
@require_POST
def clause_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Take up again a draft of a clause."""
    return _move(request, clause_version(request, pk), discard=False)


@require(Role.ADMINISTRATOR)
@require_POST
def rules_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft of the rules aside."""
    return _move(request, rules_version(request, pk), discard=True)


@require(Role.ADMINISTRATOR)
@require_POST
def rules_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Take up again a draft of the rules."""
    return _move(request, rules_version(request, pk), discard=False)


def _move(request: HttpRequest, version: Version, *, discard: bool) -> HttpResponse:
    user: Any = request.user
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _history(request, version, move=form)
    step, done = (discard_draft, "已搁置，内容都保留着。") if discard else (resume_draft, "已恢复为草稿。")
    try:
        step(
            version,
            expected_edit=form.cleaned_data["edit"],
            reason=form.cleaned_data["reason"],
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        version.refresh_from_db()
        return _history(
            request, version, move=MoveForm(initial={**form.cleaned_data, "edit": version.edit}), error=error
        )
    messages.success(request, done)
    return redirect(_history_url(version))


def _of(request: HttpRequest, edit: DraftEdit) -> Version:
    if edit.clause_version_id is not None:
        return clause_version(request, edit.clause_version_id)
    return rules_version(request, edit.rules_id or 0)


def _history_url(version: Version) -> str:
    kind = "clause" if isinstance(version, ClauseVersion) else "rules"
    return reverse(f"editing:{kind}_history", args=[version.pk])


@require(*READERS)
@require_safe
def clause_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """A version of a clause beside another one, by default the one in force."""
    return _compare(request, clause_version(request, pk))


@require(*READERS)
@require_safe
def rules_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """A version of the rules beside another one, by default the one in force."""
    return _compare(request, rules_version(request, pk))


def _compare(request: HttpRequest, version: Version) -> HttpResponse:
    others = versions_beside(version)
    named = {str(other.pk): other for other in others}
    other = named.get(request.GET.get("with", "")) or compared_with(version)
    after = compared_content(version)
    before = compared_content(other) if other is not None else None
    context = {
        **version_context(request, version, "compare"),
        "others": others,
        "other": other,
        "parts": side_by_side(before, after, year_labels(document_of(version))),
        "differences": told_differences(before, after) if before is not None else [],
    }
    return render(request, "policies/editing/compare.html", context)
