"""公示 as the officers of a lead see it: rounds, a draft, publishing it, what became of it."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, require
from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions.publicity import MAX_ITEMS, cancel_round, change_round, draft_round, publish_round
from awards.enums import ItemState, ObjectionState, RoundState
from awards.forms.publicity import RoundForm, VersionForm
from awards.letters_publicity import round_subject
from awards.models import Award, Objection, PublicityRound
from awards.permissions import CONFIRMERS, DRAFTERS, holds
from awards.publicity_presenters import ITEM_TONES, ROUND_TONES, award_rows, objection_row, round_row, units_in_role
from awards.queries.entered import entered_since
from awards.queries.publicity import (
    draft_rows,
    in_order,
    last_day_of,
    line_of,
    period_of,
    publishable,
)
from common import storage
from common.errors import Conflict, DomainError
from common.keys import keys_sent
from common.money import grouped
from common.queries import working_calendar
from common.templatetags.ui import zhdate
from letters.enums import LetterKind, LetterState
from letters.models import Letter
from reviews.views.decide import seen_version

PAGE_SIZE = 25
ROOM = (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER, Role.LEADER, Role.AUDITOR)


def gesture(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that takes what the round's page sends; whoever opens its address is led to the round."""

    @wraps(view)
    def answer(request: HttpRequest, pk: int) -> HttpResponse:
        return view(request, pk) if request.method == "POST" else redirect("awards:round", pk)

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


def own_round(request: HttpRequest, pk: int) -> PublicityRound:
    """A round that the person may read; 404 otherwise."""
    user: Any = request.user
    rounds = PublicityRound.objects.visible_to(user).select_related("unit", "drafted_by", "published_by")
    return get_object_or_404(rounds, pk=pk)


@require_safe
@require(*ROOM)
def rounds(request: HttpRequest) -> HttpResponse:
    """The rounds of one's lead, newest first, with the time that is left."""
    user: Any = request.user
    found = (
        PublicityRound.objects.visible_to(user)
        .select_related("unit")
        .annotate(
            items_count=Count("items"),
            held_count=Count("items", filter=Q(items__state=ItemState.HELD)),
            total_fen=Sum("items__amount_fen"),
        )
        .order_by("-drafted_at", "-pk")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    at, today = timezone.now(), timezone.localdate()
    context = {
        "rows": [round_row(one, at=at, today=today) for one in page],
        "page_obj": page,
        "may_draft": bool(units_in_role(user, UnitRole.HANDLER)),
        "waiting": _waiting(user),
    }
    return render(request, "awards/publicity/list.html", context)


def _waiting(user: Any) -> int:
    """How many objections of one's lead wait for an answer."""
    states = (ObjectionState.OPEN, ObjectionState.DRAFTED)
    return Objection.objects.visible_to(user).filter(state__in=states).count()


def _choices(user: Any) -> list[dict[str, Any]]:
    """Lead and policy year pairs for which the person may draft, with how many settled awards wait in each."""
    found = []
    for unit in units_in_role(user, UnitRole.HANDLER):
        years = publishable(user, unit).values("application__policy_year").annotate(count=Count("pk"))
        for row in years.order_by("-application__policy_year"):
            year = row["application__policy_year"]
            found.append({"unit": unit, "year": year, "count": row["count"], "key": f"{unit.pk}-{year}"})
    return found


def _chosen_awards(request: HttpRequest) -> set[int]:
    return set(keys_sent(request.POST.getlist("awards")))


def _proposed_title(unit: Unit, year: int) -> str:
    earlier = PublicityRound.objects.filter(unit=unit, policy_year=year).exclude(state=RoundState.CANCELLED).count()
    batch = f"（第{earlier + 1}批）" if earlier else ""
    return f"{year}年度电子信息产业奖补资金拟奖补名单公示{batch}"


def _proposed_contact(unit: Unit) -> str:
    last = PublicityRound.objects.filter(unit=unit).order_by("-pk").first()
    return last.contact if last else ""


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.OFFICER_HANDLER)
def round_new(request: HttpRequest) -> HttpResponse:
    """Choose from the settled awards of a lead and year, and draft the round."""
    user: Any = request.user
    choices = _choices(user)
    asked = request.POST.get("choice") or request.GET.get("choice") or (choices[0]["key"] if choices else "")
    choice = next((one for one in choices if one["key"] == asked), None)
    context: dict[str, Any] = {"choices": choices, "choice": choice, "most": MAX_ITEMS}
    if choice is None:
        status = 404 if request.POST.get("choice") or request.GET.get("choice") else 200
        return render(request, "awards/publicity/new.html", context, status=status)
    unit, year = choice["unit"], choice["year"]
    awards = [
        line.award for line in in_order(map(line_of, publishable(user, unit).filter(application__policy_year=year)))
    ]
    if request.method != "POST":
        form = RoundForm(initial={"title": _proposed_title(unit, year), "contact": _proposed_contact(unit)})
        rows = award_rows(awards, None)
        return render(request, "awards/publicity/new.html", context | {"form": form, "rows": rows})
    form, ticked = RoundForm(request.POST), _chosen_awards(request)
    form.is_valid()
    try:
        drafted = draft_round(
            unit=unit,
            title=request.POST.get("title", ""),
            policy_year=year,
            awards=_of(user, ticked),
            contact=request.POST.get("contact", ""),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        context |= _refused(form, error) | {"rows": award_rows(awards, ticked)}
        return render(request, "awards/publicity/new.html", context, status=error.status)
    messages.success(request, "公示已拟定，已通知本单位审核人员核对并发布。")
    return redirect("awards:round", drafted.pk)


def _of(user: Any, pks: set[int]) -> list[Award]:
    return list(Award.objects.visible_to(user).filter(pk__in=pks))


def _refused(form: RoundForm, error: DomainError) -> dict[str, Any]:
    """What the page shows of a refusal: a conflict above, faults beside the fields."""
    form.errors.clear()
    if isinstance(error, Conflict):
        return {"form": form, "conflict": error, "faults": error.errors.get("awards", []), "has_errors": True}
    form.refuse(error)
    return {"form": form, "has_errors": True}


def render_round(request: HttpRequest, publicity: PublicityRound, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a round: its draft with what stands against it, or what was shown and what became of it."""
    user: Any = request.user
    at, today = timezone.now(), timezone.localdate()
    is_draft = publicity.state == RoundState.DRAFT
    drafted = holds(user, publicity.unit, DRAFTERS)
    confirms = holds(user, publicity.unit, CONFIRMERS)
    items: list[Any] = []
    faults: list[str] = []
    last_day = None
    if is_draft:
        found = sorted(draft_rows(publicity, at=at), key=lambda row: row.item.order)
        items = [{"item": row.item, "live": row.live, "fault": row.fault} for row in found]
        faults = [row.fault for row in found if row.fault]
        last_day = last_day_of((row.live.award for row in found), first=today) if found else None
    else:
        for item in publicity.items.annotate(objections_count=Count("objections")).order_by("order"):
            items.append({"item": item, "tone": ITEM_TONES[ItemState(item.state)]})
    context = {
        "round": publicity,
        "tone": ROUND_TONES[RoundState(publicity.state)],
        "period": period_of(publicity, at=at, today=today),
        "items": items,
        "total_fen": sum(row["live"].amount_fen if is_draft else row["item"].amount_fen for row in items),
        "faults": faults,
        "today": today,
        "last_day": last_day,
        "may_change": is_draft and drafted,
        "may_cancel": is_draft and (drafted or confirms),
        "may_publish": is_draft and confirms and publicity.drafted_by_id != user.pk and not faults and bool(items),
        "is_author": publicity.drafted_by_id == user.pk,
        "letter": letter_of(publicity),
        "publish_text": _publish_text(items, today, last_day) if last_day else "",
        "objections": _objections(publicity, today),
        "entered": entered_since(publicity),
        "version_form": VersionForm(initial={"expected_version": publicity.version}, auto_id=False),
        **extra,
    }
    return render(request, "awards/publicity/round.html", context, status=status)


def _publish_text(items: list[Any], today: date, last_day: date) -> str:
    """What publishing would do today, as the dialog says it."""
    total = sum(row["live"].amount_fen for row in items)
    return (
        f"将公示 {len(items)} 项，合计 {grouped(total)} 元，只有名称、条款和金额。"
        f"公示期自{zhdate(today)}起，至{zhdate(last_day)}二十四时止（首日不计入，末日遇休息日顺延）。"
        "发布后名单不能再改，期满无异议的事项自动转批复。"
    )


def _objections(publicity: PublicityRound, today: date) -> list[dict[str, Any]]:
    """The objections to a round, those that wait first."""
    found = Objection.objects.filter(item__round=publicity).select_related("item").order_by("due_on", "pk")
    calendar = working_calendar()
    rows = [objection_row(one, today=today, calendar=calendar) for one in found]
    return sorted(rows, key=lambda row: not row["waits"])


def letter_of(publicity: PublicityRound) -> Letter | None:
    """The 公示 of a round as it was issued; None while it is being made or after it was declared void."""
    letters = Letter.objects.about(round_subject(publicity)).filter(kind=LetterKind.PUBLICITY, state=LetterState.ISSUED)
    return letters.last()


@require_safe
@require(*ROOM)
def round_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One round."""
    return render_round(request, own_round(request, pk))


@gesture
@require(*ROOM)
def round_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the draft as it was shown."""
    user: Any = request.user
    publicity = own_round(request, pk)
    try:
        published = publish_round(
            publicity=publicity, expected_version=seen_version(request), by=user, at=timezone.now()
        )
    except DomainError as error:
        return _again(request, pk, error)
    messages.success(request, f"公示已发布，至{zhdate(published.last_day)}二十四时止；期满无异议的自动转批复。")
    return redirect("awards:round", pk)


@gesture
@require(*ROOM)
def round_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the draft up."""
    user: Any = request.user
    publicity = own_round(request, pk)
    try:
        cancel_round(publicity=publicity, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return _again(request, pk, error)
    messages.success(request, "公示已取消，所列奖补可以重新列入。")
    return redirect("awards:round", pk)


def _again(request: HttpRequest, pk: int, error: DomainError) -> HttpResponse:
    """The round's page with the sentence of a refusal."""
    return render_round(
        request,
        own_round(request, pk),
        status=error.status,
        conflict=error,
        has_errors=True,
        conflict_faults=error.errors.get("", [])[:20] if len(error.errors.get("", [])) > 1 else [],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.OFFICER_HANDLER)
def round_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the words and the list of a draft."""
    user: Any = request.user
    publicity = own_round(request, pk)
    if publicity.state != RoundState.DRAFT:
        if request.method != "POST":
            return redirect("awards:round", pk)
    elif not holds(user, publicity.unit, DRAFTERS):
        raise Http404
    found = publishable(user, publicity.unit, within=publicity).filter(application__policy_year=publicity.policy_year)
    awards = [line.award for line in in_order(map(line_of, found))]
    inside = set(publicity.items.values_list("award", flat=True))
    context: dict[str, Any] = {"round": publicity, "version": publicity.version, "most": MAX_ITEMS}
    if request.method != "POST":
        form = RoundForm(initial={"title": publicity.title, "contact": publicity.contact})
        context |= {"form": form, "rows": award_rows(awards, inside)}
        return render(request, "awards/publicity/change.html", context)
    form, ticked = RoundForm(request.POST), _chosen_awards(request)
    form.is_valid()
    try:
        change_round(
            publicity=publicity,
            expected_version=seen_version(request),
            title=request.POST.get("title", ""),
            contact=request.POST.get("contact", ""),
            awards=_of(user, ticked),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        context |= _refused(form, error) | {"rows": award_rows(awards, ticked)}
        return render(request, "awards/publicity/change.html", context, status=error.status)
    messages.success(request, "公示草稿已更新，金额按现行核定。")
    return redirect("awards:round", pk)


def pdf_answer(letter: Letter) -> HttpResponse:
    """The issued bytes of a letter, verified against their hash, as a download that no cache keeps."""
    response = HttpResponse(storage.read(letter.sha256), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"{letter.get_kind_display()} {letter.number}.pdf"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@require(*ROOM)
@cache_control(no_store=True, private=True)
def round_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The numbered 公示 of a round."""
    letter = letter_of(own_round(request, pk))
    if letter is None:
        raise Http404("公示文书尚未制作")
    return pdf_answer(letter)
