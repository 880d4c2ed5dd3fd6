"""公示 for everybody: what is shown and was shown, objecting to an item, and the page of one's own objection.

Nothing but name, clause and amount leaves here. The code of an objection stands in no address: it is posted, and kept
in the visitor's own session for half an hour, so that it is in no log, no history and no referrer.
"""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import confidential, public
from applications.forms.messages import enclosures
from awards.actions.objections import file_objection
from awards.enums import ObjectionState, RoundState
from awards.forms.publicity import CodeForm, ObjectionForm
from awards.letters_publicity import objection_subject
from awards.models import Objection, PublicityItem, PublicityRound
from awards.publicity_presenters import OBJECTION_TONES, TOLD, round_row
from awards.queries.publicity import period_of
from awards.views.publicity import letter_of, pdf_answer
from common.errors import Conflict, DomainError
from common.templatetags.ui import zhdate
from letters.codes import grouped_token
from letters.models import Letter
from letters.ratelimit import allow

PAGE_SIZE = 20
OBJECTIONS_PER_MINUTE = 5
LOOKUPS_PER_MINUTE = 20
#: The session's entry: code of an objection and until when it opens the page.
KEY = "objection"
OPEN_FOR = timedelta(minutes=30)


def _limited(request: HttpRequest, action: str, limit: int) -> HttpResponse | None:
    """The page for too many attempts of one address, or None."""
    if allow(action, get_adapter(request).get_client_ip(request), limit=limit, at=timezone.now()):
        return None
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response


@public
@never_cache
@require_safe
def public_rounds(request: HttpRequest) -> HttpResponse:
    """What is being shown, what ends first on top; below it everything that was shown before."""
    shown = (
        PublicityRound.objects.published()
        .select_related("unit")
        .annotate(items_count=Count("items"), total_fen=Sum("items__amount_fen"))
    )
    at, today = timezone.now(), timezone.localdate()
    running = [
        row
        for row in (
            round_row(one, at=at, today=today) for one in shown.filter(state=RoundState.OPEN).order_by("last_day", "pk")
        )
        if row["period"] and not row["period"].is_over
    ]
    over = shown.exclude(pk__in=[row["round"].pk for row in running]).order_by("-published_at", "-pk")
    page = Paginator(over, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "running": running,
        "over": [round_row(one, at=at, today=today) for one in page],
        "page_obj": page,
    }
    return render(request, "awards/publicity/public_list.html", context)


def _shown(pk: int) -> PublicityRound:
    return get_object_or_404(PublicityRound.objects.published().select_related("unit"), pk=pk)


@public
@never_cache
@require_safe
def public_round(request: HttpRequest, pk: int) -> HttpResponse:
    """One round as it was published: name, clause, amount, the period, and how to object."""
    found = _shown(pk)
    items = list(found.items.order_by("order"))
    context = {
        "round": found,
        "items": items,
        "total_fen": sum(item.amount_fen for item in items),
        "period": period_of(found, at=timezone.now(), today=timezone.localdate()),
        "letter": letter_of(found),
    }
    return render(request, "awards/publicity/public_round.html", context)


@public
@never_cache
@require_safe
def public_round_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The numbered 公示."""
    letter = letter_of(_shown(pk))
    if letter is None:
        raise Http404("公示文书正在制作")
    return pdf_answer(letter)


@public
@confidential("name", "phone", "address")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def public_object(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Object to one item."""
    publicity = _shown(pk)
    found = get_object_or_404(PublicityItem.objects.select_related("award"), pk=item, round=publicity)
    period = period_of(publicity, at=timezone.now(), today=timezone.localdate())
    context: dict[str, Any] = {"round": publicity, "item": found, "period": period, "form": ObjectionForm()}
    context["last_day_text"] = zhdate(publicity.last_day)
    if request.method != "POST":
        return render(request, "awards/publicity/public_object.html", context)
    if (refusal := _limited(request, "objection", OBJECTIONS_PER_MINUTE)) is not None:
        return refusal
    try:
        objection = file_objection(
            item=found,
            name=request.POST.get("name", ""),
            phone=request.POST.get("phone", ""),
            address=request.POST.get("address", ""),
            text=request.POST.get("text", ""),
            files=enclosures(request.FILES),
            at=timezone.now(),
        )
    except DomainError as error:
        form = ObjectionForm.refused(request.POST, request.FILES, error)
        context |= {"form": form, "has_errors": True}
        if isinstance(error, Conflict):
            # Nothing beside a field: the period is over, or the item is gone.
            form.errors.clear()
            context |= {"conflict": error}
        return render(request, "awards/publicity/public_object.html", context, status=error.status)
    _open(request, objection, timezone.now())
    messages.success(request, "异议已提交并受理。请记下查询码，凭它查看办理情况和答复。")
    return redirect("awards:public_objection")


def _open(request: HttpRequest, objection: Objection, at: datetime) -> None:
    request.session.cycle_key()  # whoever knew the visitor's session before does not know this one
    request.session[KEY] = {"code": objection.code, "until": (at + OPEN_FOR).isoformat()}


def _opened(request: HttpRequest) -> Objection | None:
    """The objection that this visitor opened by its code, while that holds."""
    entry = request.session.get(KEY)
    if not entry:
        return None
    if datetime.fromisoformat(entry["until"]) <= timezone.now():
        del request.session[KEY]
        return None
    return Objection.objects.select_related("item__round__unit").filter(code=entry["code"]).first()


@public
@confidential()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def public_objection(request: HttpRequest) -> HttpResponse:
    """Ask for the code, and show what became of the objection that it opens."""
    if request.method == "POST" and "leave" in request.POST:
        request.session.pop(KEY, None)
        return redirect("awards:public_objection")
    if request.method == "POST":
        if (refusal := _limited(request, "objection-code", LOOKUPS_PER_MINUTE)) is not None:
            return refusal
        form = CodeForm(request.POST)
        if form.is_valid():
            found = Objection.objects.filter(code=form.cleaned_data["code"]).first()
            if found is not None:
                _open(request, found, timezone.now())
                return redirect("awards:public_objection")
            form.add_error("code", "没有找到对应的异议，请核对查询码。")
        return render(request, "awards/publicity/public_code.html", {"form": form}, status=422)
    found = _opened(request)
    if found is None:
        return render(request, "awards/publicity/public_code.html", {"form": CodeForm()})
    state = ObjectionState(found.state)
    label, sentence = TOLD[state]
    answered = state in (ObjectionState.UNFOUNDED, ObjectionState.UPHELD)
    context = {
        "objection": found,
        "item": found.item,
        "round": found.item.round,
        "code": grouped_token(found.code),
        "label": label,
        "sentence": sentence,
        # Whether a draft exists is the lead's own affair.
        "tone": OBJECTION_TONES[state if answered else ObjectionState.OPEN],
        "answered": answered,
        "letters": Letter.objects.about(objection_subject(found)).numbered(),
        "files": found.files.order_by("pk"),
    }
    return render(request, "awards/publicity/public_objection.html", context)


@public
@never_cache
@require_safe
def public_objection_letter(request: HttpRequest, letter: int) -> HttpResponse:
    """Receipt or answer of the objection that the visitor opened by its code."""
    found = _opened(request)
    if found is None:
        raise Http404
    issued = Letter.objects.about(objection_subject(found)).numbered().filter(pk=letter).first()
    if issued is None:
        raise Http404
    return pdf_answer(issued)
