"""Every component with realistic content, for developers."""

import datetime

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import styleguide as samples


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component with realistic content, for developers; routed with DEBUG only."""
    form = samples.SampleForm(samples.WRONG_ANSWERS) if request.GET.get("faults") else samples.SampleForm()
    loans = forms.formset_factory(samples.LoanForm, extra=2, can_delete=True)(prefix="loans")
    context = {
        **samples.CONTENT,
        "form": form,
        "loans": loans,
        "filter_form": samples.FilterForm(request.GET or None),
        "page_obj": Paginator(range(268), 25).get_page(request.GET.get("page", 4)),
        "today": datetime.date(2026, 11, 5),
    }
    return render(request, "styleguide.html", context)


# What accounts.access.public sets; this package lies below accounts and cannot import it.
styleguide.access = "public"  # type: ignore[attr-defined]
