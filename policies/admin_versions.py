"""Steps on dated versions in 系统管理: publish drafts, retire or end published ones; a page asks back before each."""

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
from policies.actions import end_versions, judge_together, publish_versions, retire_versions
from policies.actions.versions import authors_of
from policies.enums import VersionState
from policies.forms import EndVersionForm, NoQuestionForm, ReasonForm
from policies.lint import LintFault
from policies.models import ClauseVersion, PolicyRules
from policies.queries import filed_under, publication_faults, standing_faults, validity

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

PUBLISH = Step(
    "publish",
    "发布所选草稿",
    ("全部发布，或有一处问题就全部不发布。", "发布以后不能再改，只能停用或提前终止。"),
    "确认发布",
    "已发布。",
    VersionState.DRAFT,
    "不是草稿，不能发布。",
    NoQuestionForm,
    publish_versions,
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
    rows = _rows(step, versions, request.user, at)
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


def _rows(step: Step, versions: list[Version], by: Any, at: datetime) -> list[Row]:
    faults: dict[int, list[LintFault]] = {
        version.pk: [LintFault("state", step.wrong_state, "请返回列表重新选择。")]
        for version in versions
        if version.state != step.state
    }
    if step is PUBLISH:
        drafts = [version for version in versions if version.pk not in faults]
        faults |= _publication(drafts, by, at)
    return [Row(version, validity(version), filed_under(version), faults.get(version.pk, ())) for version in versions]


def _publication(drafts: list[Version], by: Any, at: datetime) -> dict[int, list[LintFault]]:
    """What is told of each draft. Drafts that can stand together are judged together, as they will be published."""
    together = judge_together(drafts, at=at)
    told: dict[int, list[LintFault]] = {}
    for version in drafts:
        own = standing_faults(version)
        if by.pk in authors_of(version):
            own.insert(0, LintFault("author", "本草稿由您起草或修改过。", "须由另一位管理员核对后发布。"))
        told[version.pk] = own
    if together is None:
        told = {version.pk: [*told[version.pk], *_alone(version, told[version.pk])] for version in drafts}
        if len(drafts) > 1 and not any(fault.path == "valid_from" for own in told.values() for fault in own):
            told[drafts[0].pk].append(
                LintFault("valid_from", "所选草稿的有效期互相重叠。", "同一条款在同一时间请只选择一个草稿。")
            )
        return told
    for fault in together:
        told[_owner(fault, drafts).pk].append(fault)
    return told


def _alone(version: Version, told: list[LintFault]) -> list[LintFault]:
    return [fault for fault in publication_faults(version) if fault not in told]


def _owner(fault: LintFault, drafts: list[Version]) -> Version:
    """The draft that a fault is told at: the one whose clause its path names, else the first."""
    for version in drafts:
        if isinstance(version, ClauseVersion) and fault.path.startswith(f'clauses["{version.clause.clause_id}"]'):
            return version
    return drafts[0]


def _elsewhere(rows: list[Row], refused: DomainError | None) -> list[tuple[str, str]]:
    """Sentences of a refusal that stand at no row: (path, sentence)."""
    if refused is None:
        return []
    shown = {f"{fault.message}{fault.mend}" for row in rows for fault in row.faults} | {refused.message}
    return [(path, text) for path, texts in refused.errors.items() for text in texts if text not in shown]
