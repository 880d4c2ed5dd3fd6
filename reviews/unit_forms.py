"""Forms of a unit's inside: who is away, rules, giving and handing over tasks."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.enums import UnitKind
from accounts.forms.base import DayField, LineField, SpokenForm
from accounts.models import Unit, User
from policies.models import Clause
from reviews.enums import StageKind
from reviews.queries.assignment import labelled


class PersonField(forms.ChoiceField):
    """One of the people that the form is given; cleaned to the person, None where no person is chosen."""

    def offer(self, people: Iterable[User], *, nobody: tuple[str, str] | None = None) -> None:
        """Set who can be chosen; `nobody` is a choice that stands for no person."""
        self.people = {str(person.pk): person for person in people}
        self.choices = [("", "请选择"), *([nobody] if nobody else []), *labelled(self.people.values())]
        self.error_messages["invalid_choice"] = "所选人员已不在可选范围内，请重新选择。"

    def clean(self, value: Any) -> User | None:
        return self.people.get(super().clean(value))


class AbsenceForm(SpokenForm):
    """Who is away, from when to when, and who stands in."""

    user = PersonField(label="外出人员")
    deputy = PersonField(label="代办人")
    first_day = DayField(label="开始日期")
    last_day = DayField(label="结束日期", help_text="含当日；提前回来可随时结束。")
    reason = LineField(label="事由", max_length=100, required=False)

    def __init__(self, *args: Any, people: list[User], deputies: list[User], himself: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].offer(people)  # type: ignore[attr-defined]
        self.fields["deputy"].offer(deputies)  # type: ignore[attr-defined]
        if any(person.pk == himself.pk for person in people):
            self.initial["user"] = str(himself.pk)


class RuleForm(SpokenForm):
    """One rule: conditions that may be left open, and who gets what meets them."""

    stage_kind = forms.ChoiceField(label="环节", required=False, choices=[("", "全部环节"), *StageKind.choices])
    clause = forms.ModelChoiceField(
        label="条款", required=False, queryset=Clause.objects.none(), empty_label="全部条款"
    )
    district = forms.ModelChoiceField(
        label="企业所属县区", required=False, queryset=Unit.objects.none(), empty_label="全部县区"
    )
    handler = PersonField(label="交给")

    def __init__(self, *args: Any, unit: Unit, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause"].queryset = Clause.objects.public().filter(is_monetary=True)  # type: ignore[attr-defined]
        if unit.kind == UnitKind.DISTRICT:
            del self.fields["district"]  # a district meets its own enterprises only
        else:
            districts = Unit.objects.filter(kind=UnitKind.DISTRICT, is_active=True).order_by("order")
            self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        self.fields["handler"].offer(people, nobody=("evenly", "平均分配（名下在办最少者）"))  # type: ignore[attr-defined]
        self.fields["handler"].error_messages["required"] = "请选择交给谁，或选择平均分配。"


class AssignForm(SpokenForm):
    """To whom a task is given."""

    to = PersonField(label="交办给", widget=forms.Select(attrs={"class": "form-select form-select-sm"}))

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].error_messages["required"] = "请选择交办给谁。"
        self.fields["to"].offer(people)  # type: ignore[attr-defined]


class HandOverForm(SpokenForm):
    """Whose tasks go to whom."""

    member = PersonField(label="移交人")
    to = PersonField(label="接收人")

    def __init__(self, *args: Any, holders: list[tuple[User, int]], people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].offer(person for person, _ in holders)  # type: ignore[attr-defined]
        numbers = {str(person.pk): number for person, number in holders}
        self.fields["member"].choices = [  # type: ignore[attr-defined]
            (value, f"{label}（{numbers[value]} 件）" if value else label)
            for value, label in self.fields["member"].choices  # type: ignore[attr-defined]
        ]
        self.fields["to"].offer(people)  # type: ignore[attr-defined]
