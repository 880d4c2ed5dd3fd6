"""我的申报, and starting a new application."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ENTERPRISE, require
from accounts.enums import EnterpriseStatus
from accounts.models import Enterprise
from applications.actions import start_application
from applications.errors import AlreadyStarted
from applications.presenters import next_step, tone
from applications.queries.lists import enterprises_of, offers, open_years, own_applications
from applications.queries.windows import ban_closed, deadlines
from applications.views.common import person
from common.errors import DomainError, Invalid
from common.keys import VERSION_DIGITS, number_sent
from policies.models import Clause

PAGE = 20


@require_safe
@require(*ENTERPRISE)
def application_list(request: HttpRequest) -> HttpResponse:
    """Every application of the user's enterprises: its state, who has it, what comes next and by when."""
    every = own_applications(person(request))
    counts = dict(every.order_by().values_list("policy_year").annotate(count=Count("pk")))
    chosen = request.GET.get("year", "")
    wanted = number_sent(chosen, digits=4)
    year = wanted if wanted in counts else None
    rows = every.filter(policy_year=year) if year else every
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    due = deadlines(list(page), timezone.now())
    cards = [
        {"application": item, "tone": tone(item), "next": next_step(item), "deadline": due.get(item.pk)}
        for item in page
    ]
    tabs = [{"label": "全部", "url": "?", "active": year is None, "count": sum(counts.values())}]
    tabs += [
        {"label": f"{number} 年度", "url": f"?year={number}", "active": year == number, "count": counts[number]}
        for number in sorted(counts, reverse=True)
    ]
    context = {"cards": cards, "page_obj": page, "tabs": tabs if counts else []}
    return render(request, "applications/list.html", context)


def _enterprise(request: HttpRequest) -> tuple[Enterprise, list[Enterprise]]:
    """The enterprise for which the application is started: the chosen one, or the only one."""
    own = enterprises_of(person(request))
    wanted = request.POST.get("enterprise") or request.GET.get("enterprise")
    chosen = next((item for item in own if str(item.pk) == wanted), None) if wanted else (own[0] if own else None)
    if chosen is None:
        raise Http404
    return chosen, own


def _year(request: HttpRequest, years: list[int]) -> int | None:
    """The policy year asked for. A page without one shows the newest; a filing is never given another than was sent."""
    posted = request.method == "POST"
    text = (request.POST.get("policy_year") if posted else request.GET.get("year")) or ""
    if text.isascii() and text.isdigit() and len(text) == 4:
        return int(text)
    return years[0] if years and not posted else None


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def start(request: HttpRequest, clause: int | None = None) -> HttpResponse:
    """Choose year and clause; from the library the clause is chosen already."""
    enterprise, own = _enterprise(request)
    today = timezone.localdate()
    years = open_years(today, enterprise)
    year = _year(request, years)
    chosen = Clause.objects.visible_to(person(request)).filter(pk=clause).first() if clause else None
    if clause and chosen is None:
        raise Http404
    error: DomainError | None = None
    if request.method == "POST":
        picked = (
            chosen or Clause.objects.filter(pk=number_sent(request.POST.get("clause"), digits=VERSION_DIGITS)).first()
        )
        if picked is None:
            raise Http404
        try:
            if year is None:
                raise Invalid("请选择政策年度：年度应为四位数字，例如 2025。", field="policy_year")
            application = start_application(
                enterprise=enterprise, clause=picked, policy_year=year, by=person(request), at=timezone.now()
            )
        except DomainError as refused:
            error = refused
        else:
            messages.success(request, "已建立草稿，填写内容会自动保存。")
            return redirect("applications:detail", application.pk)
    articles = offers(enterprise, year, today) if year and year in years else []
    if chosen:
        for article in articles:
            article.offers = [offer for offer in article.offers if offer.clause.pk == chosen.pk]
        articles = [article for article in articles if article.offers]
    action = reverse("applications:start", args=[chosen.pk]) if chosen else reverse("applications:start")
    context = {
        "enterprise": enterprise,
        "enterprises": own,
        "verified": enterprise.status == EnterpriseStatus.VERIFIED,
        "banned": ban_closed(enterprise, timezone.now()),
        "year": year,
        "years": years,
        "tabs": [
            {
                "label": f"{number} 年度",
                "url": f"{action}?year={number}&enterprise={enterprise.pk}",
                "active": number == year,
            }
            for number in years
        ],
        "articles": articles,
        "chosen": chosen,
        "error": error,
        "existing": error.existing if isinstance(error, AlreadyStarted) else None,
        "has_errors": error is not None,
        "action": action,
    }
    return render(request, "applications/start.html", context, status=error.status if error else 200)
