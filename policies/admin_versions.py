"""Steps on dated versions in 系统管理: retire or end published ones; a page asks back before each.

Drafts are published in 政策维护 alone, with cases, impact, a reason and a second person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from common.errors import DomainError
from policies.actions import end_versions, retire_versions
from policies.enums import VersionState
from policies.forms.library import EndVersionForm, ReasonForm
from policies.lint import LintFault
from policies.models import ClauseVersion, PolicyRules
from policies.queries import filed_under, publication_faults, validity

Version = ClauseVersion | PolicyRules

_WORDS = {"error": "不能发布", "warning": "提醒"}


@dataclass(frozen=True)
class Row:
    """One version on the page that asks back."""

    version: Version
    validity: str
    #: Filed applications that keep this version; None for rules, which no application names.
    filed: int | None
    faults: Sequence[LintFault] = ()

    @property
    def told(self) -> list[tuple[str, LintFault]]:
        """The faults with the word for their weight."""
        return [(_WORDS[fault.severity], fault) for fault in self.faults]


@dataclass(frozen=True)
class Step:
    """One of the steps: its action, words and question."""

    action: str
    title: str
    #: What follows from it, sentences.
    consequences: tuple[str, ...]
    button: str
    done: str
    #: The state that a version must be in, and the sentence for one that is not.
    state: VersionState
    wrong_state: str
    form: type[forms.Form]
    run: Callable[..., None]


_GAP = (
    "没有已发布版本的期间，相应政策年度不能申报此条款；通用规则没有已发布版本的，整个文件在相应年度不能申报，也不能核算。"
    "新版本请随即发布。"
)

RETIRE = Step(
    "retire",
    "停用所选版本",
    ("停用以后不能恢复。已经提交的申报保持其版本。", _GAP),
    "确认停用",
    "已停用。",
    VersionState.PUBLISHED,
    "不是已发布版本，不能停用。",
    ReasonForm,
    retire_versions,
)
END = Step(
    "end",
    "提前终止所选版本",
    ("有效期只能提前，以后不能再延长。已经提交的申报保持其版本。", _GAP),
    "确认提前终止",
    "已提前终止。",
    VersionState.PUBLISHED,
    "不是已发布版本，不能提前终止。",
    EndVersionForm,
    end_versions,
)


def told_of(version: Version) -> str | SafeString:
    """What stands in the way of a draft, for its page."""
    faults = publication_faults(version)
    if not faults:
        return "没有问题，可以发布。"
    rows = ((_WORDS[fault.severity], fault.path, fault.message, fault.mend) for fault in faults)
    return format_html_join("", "<p>{}：<code>{}</code><br>{}{}</p>", rows)


def take(
    step: Step, versions: list[Version], *, site: admin.ModelAdmin, request: Any, at: datetime
) -> TemplateResponse | None:
    """The page that asks back; None, and a message for each version, once the step is done."""
    asked = "confirmed" in request.POST
    form = step.form(request.POST if asked else None)
    refused: DomainError | None = None
    if asked and form.is_valid():
        try:
            step.run(versions, by=request.user, at=at, **form.cleaned_data)
        except DomainError as error:
            refused = error
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            for version in versions:
                site.message_user(request, f"{version}：{step.done}", messages.SUCCESS)
            return None
    rows = _rows(step, versions)
    return TemplateResponse(
        request,
        "admin/policies/confirm_versions.html",
        {
            **site.admin_site.each_context(request),
            "title": step.title,
            "opts": site.model._meta,
            "step": step,
            "rows": rows,
            "form": form,
            "faults": _elsewhere(rows, refused),
            "possible": not any(fault.refuses for row in rows for fault in row.faults),
            "checkbox": ACTION_CHECKBOX_NAME,
        },
        status=422 if asked else 200,
    )


def _rows(step: Step, versions: list[Version]) -> list[Row]:
    faults: dict[int, list[LintFault]] = {
        version.pk: [LintFault("state", step.wrong_state, "请返回列表重新选择。")]
        for version in versions
        if version.state != step.state
    }
    return [Row(version, validity(version), filed_under(version), faults.get(version.pk, ())) for version in versions]


def _elsewhere(rows: list[Row], refused: DomainError | None) -> list[tuple[str, str]]:
    """Sentences of a refusal that stand at no row: (path, sentence)."""
    if refused is None:
        return []
    shown = {f"{fault.message}{fault.mend}" for row in rows for fault in row.faults} | {refused.message}
    return [(path, text) for path, texts in refused.errors.items() for text in texts if text not in shown]
