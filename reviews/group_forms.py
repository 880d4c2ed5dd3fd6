"""The form with which the keeping unit names the members of an open group (市各有关单位)."""

from typing import Any

from django import forms
from django.db.models import Q

from accounts.enums import UnitKind
from accounts.models import Unit
from reviews.enums import StageKind
from reviews.models import Stage, Task


class UnitsForm(forms.Form):
    """Units to consult by kind, or the reason why nobody else is asked.

    Any unit can be sent; the action says in words which one cannot be asked. Those that cannot are not offered.
    """

    units = forms.ModelMultipleChoiceField(
        label="参加会审的单位",
        queryset=Unit.objects.order_by("kind", "order", "pk"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "所选单位不存在，请重新选择。",
            "invalid_pk_value": "所选单位不存在，请重新选择。",
        },
    )
    reason = forms.CharField(
        label="说明",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "data-depends": "units"}),
        help_text="不选择任何单位时必填：写明不再征求其他单位意见的理由。",
    )

    def __init__(self, *args: Any, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = Task.objects.filter(Q(stage=stage) | Q(stage__case=stage.case, stage__kind=StageKind.LEAD))
        self.not_offered = set(taken.values_list("unit", flat=True))

    @property
    def ticked(self) -> set[str]:
        """What was sent, as text, whether valid or not: nothing that was ticked is lost."""
        return {str(value) for value in self["units"].value() or []}

    def groups(self) -> list[dict[str, Any]]:
        """The choices by kind of unit: {label, choices: {value, label, checked}}."""
        units = self.fields["units"].queryset  # type: ignore[attr-defined]
        rows: dict[str, list[dict[str, Any]]] = {}
        for unit in units:
            checked = str(unit.pk) in self.ticked
            if checked or (unit.is_active and unit.pk not in self.not_offered):
                rows.setdefault(unit.kind, []).append({"value": unit.pk, "label": unit.name, "checked": checked})
        return [{"label": UnitKind(kind).label, "choices": choices} for kind, choices in rows.items()]
