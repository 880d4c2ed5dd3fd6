"""文书用语: the standing words of all kinds of letters, their history, a new version, a specimen."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require
from common.errors import DomainError
from common.templatetags.ui import zhdate
from letters.actions.text import last_change, set_letter_text, text_faults
from letters.content import clean
from letters.enums import TextKind, TextSlot
from letters.models import LetterText
from letters.placeholders import EXAMPLES, PLACEHOLDERS, allowed_in, fill, parts_of
from letters.queries.specimens import cases_for, make_specimen, matching
from letters.queries.texts import text_in_force
from letters.queries.wordings import versions, wordings
from letters.rendering.html import numbered, table_rows
from letters.rendering.specimen import NO_NUMBER, specimen_pdf
from letters.specimen import Specimen
from letters.text_forms import SpecimenForm, WordingForm
from letters.texts import BASES, DEFAULTS, base_of, slots_of

STATES = {
    "present": ("现行", "success"),
    "future": ("待使用", "info"),
    "past": ("已过去", "neutral"),
    "never": ("未使用即被替换", "neutral"),
}


def _place(kind: str, slot: str) -> None:
    if (kind, slot) not in DEFAULTS:
        raise Http404


@require(Role.ADMINISTRATOR)
@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    """Every kind of letter with its words: what holds today, since when, what is planned."""
    kinds = [
        {
            "kind": found,
            "rows": [{"wording": one, "parts": parts_of(one.body)} for one in found.wordings],
        }
        for found in wordings(on=timezone.localdate())
    ]
    return render(request, "letters/texts/list.html", {"kinds": kinds})


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, kind: str, slot: str) -> HttpResponse:
    """One wording: its history and the form for a new version."""
    _place(kind, slot)
    user: Any = request.user
    if request.method != "POST":
        body = _prefilled(request, kind, slot)
        initial = {"body": body, "valid_from": timezone.localdate(), "seen": last_change(kind, slot)}
        return _text_page(request, kind, slot, WordingForm(kind=kind, slot=slot, initial=initial))
    form = WordingForm(request.POST, kind=kind, slot=slot)
    status = 422
    if form.is_valid():
        data = form.cleaned_data
        try:
            saved = set_letter_text(
                kind=kind,
                slot=slot,
                body=data["body"],
                valid_from=data["valid_from"],
                note=data["note"],
                by=user,
                at=timezone.now(),
                expected_last=data["seen"],
            )
        except DomainError as error:
            status = form.refuse(error)
            if not error.errors:
                form.add_error(None, error.message)
            # Who saves again has seen the newer version: it stands on this page.
            form.data = {**request.POST.dict(), "seen": str(last_change(kind, slot))}
        else:
            what = f"{TextKind(kind).label}的{TextSlot(slot).label}"
            messages.success(request, f"自{zhdate(saved.valid_from)}起，{what}使用新的用语。")
            return redirect("letters:text", kind=kind, slot=slot)
    return _text_page(request, kind, slot, form, status=status)


def _prefilled(request: HttpRequest, kind: str, slot: str) -> str:
    """The words that the form begins with: an older version where the address names one, else the present ones."""
    wanted = request.GET.get("from", "")
    if wanted == "default":
        return DEFAULTS[kind, slot]
    if wanted:
        rows = LetterText.objects.filter(kind=kind, slot=slot)
        return get_object_or_404(rows, pk=int(wanted) if wanted.isdecimal() and len(wanted) < 10 else 0).body
    return text_in_force(kind, slot, on=timezone.localdate())


def _text_page(request: HttpRequest, kind: str, slot: str, form: WordingForm, *, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    body = str(form["body"].value() or "")
    context = {
        "kind": kind,
        "kind_label": TextKind(kind).label,
        "slot": slot,
        "slot_label": TextSlot(slot).label,
        "form": form,
        "crumbs": [
            {"label": "文书用语", "url": reverse("letters:texts")},
            {"label": f"{TextKind(kind).label}：{TextSlot(slot).label}", "url": ""},
        ],
        "present": parts_of(text_in_force(kind, slot, on=today)),
        "default": parts_of(DEFAULTS[kind, slot]),
        "versions": [
            {
                "version": one,
                "state": STATES[one.state],
                "who": str(one.text.created_by),
            }
            for one in versions(kind, slot, on=today)
        ],
        "placeholders": [(f"{{{name}}}", PLACEHOLDERS[name], EXAMPLES[name]) for name in allowed_in(kind)],
        "restored": request.GET.get("from", "") != "",
        **_checked(kind, slot, body),
    }
    return render(request, "letters/texts/text.html", context, status=status)


def _checked(kind: str, slot: str, body: str) -> dict[str, Any]:
    """What the live check says: the faults, or how the words read with examples."""
    faults = text_faults(kind, slot, body)
    filled = "" if faults else fill(clean(body), EXAMPLES)
    return {"faults": faults, "filled": [line for line in filled.splitlines() if line.strip()]}


@require(Role.ADMINISTRATOR)
@require_POST
def text_check(request: HttpRequest, kind: str, slot: str) -> HttpResponse:
    """What stands against the words in the form, while they are typed."""
    _place(kind, slot)
    return render(request, "letters/texts/_check.html", _checked(kind, slot, request.POST.get("body", "")[:10_000]))


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True, private=True)
def text_preview(request: HttpRequest, kind: str) -> HttpResponse:
    """A whole letter with the present words, or with words that are tried out, as a page or a PDF; nothing is stored
    and no number is taken."""
    if kind not in TextKind.values or not slots_of(kind):
        raise Http404
    user: Any = request.user
    data = request.POST if request.method == "POST" else request.GET
    form = SpecimenForm(data)
    given = form.cleaned_data if form.is_valid() else {}
    slot = given.get("slot") or ""
    tried = {slot: clean(given.get("body") or "")} if slot in slots_of(kind) else {}
    on: date = given.get("valid_from") or timezone.localdate()
    cases, number = cases_for(kind, user), (given.get("number") or "").strip()
    found = matching(cases, number)
    letter = get_object_or_404(cases, pk=given["letter"]) if given.get("letter") else (found[0][0] if found else None)
    context: dict[str, Any] = {
        "kind": kind,
        "kind_label": TextKind(kind).label,
        "base_label": TextKind(base_of(kind)).label if kind in BASES else "",
        "tried": {"slot": slot, "label": TextSlot(slot).label, "body": tried[slot]} if tried else None,
        "on": on,
        "number": number,
        "cases": found,
        "letter": letter,
        "crumbs": _preview_crumbs(kind, slot if tried else ""),
    }
    faults = [sentence for name, body in tried.items() for sentence in text_faults(kind, name, body)]
    if faults or not form.is_valid():
        return _refused(request, context, faults or ["预览条件有误，请返回重试。"])
    try:
        specimen = make_specimen(kind, letter, on=on, instead=tried)
        if data.get("format") == "pdf":
            return _pdf(specimen, kind, on)
    except DomainError as error:
        return _refused(request, context, [error.message])
    return render(request, "letters/texts/preview.html", context | _paper(specimen, kind, tried, on))


def _refused(request: HttpRequest, context: dict[str, Any], faults: list[str]) -> HttpResponse:
    return render(request, "letters/texts/preview.html", context | {"faults": faults, "has_errors": True}, status=422)


def _preview_crumbs(kind: str, slot: str) -> list[dict[str, str]]:
    crumbs = [{"label": "文书用语", "url": reverse("letters:texts")}]
    if slot:
        label = f"{TextKind(kind).label}：{TextSlot(slot).label}"
        crumbs.append({"label": label, "url": reverse("letters:text", args=[kind, slot])})
    return [*crumbs, {"label": f"预览：{TextKind(kind).label}", "url": ""}]


def _paper(specimen: Specimen, kind: str, tried: dict[str, str], on: date) -> dict[str, Any]:
    """The specimen as the page shows it, the words that are tried out marked."""
    tried_sources = {f"{kind}.{slot}" for slot in tried}
    content = specimen.content

    def lines(paragraphs: Any) -> list[dict[str, Any]]:
        return [
            {
                "sign": line.sign,
                "text": line.text,
                "tried": source.source in tried_sources,
            }
            for line, source in zip(numbered(paragraphs), paragraphs, strict=True)
        ]

    return {
        "specimen": specimen,
        "content": content,
        "no_number": NO_NUMBER,
        "paragraphs": lines(content.paragraphs),
        "closing": lines(content.closing),
        "rows": table_rows(content.table),
        "title_tried": TextSlot.TITLE in tried,
        "steps_tried": TextSlot.NEXT_STEPS in tried,
        "dated": on,
    }


def _pdf(specimen: Specimen, kind: str, on: date) -> HttpResponse:
    verify = settings.SITE_URL.rstrip("/") + reverse("letters:verify")
    response = HttpResponse(specimen_pdf(specimen, kind=kind, on=on, verify_url=verify), content_type="application/pdf")
    name = f"样稿 {TextKind(kind).label}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
