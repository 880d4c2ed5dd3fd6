"""Forms of panels. They read what was typed; what is right is decided by the actions."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.forms.base import AmountField
from accounts.models import User
from applications.queries.definitions import definition_of
from common.errors import DomainError
from common.money import yuan
from reviews.actions.conclusion import Verdict, outcome_of
from reviews.actions.scoring import score_field
from reviews.enums import StageKind
from reviews.models import Criterion, Sheet
from reviews.queries.panel_board import Board, Row
from reviews.queries.panels import sets_amount


def put_faults(form: forms.Form, error: DomainError) -> None:
    """Show an action's refusal beside the fields of a form, the rest above it."""
    for name, sentences in error.errors.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


def _text(label: str, *, rows: int = 3, **kwargs: Any) -> forms.CharField:
    depends = {"data-depends": "outcome"} if kwargs.pop("depends", False) else {}
    attrs = {"rows": rows, "data-wide": "true", **depends}
    kwargs.setdefault("max_length", 4000)
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs=attrs), **kwargs)


class ConveneForm(forms.Form):
    """A new panel: its name, its people from the unit's list, and which of them is the chair."""

    title = forms.CharField(label="评审组名称", max_length=120, required=False, widget=forms.TextInput())
    members = forms.MultipleChoiceField(label="成员", required=False, widget=forms.CheckboxSelectMultiple)
    chair = forms.ChoiceField(label="组长", required=False, help_text="组长汇总评分并提交评审结论。")

    def __init__(self, *args: Any, experts: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in experts}
        choices = [(key, str(user)) for key, user in self.people.items()]
        self.fields["members"].choices = choices  # type: ignore[attr-defined]
        self.fields["chair"].choices = [("", "请选择"), *choices]  # type: ignore[attr-defined]
        for field in self.fields.values():
            # All of them are needed; the action says so for all at once, and nothing is called optional.
            field.widget.attrs["data-depends"] = "panel"

    @property
    def chosen(self) -> list[User]:
        """The chosen members."""
        return [self.people[key] for key in self.cleaned_data["members"]]

    @property
    def chosen_chair(self) -> User | None:
        """The chosen chair, if any."""
        return self.people.get(self.cleaned_data["chair"])


class CriterionForm(forms.Form):
    """One line of the scoring sheet."""

    name = forms.CharField(label="评分项", max_length=60, error_messages={"required": "请填写评分项名称。"})
    points = forms.IntegerField(
        label="满分",
        min_value=1,
        max_value=1000,
        error_messages={
            "required": "请填写满分。",
            "invalid": "满分须为整数。",
            "min_value": "满分至少 1 分。",
            "max_value": "满分最多 1000 分。",
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_permitted = False


CriterionFormSet = forms.formset_factory(CriterionForm, extra=0, max_num=12, absolute_max=24, can_delete=True)


def criteria_of(formset: Any) -> list[tuple[str, int]]:
    """(name, full marks) of the rows that were not taken out, in their order."""
    kept = [form for form in formset.forms if not form.cleaned_data.get("DELETE")]
    return [(form.cleaned_data["name"], form.cleaned_data["points"]) for form in kept]


class AddMemberForm(forms.Form):
    """One more member from the unit's list."""

    user = forms.ChoiceField(
        label="增加成员",
        error_messages={"required": "请选择要增加的成员。"},
        help_text="名单中没有的人，由系统管理员先开通账号并在“单位成员”中加入本单位、角色“专家（第三方）”。",
    )

    def __init__(self, *args: Any, experts: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in experts}
        choices = [("", "请选择"), *((key, str(user)) for key, user in self.people.items())]
        self.fields["user"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> User:
        """The chosen person."""
        return self.people[self.cleaned_data["user"]]


class LeaveForm(forms.Form):
    """Why a member leaves."""

    reason = forms.CharField(label="退出原因", required=False, max_length=500)


class ExpertRecusalForm(forms.Form):
    """Why an expert steps back from a file."""

    reason = _text("回避理由", rows=2, max_length=500, depends=True)


class SheetForm(forms.Form):
    """The own sheet for one file: a mark per criterion, or the verified amount of an audit, and remarks."""

    def __init__(
        self,
        *args: Any,
        kind: str,
        criteria: Iterable[Criterion] = (),
        sheet: Sheet | None = None,
        with_amount: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = list(criteria)
        audit = kind == StageKind.AUDIT
        for criterion in self.criteria:
            self.fields[score_field(criterion)] = forms.CharField(
                label=f"{criterion.name}（满分 {criterion.points}）",
                required=False,
                max_length=20,
                widget=forms.TextInput(
                    attrs={
                        "inputmode": "decimal",
                        "autocomplete": "off",
                        "class": "score-entry",
                        "data-depends": "submit",
                    }
                ),
                initial=sheet.scores.get(str(criterion.pk), "") if sheet else "",
            )
        if audit and with_amount:
            self.fields["verified"] = AmountField(required=False, label="审定金额（元）")
            self.fields["verified"].widget.attrs["data-depends"] = "submit"
            if sheet and sheet.verified_fen is not None:
                self.fields["verified"].initial = yuan(sheet.verified_fen)
        self.fields["remarks"] = _text(
            "审计意见" if audit else "评审意见", rows=5, depends=audit, initial=sheet.remarks if sheet else ""
        )

    @property
    def scores(self) -> dict[int, str]:
        """Criterion → the mark as typed."""
        return {criterion.pk: self.cleaned_data[score_field(criterion)] for criterion in self.criteria}


class ConcludeForm(forms.Form):
    """The chair's verdict for every file, and what the panel says as a whole."""

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = board.rows
        yes, no = (outcome_of(board.panel, favourable).label for favourable in (True, False))
        audit = board.panel.kind == StageKind.AUDIT
        for row in board.rows:
            name = f"stage_{row.stage.pk}"
            self.fields[f"{name}-favourable"] = forms.ChoiceField(
                label="结论",
                choices=[("yes", yes), ("no", no)],
                required=False,
                widget=forms.RadioSelect(attrs={"data-depends": "conclusion"}),
            )
            if audit or sets_amount(definition_of(row.application)):
                label = "审定金额（元）" if audit else "建议金额（万元）"
                self.fields[f"{name}-amount"] = AmountField(required=False, unit="元" if audit else "万元", label=label)
                self.fields[f"{name}-amount"].widget.attrs["data-depends"] = "outcome"
            self.fields[f"{name}-reasons"] = _text("理由", rows=2, depends=True)
        self.fields["remarks"] = _text("评审组综合意见", rows=5, depends=True)

    def verdict(self, row: Row) -> Verdict:
        """What was put down for one file."""
        name = f"stage_{row.stage.pk}"
        return Verdict(
            favourable={"yes": True, "no": False}.get(self.cleaned_data[f"{name}-favourable"]),
            amount_fen=self.cleaned_data.get(f"{name}-amount"),
            reasons=self.cleaned_data[f"{name}-reasons"],
        )

    @property
    def verdicts(self) -> dict[int, Verdict]:
        """Stage → verdict."""
        return {row.stage.pk: self.verdict(row) for row in self.rows}

    def blocks(self) -> list[dict[str, Any]]:
        """The files with their fields, as the page prints them."""
        return [
            {"row": row, "fields": [self[key] for key in self.fields if key.startswith(f"stage_{row.stage.pk}-")]}
            for row in self.rows
        ]
