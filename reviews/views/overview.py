"""The leaders' overview: where all files stand, who is late, who has how much, and the way down to each file."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Role, require
from accounts.enums import UnitKind
from accounts.models import Unit
from policies.models import Clause
from reviews.overview_tables import tables, totals
from reviews.queries.overview import Narrowing, Scope, overview, scope_of, years
from reviews.queries.targets import targets_against_figures


class NarrowingForm(forms.Form):
    """Year, clause and district; they live in the address."""

    policy_year = forms.ChoiceField(label="政策年度", required=False)
    clause = forms.ChoiceField(label="条款", required=False)
    district = forms.ChoiceField(label="所属县区", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clauses = Clause.objects.public().filter(versions__isnull=False).distinct().order_by("document", "order")
        districts = Unit.objects.filter(kind=UnitKind.DISTRICT).order_by("order", "pk")
        choices = {
            "policy_year": [(str(year), f"{year} 年度") for year in years()],
            "clause": [(clause.clause_id, f"{clause.clause_id} {clause.title}") for clause in clauses],
            "district": [(unit.code, unit.name) for unit in districts],
        }
        for name, offered in choices.items():
            self.fields[name].choices = [("", "全部"), *offered]  # type: ignore[attr-defined]

    @property
    def narrowing(self) -> Narrowing:
        """What was chosen; what is offered nowhere counts as not chosen, and is told."""
        chosen = self.cleaned_data if self.is_bound else {}
        year = chosen.get("policy_year")
        return Narrowing(int(year) if year else None, chosen.get("clause", ""), chosen.get("district", ""))


@require_safe
@require(Role.LEADER, Role.AUDITOR)
def leaders(request: HttpRequest) -> HttpResponse:
    """Every figure of the scope, each with the way to its files."""
    user: Any = request.user
    whole = scope_of(user)
    # A leader of the city's office counts files that never reached the own unit and cannot be opened there: the page
    # begins with the own unit, where every number leads to its files, and tells the city as numbers alone.
    two = whole.city and not user.system_role
    city = whole.city and (not two or request.GET.get("scope") == "city")
    scope = whole if city else Scope(False, whole.units)
    form = NarrowingForm(request.GET or None)
    form.is_valid()
    narrowing = form.narrowing
    figures = overview(scope, narrowing, today=timezone.localdate())
    context = {
        "scope": scope,
        "opens": not (two and city),
        "tabs": [
            {"label": "本单位", "url": "?scope=unit", "active": not city},
            {"label": "全市", "url": "?scope=city", "active": city},
        ]
        if two
        else [],
        "filters": form,
        "keep": [("scope", "city")] if two and city else [],
        "clear_url": "?scope=city" if two and city else "?",
        "totals": totals(figures, narrowing, opens=not (two and city)),
        "tables": tables(figures, scope, narrowing, opens=not (two and city)),
        "targets": targets_against_figures(scope, narrowing),
        "now": timezone.now(),
    }
    return render(request, "reviews/overview/overview.html", context)
