"""The page /api/ about the public interface, for people who write programs."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from policies.api.answers import MAX_AGE, MAX_FAULTS
from policies.api.examples import example_answer, example_document, example_text, faulty_answer
from policies.rules.strict_json import MAX_BYTES, MAX_DEPTH

_UNITS = {1: "每秒", 60: "每分钟", 3600: "每小时"}


@public
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What the interface is, how to call it, its limits and how it tells faults."""
    document = example_document()
    settlement = {key: value for key, value in example_answer()["settlement"].items() if key != "trace"}
    context = {
        "root": f"{settings.SITE_URL}/api/v1",
        "document": example_text(),
        "example": document,
        "clause": document["claims"][0]["clause"],
        "settlement": _pretty({"settlement": settlement}),
        "faults": _pretty(faulty_answer()),
        "evaluations": _rate("evaluations"),
        "reads": _rate("reads"),
        "max_age": MAX_AGE,
        "max_faults": MAX_FAULTS,
        "max_megabytes": MAX_BYTES // 1_000_000,
        "max_depth": MAX_DEPTH,
    }
    return render(request, "policies/open_api.html", context)


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _rate(name: str) -> str:
    rate = settings.API_RATES[name]
    return "不限" if rate is None else f"{_UNITS[rate[1]]} {rate[0]} 次"
