"""Values of several parts: periods of stages, sampling, opinion points by unit, visibility, the sheet of a panel."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Q

from accounts.forms.base import LineField
from accounts.models import Unit
from accounts.unit_names import successors
from common.errors import DomainError
from policies.models import Clause, ClauseUnit
from policies.open_points import CALENDAR_DAYS, MOST_CRITERIA, OPINIONS, POINTS, STAGES
from policies.setting_forms.base import FieldGroup, SettingForm, WholeField

#: Empty rows behind those that are filled in.
_SPARE_ROWS = 3


class StageDaysForm(SettingForm):
    """The period of every stage."""

    value_names = tuple(STAGES)

    def prepare(self) -> None:
        for stage, (label, _) in STAGES.items():
            measure = "自然日" if stage in CALENDAR_DAYS else "工作日"
            self.fields[stage] = WholeField(
                label=f"{label}（{measure}）", error_messages={"required": f"请填写{label}的天数。"}
            )

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        return {stage: value.get(stage, default) for stage, (_, default) in STAGES.items()}

    def value(self) -> dict[str, int]:
        return {stage: self.cleaned_data[stage] for stage in STAGES}


class SamplingForm(SettingForm):
    """How many files are drawn for an audit, and of which clauses."""

    value_names = ("per_mille", "clauses")
    per_mille = WholeField(label="每千件抽查件数", help_text="0 至 1000 的整数；0 表示不抽查。")
    clauses = forms.MultipleChoiceField(
        label="限于条款",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不选表示全部资金条款。",
        error_messages={"invalid_choice": "本文件没有所选的资金条款，请重新选择。"},
    )

    def prepare(self) -> None:
        rows = Clause.objects.filter(document_id=self.setting.document_id, is_monetary=True).order_by("order")
        field: Any = self.fields["clauses"]
        field.choices = [(one.clause_id, f"{one.clause_id} {one.title}") for one in rows]

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        return {"per_mille": value.get("per_mille", 0), "clauses": list(value.get("clauses", ()))}

    def value(self) -> dict[str, Any]:
        return {"per_mille": self.cleaned_data["per_mille"], "clauses": self.cleaned_data["clauses"]}


class OpinionPointsForm(SettingForm):
    """On what each cooperating unit states its opinion; a unit without a tick states it on everything."""

    def prepare(self) -> None:
        consulted = ClauseUnit.objects.filter(
            role="cooperating", version__clause__document_id=self.setting.document_id, unit__isnull=False
        )
        named = Q(pk__in=consulted.values("unit")) | Q(code__in=list(self.setting.value or ()))
        # Units whose duties went to another too: brackets go on printing them, and the setting names what is printed.
        successor = successors()
        rows = Unit.objects.filter(named).filter(Q(is_active=True) | Q(pk__in=successor))
        self.units = list(rows.order_by("kind", "order", "pk"))
        for unit in self.units:
            taken = successor.get(unit.pk)
            self.fields[f"unit_{unit.code}"] = forms.MultipleChoiceField(
                label=f"{unit.name}（职责由{taken.name}承接）" if taken else unit.name,
                required=False,
                choices=list(POINTS.items()),
                widget=forms.CheckboxSelectMultiple,
            )

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        return {f"unit_{code}": list(keys) for code, keys in value.items()}

    def value(self) -> dict[str, list[str]]:
        chosen = {unit.code: self.cleaned_data[f"unit_{unit.code}"] for unit in self.units}
        return {code: keys for code, keys in chosen.items() if keys}

    def value_groups(self) -> Iterator[FieldGroup]:
        yield FieldGroup("", [self[f"unit_{unit.code}"] for unit in self.units])

    hint = "勾选各单位须提出意见的事项；一项都不选的单位就全部事项提出意见。"


class VisibilityForm(SettingForm):
    """When consulted units read the opinions of others, and whether they see amounts."""

    value_names = ("opinions", "amounts")
    opinions = forms.ChoiceField(label="其他单位的意见", choices=list(OPINIONS.items()), widget=forms.RadioSelect)
    amounts = forms.TypedChoiceField(
        label="金额",
        choices=[("yes", "金额可见"), ("no", "金额不可见")],
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
    )

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        return {"opinions": value.get("opinions"), "amounts": "yes" if value.get("amounts", True) else "no"}

    def value(self) -> dict[str, Any]:
        return {"opinions": self.cleaned_data["opinions"], "amounts": self.cleaned_data["amounts"]}


class PanelForm(SettingForm):
    """How many experts, and the lines of the scoring sheet; rows left empty do not count."""

    value_names = ("size",)
    size = WholeField(label="专家人数（不少于）")

    def prepare(self) -> None:
        filled = len(self.setting.value.get("criteria", ()))
        sent = [
            int(name[5:])
            for name in self.data
            if name.startswith("name_") and name[5:].isascii() and name[5:].isdigit()
        ]
        self.rows = min(max([filled + _SPARE_ROWS, *sent]), MOST_CRITERIA)
        for row in range(1, self.rows + 1):
            self.fields[f"name_{row}"] = LineField(label=f"评分项 {row}", required=False)
            self.fields[f"points_{row}"] = WholeField(label=f"满分 {row}", required=False)

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"size": value.get("size", 3)}
        for row, line in enumerate(value.get("criteria", ()), start=1):
            found |= {f"name_{row}": line.get("name"), f"points_{row}": line.get("points")}
        return found

    def value(self) -> dict[str, Any]:
        lines = [self._line(row) for row in self._filled()]
        return {"size": self.cleaned_data["size"], "criteria": lines}

    def _line(self, row: int) -> dict[str, Any]:
        return {"name": self.cleaned_data.get(f"name_{row}") or "", "points": self.cleaned_data.get(f"points_{row}")}

    def _filled(self) -> list[int]:
        """The rows that count, by their number on the page."""
        lines = {row: self._line(row) for row in range(1, self.rows + 1)}
        return [row for row, line in lines.items() if line["name"] or line["points"] is not None]

    def refuse(self, error: DomainError) -> int:
        """Lines are counted without the empty rows between them; their faults go to the rows that they stand in."""
        filled = self._filled()
        placed = {}
        for name, sentences in error.errors.items():
            part, _, number = name.rpartition("_")
            known = part in {"name", "points"} and int(number) <= len(filled)
            placed[f"{part}_{filled[int(number) - 1]}" if known else name] = sentences
        error.errors = placed
        return super().refuse(error)

    def value_groups(self) -> Iterator[FieldGroup]:
        yield FieldGroup("", [self["size"]])
        for row in range(1, self.rows + 1):
            yield FieldGroup(f"第 {row} 行", [self[f"name_{row}"], self[f"points_{row}"]])
