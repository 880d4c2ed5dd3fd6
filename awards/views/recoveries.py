"""追回: the list, reporting a finding, one recovery with the forms of whoever reads it, its files."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ENTERPRISE, OFFICER, Role, has_role, require
from accounts.enums import UnitRole
from applications.forms.messages import enclosures
from awards.actions.bans import ban_of
from awards.actions.recoveries import report_finding
from awards.enums import ProposalState, RecoveryState
from awards.forms.publicity import VersionForm
from awards.forms.recoveries import (
    DecisionForm,
    DropForm,
    FindingForm,
    LiftForm,
    NoteForm,
    ReceiptForm,
    ReverseForm,
    SetOffForm,
    SetOffReturnForm,
    VoucherForm,
)
from awards.models import Award, Recovery, RecoveryFile
from awards.permissions import CONFIRMERS, DRAFTERS, why_not_for_lead
from awards.queries.owed import free_shares, had_fen, recoverable_fen, targets_of
from awards.queries.recoveries import why_not_report
from awards.recovery_letters import notice_key
from awards.recovery_presenters import TABS, TONES, receipt_rows, recovery_row, standing_entries, steps_of
from common.errors import DomainError, NotAllowed
from common.money import yuan
from common.queries import working_calendar
from common.views.downloads import stored_download
from letters.models import Letter
from reviews.queries.routes import procedure_settings

PAGE_SIZE = 25
ROOM = (*ENTERPRISE, *OFFICER, Role.AUDITOR)


@require_safe
@require(*ROOM)
def recovery_list(request: HttpRequest) -> HttpResponse:
    """The recoveries that the person may read, by state; due first where money is awaited."""
    user: Any = request.user
    mine = Recovery.objects.visible_to(user)
    counts = dict(mine.order_by().values_list("state").annotate(count=Count("pk")))
    office = has_role(user, (*OFFICER, Role.AUDITOR))
    tabs = [tab for tab in TABS if office or tab[0] in {"demanded", "closed"}]
    chosen = next((tab for tab in tabs if tab[0] == request.GET.get("view")), None)
    if chosen is None:
        # What is there to do comes first: decisions that wait, else money that is awaited.
        chosen = next((tab for tab in tabs[:2] if any(counts.get(state) for state in tab[2])), tabs[0])
    order = ("due_on", "pk") if chosen[0] == "demanded" else ("-found_at", "-pk")
    found = (
        mine.filter(state__in=chosen[2])
        .with_sums()
        .select_related("award__application__enterprise", "award__application__clause", "unit")
        .order_by(*order)
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    today, calendar = timezone.localdate(), working_calendar()
    here = reverse("awards:recoveries")
    context = {
        "rows": [recovery_row(row, today=today, calendar=calendar) for row in page],
        "page_obj": page,
        "office": office,
        "chosen": chosen[0],
        "tabs": [
            {
                "label": label,
                "url": f"{here}?view={key}",
                "active": key == chosen[0],
                "count": sum(counts.get(state, 0) for state in states),
            }
            for key, label, states in tabs
        ],
    }
    return render(request, "awards/recoveries/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*OFFICER)
def recovery_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a finding about a paid award."""
    user: Any = request.user
    award = get_object_or_404(
        Award.objects.visible_to(user).select_related("application__enterprise", "application__clause", "unit"), pk=pk
    )
    if because := why_not_report(award, user):
        raise NotAllowed(because)
    form, status = FindingForm(), 200
    if request.method == "POST":
        try:
            made = report_finding(
                award=award,
                finding=request.POST.get("finding", ""),
                files=enclosures(request.FILES),
                by=user,
                at=timezone.now(),
            )
        except DomainError as error:
            form, status = FindingForm.refused(request.POST, request.FILES, error), error.status
        else:
            return redirect("awards:recovery", made.pk)
    running = award.recoveries.visible_to(user).exclude(state__in=[RecoveryState.CLOSED, RecoveryState.DROPPED]).first()
    context = {
        "award": award,
        "application": award.application,
        "form": form,
        "running": running,
        "had_fen": had_fen(award),
        "left_fen": recoverable_fen(award),
    }
    return render(request, "awards/recoveries/new.html", context, status=status)


def own_recovery(request: HttpRequest, pk: int) -> Recovery:
    """A recovery that the person may read; 404 otherwise."""
    user: Any = request.user
    return get_object_or_404(
        Recovery.objects.visible_to(user)
        .with_sums()
        .select_related(
            "award__application__enterprise",
            "award__application__clause__document",
            "award__account__enterprise",
            "award__unit",
            "unit",
            "found_by",
            "drafted_by",
            "decided_by",
        ),
        pk=pk,
    )


def page_of(request: HttpRequest, recovery: Recovery, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a recovery; a form that was refused comes back in `forms` under its name."""
    user: Any = request.user
    award, state = recovery.award, RecoveryState(recovery.state)
    member = award.account.enterprise.members.filter(user=user, is_active=True).exists()
    drafter = not member and not why_not_for_lead(award, user, DRAFTERS)
    approver = not member and not why_not_for_lead(award, user, CONFIRMERS)
    reporter = not member and (drafter or approver or not why_not_report(award, user))
    inside = not member and (reporter or has_role(user, (Role.AUDITOR,)) or _of_unit(recovery, user))
    demanded = state == RecoveryState.DEMANDED
    entries = receipt_rows(
        recovery,
        list(
            recovery.receipts.select_related("by", "reverses", "reversed_by", "set_off__award__application").order_by(
                "pk"
            )
        ),
    )
    standing: int = recovery.standing_fen  # type: ignore[attr-defined]
    left = (recovery.amount_fen or 0) - standing
    days_left = working_calendar().working_days_left(timezone.localdate(), recovery.due_on) if recovery.due_on else None
    letter = Letter.objects.visible_to(user).filter(request_key=notice_key(recovery)).first()
    proposal = (
        recovery.set_off_proposals.select_related("award__application", "proposed_by")
        .filter(state=ProposalState.OPEN)
        .first()
        if inside
        else None
    )
    ban = ban_of(recovery) if recovery.decided_at else None
    head = (
        ban is not None
        and ban.lifted_at is None
        and not member
        and not why_not_for_lead(award, user, (UnitRole.LEADER,))
    )
    context: dict[str, Any] = {
        "recovery": recovery,
        "award": award,
        "application": award.application,
        "enterprise": award.application.enterprise,
        "tone": TONES[state],
        "inside": inside,
        "member": member,
        "told": state in {RecoveryState.DEMANDED, RecoveryState.CLOSED},
        "demanded": demanded,
        "standing_fen": standing,
        "left_fen": left,
        "days_left": days_left,
        "entries": entries,
        "letter": letter,
        "steps": steps_of(recovery, letter, inside=inside, days_left=days_left),
        "files": [row for row in recovery.files.select_related("by") if inside or (member and _handed_in(row, award))],
        "proposal": proposal,
        "past_proposals": recovery.set_off_proposals.filter(state=ProposalState.WITHDRAWN).select_related(
            "closed_by", "award__application"
        )
        if inside
        else [],
        "ban": ban,
        "version_form": VersionForm(initial={"expected_version": recovery.version}, auto_id=False),
        "may_decide": approver and state == RecoveryState.DRAFTED and recovery.drafted_by_id != user.pk,
        "waits_for_another": approver and state == RecoveryState.DRAFTED and recovery.drafted_by_id == user.pk,
    }
    if drafter and state == RecoveryState.FOUND:
        most = recoverable_fen(award, besides=recovery)
        context |= {"decision_form": DecisionForm(initial=_drafted(recovery, most)), "most_fen": most}
    if approver and state in {RecoveryState.FOUND, RecoveryState.DRAFTED} and recovery.drafted_by_id != user.pk:
        context["drop_form"] = DropForm()
    if approver and state == RecoveryState.DRAFTED:
        context["note_form"] = NoteForm()
    if reporter and demanded:
        context["receipt_form"] = ReceiptForm(initial={"on": timezone.localdate()})
    takeable = standing_entries(entries)
    if reporter and takeable:
        context["reverse_form"] = ReverseForm(receipts=takeable)
    if member and demanded:
        context["voucher_form"] = VoucherForm()
    if drafter and demanded and proposal is None:
        targets = free_shares(targets_of(recovery))
        context |= {"set_off_form": SetOffForm(targets=targets) if targets else None, "no_targets": not targets}
    if proposal is not None and (approver or proposal.proposed_by_id == user.pk):
        own = proposal.proposed_by_id == user.pk
        context |= {
            "set_off_own": own,
            "set_off_version": VersionForm(initial={"expected_version": proposal.version}, auto_id=False),
            "set_off_return_form": SetOffReturnForm(own=own),
            "may_set_off": approver and not own and demanded,
        }
    if head:
        context["lift_form"] = LiftForm()
    context |= forms
    return render(request, "awards/recoveries/recovery.html", context, status=status)


@require_safe
@require(*ROOM)
def recovery(request: HttpRequest, pk: int) -> HttpResponse:
    """One recovery: what happened, what is outstanding, what the reader may do."""
    return page_of(request, own_recovery(request, pk))


@require_safe
@require(*ROOM)
def recovery_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A file of a recovery: all of them for those inside, for the enterprise what it handed in."""
    user: Any = request.user
    found = own_recovery(request, pk)
    member = found.award.account.enterprise.members.filter(user=user, is_active=True).exists()
    inside = not member and (
        has_role(user, (Role.AUDITOR,)) or _of_unit(found, user) or not why_not_report(found.award, user)
    )
    row = get_object_or_404(found.files.all(), pk=file)
    if not (inside or (member and _handed_in(row, found.award))):
        raise Http404
    return stored_download(row)


def _of_unit(recovery: Recovery, user: Any) -> bool:
    """Whether the person is one of the lead's, or heads or pays for the paying unit."""
    units = user.unit_memberships.filter(is_active=True, unit__is_active=True).exclude(role=UnitRole.EXPERT)
    paying = units.filter(unit__is_finance=True, role__in=[UnitRole.FINANCE, UnitRole.LEADER])
    return bool(units.filter(unit=recovery.unit_id).exists() or paying.exists())


def _handed_in(file: RecoveryFile, award: Award) -> bool:
    """Whether somebody of the enterprise handed the file in."""
    return award.account.enterprise.members.filter(user=file.by_id).exists()


def _drafted(recovery: Recovery, most_fen: int) -> dict[str, Any]:
    """What a returned draft said; of a first one the whole sum and the policy's years."""
    if recovery.amount_fen is not None:
        return {
            "amount": yuan(recovery.amount_fen).removesuffix(".00"),
            "due_on": recovery.due_on,
            "ban_years": recovery.ban_years,
            "reason": recovery.reason,
        }
    years = procedure_settings(recovery.award.application.clause.document).ban_years
    return {"amount": yuan(most_fen).removesuffix(".00"), "ban_years": years}
