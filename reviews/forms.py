"""Forms of the officers: decision, points to correct, a reason."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from applications.actions.corrections import correctable_keys
from applications.enums import PointTarget
from applications.models import Application
from common.money import MoneyError, parse_entry, yuan
from reviews.actions.opinions import STANCES, PointOpinion, field_of
from reviews.assessment import Assessment
from reviews.enums import Outcome, StageKind, Stance
from reviews.models import Decision, DecisionPoint, Task
from reviews.queries.opinions import AskedPoint
from reviews.workflow import OUTCOMES


def with_one_more_row(data: MultiValueDict[str, str], prefix: str, *, most: int) -> MultiValueDict[str, str]:
    """What a formset sent, with one more row, for browsers without JavaScript; a spoilt count starts with one row."""
    told = data.get(f"{prefix}-TOTAL_FORMS", "")
    rows = int(told) + 1 if told.isascii() and told.isdigit() and len(told) < 6 else 1
    more = data.copy()
    more[f"{prefix}-TOTAL_FORMS"] = str(min(rows, most))
    return more


class ProseField(forms.CharField):
    """A text of several lines. Its limit is told when it is sent, with what was typed kept: a browser that knows the
    limit cuts a pasted text off and says nothing."""

    widget = forms.Textarea

    def __init__(self, *, error_messages: dict[str, str] | None = None, **kwargs: Any) -> None:
        told = {
            "max_length": "最多 %(limit_value)d 字，现有 %(show_value)d 字，请精简后再提交。",
            "null_characters_not_allowed": "文字中有不能保存的字符，请删去后重新填写。",
        }
        super().__init__(error_messages=told | (error_messages or {}), **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs: dict[str, Any] = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class DecisionForm(forms.Form):
    """What a unit says at its stage; which fields there are depends on stage, clause and the opinions so far.

    `asked`: the points of a consulted unit; `differing`: the points whose different opinions the lead handles.
    """

    outcome = forms.ChoiceField(label="结论", widget=forms.RadioSelect)
    # data-depends: whether it is asked for depends on the outcome, so the label does not call it optional.
    amount = forms.CharField(
        label="核定金额（元）", required=False, max_length=24, widget=forms.TextInput(attrs={"data-depends": "outcome"})
    )
    reasons = ProseField(
        label="理由或意见",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "data-depends": "outcome"}),
        help_text="不同意、不予支持、附意见或自由裁量金额时必填；不予支持的理由会写入告知书。",
    )
    reconciliation = ProseField(
        label="对不同意见的处理",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "data-depends": "outcome"}),
        help_text="有配合单位不同意，作出结论须书面说明如何处理。",
    )

    def __init__(
        self,
        *args: Any,
        task: Task,
        assessment: Assessment | None,
        asked: Sequence[AskedPoint] = (),
        differing: Sequence[DecisionPoint] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        kind = StageKind(task.stage.kind)
        self.fields["outcome"].choices = [(o.value, o.label) for o in OUTCOMES[kind]]  # type: ignore[attr-defined]
        self.fields["outcome"].error_messages |= {
            "required": "请选择结论。",
            "invalid_choice": "请选择所列的结论之一。",
        }
        if kind != StageKind.LEAD or assessment is None or not assessment.discretionary:
            del self.fields["amount"]
        if kind != StageKind.LEAD or not differing:
            del self.fields["reconciliation"]
        if kind == StageKind.CONSULTATION:
            self.fields["reasons"].help_text = "分项意见之外还有要说明的，写在这里；分项已写明的不必重复。"
        self.plain = [*self.fields]
        self.asked, self.differing = asked, differing
        for item in asked:
            self.fields[field_of(item.point.key, "stance")] = _stance_field(item)
            self.fields[field_of(item.point.key, "text")] = _text_field(f"“{item.point.label}”的意见内容")
        for key, label in {row.key: row.label for row in differing}.items():
            self.fields[field_of(key, "text")] = _text_field(
                f"“{label}”不同意见的处理", required=f"请写明对“{label}”不同意见的处理。"
            )

    def clean_amount(self) -> int | None:
        """The amount in 分; people may type separators and full-width digits."""
        text = self.cleaned_data["amount"].strip()
        if not text:
            return None
        try:
            return parse_entry(text)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def chosen(self) -> Outcome:
        """The outcome as a member of the vocabulary."""
        return Outcome(self.cleaned_data["outcome"])

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """The fields that are no points, in their order."""
        return [self[name] for name in self.plain]

    @property
    def point_rows(self) -> list[dict[str, Any]]:
        """The points of a consulted unit with their fields: what is asked first, what stands, what may be opened."""
        return [
            {
                "asked": item,
                "stance": self[field_of(item.point.key, "stance")],
                "text": self[field_of(item.point.key, "text")],
                "place": "asked" if item.required else "standing" if item.standing else "other",
                "changed": bool(self[field_of(item.point.key, "stance")].value()),
            }
            for item in self.asked
        ]

    @property
    def asked_again(self) -> bool:
        """Whether a revision made something void that the unit had said."""
        return any(item.voided for item in self.asked)

    @property
    def has_others(self) -> bool:
        """Whether there are points that are not the unit's own."""
        return any(row["place"] == "other" for row in self.point_rows)

    @property
    def opened_others(self) -> bool:
        """Whether something was said about a point that is not the unit's own."""
        return any(row["place"] == "other" and (row["changed"] or row["text"].errors) for row in self.point_rows)

    @property
    def differing_rows(self) -> list[dict[str, Any]]:
        """Each differing point with what the units said against it and the field for its handling."""
        rows: dict[str, dict[str, Any]] = {}
        for point in self.differing:
            row = rows.setdefault(
                point.key, {"label": point.label, "against": [], "text": self[field_of(point.key, "text")]}
            )
            row["against"].append({"unit": point.decision.task.unit.name, "text": point.text})
        return list(rows.values())

    @property
    def point_opinions(self) -> list[PointOpinion]:
        """What was said point by point; points that were left alone are left out."""
        said = [
            PointOpinion(item.point.key, Stance(stance), self.cleaned_data.get(field_of(item.point.key, "text"), ""))
            for item in self.asked
            if (stance := self.cleaned_data.get(field_of(item.point.key, "stance")))
        ]
        handled = dict.fromkeys(row.key for row in self.differing)
        return said + [
            PointOpinion(key, Stance.RECONCILED, self.cleaned_data.get(field_of(key, "text"), "")) for key in handled
        ]


def initial_of(decision: Decision) -> dict[str, Any]:
    """What a decision says, as the form's first values."""
    amount = decision.amount_fen
    said: dict[str, Any] = {
        "outcome": decision.outcome,
        "reasons": decision.reasons,
        "reconciliation": decision.reconciliation,
        "amount": "" if amount is None else yuan(amount),
    }
    for point in decision.points.all():
        said |= {field_of(point.key, "stance"): point.stance, field_of(point.key, "text"): point.text}
    return said


def _stance_field(item: AskedPoint) -> forms.ChoiceField:
    choices = [(stance.value, stance.label) for stance in STANCES]
    if item.standing is not None:
        choices = [("", f"维持：{item.standing.get_stance_display()}"), *choices]
    elif not item.required:
        choices = [("", "不表态"), *choices]
    return forms.ChoiceField(
        label=f"对“{item.point.label}”的意见",
        choices=choices,
        widget=forms.RadioSelect,
        required=item.required,
        error_messages={"required": f"请就“{item.point.label}”表明意见。"},
    )


def _text_field(label: str, *, required: str = "") -> forms.CharField:
    return ProseField(
        label=label,
        required=bool(required),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": required},
    )


class PointForm(forms.Form):
    """One point to correct."""

    place = forms.ChoiceField(label="需补正的位置", error_messages={"required": "请选择需补正的位置。"})
    text = ProseField(
        label="需补正的内容",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明需补正的内容。"},
    )

    def __init__(self, *args: Any, places: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Nothing is chosen beforehand: a point tied to the first field by oversight sends the enterprise astray.
        self.fields["place"].choices = [("", "请选择"), *places]  # type: ignore[attr-defined]
        self.empty_permitted = False

    @property
    def target_and_key(self) -> tuple[str, str]:
        """Target and key of the chosen place, which travels as `target:key`."""
        target, _, key = self.cleaned_data["place"].partition(":")
        return target, key


def places_of(application: Application) -> list[Any]:
    """The choices of `place`, grouped as figures and facts, documents, general."""
    labels = {PointTarget.FIELD: "填报项", PointTarget.EVIDENCE: "附件材料", PointTarget.GENERAL: "其他"}
    return [
        (labels[PointTarget(target)], [(f"{target}:{key}", label) for key, label in keys.items()])
        for target, keys in correctable_keys(application).items()
        if keys
    ]


PointFormSet = forms.formset_factory(PointForm, extra=0, min_num=1, max_num=50, absolute_max=60, can_delete=True)


class NoteForm(forms.Form):
    """Why a draft goes back to the 经办."""

    note = ProseField(
        label="退回原因",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明退回原因。"},
    )


class CancelCorrectionForm(forms.Form):
    """Why a request for correction is taken back."""

    reason = ProseField(
        label="取消理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="企业会看到这一理由。",
        error_messages={"required": "请写明取消补正的理由。"},
    )


class RecusalForm(forms.Form):
    """Why a person steps back from the case."""

    reason = ProseField(
        label="回避理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明回避理由。"},
    )
