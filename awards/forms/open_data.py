"""What the published awards can be narrowed to; kept in the address."""

from typing import Any

from django import forms

from accounts.enums import UnitKind
from accounts.models import Unit
from awards.models import YearAccount
from awards.queries.open_data import Choice
from policies.models import Clause


class OpenDataFilter(forms.Form):
    """Year, clause, district, unit and words of a name."""

    year = forms.TypedChoiceField(
        label="政策年度",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "没有这个年度，请从列表中选择。"},
    )
    clause = forms.ChoiceField(
        label="条款", required=False, error_messages={"invalid_choice": "没有这个条款，请从列表中选择。"}
    )
    district = forms.ChoiceField(
        label="县区", required=False, error_messages={"invalid_choice": "没有这个县区，请从列表中选择。"}
    )
    unit = forms.ChoiceField(
        label="牵头单位", required=False, error_messages={"invalid_choice": "没有这个单位，请从列表中选择。"}
    )
    q = forms.CharField(
        label="企业或单位名称",
        required=False,
        max_length=60,
        error_messages={
            "max_length": "名称最多 60 个字，请缩短后再查找。",
            "null_characters_not_allowed": "含有无法识别的字符，请重新输入。",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = YearAccount.objects.order_by("-policy_year").values_list("policy_year", flat=True).distinct()
        paying = Clause.objects.public().filter(is_monetary=True)
        clauses = paying.values_list("clause_id", "title").order_by("order", "pk")
        units = list(Unit.objects.values_list("code", "name", "kind"))
        self._offer("year", [(str(year), f"{year} 年") for year in years])
        self._offer("clause", list({key: f"{key} {title}" for key, title in clauses}.items()))
        self._offer("district", [(code, name) for code, name, kind in units if kind == UnitKind.DISTRICT])
        self._offer("unit", [(code, name) for code, name, _ in units])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = [("", "全部"), *choices]  # type: ignore[attr-defined]

    def choice(self) -> Choice:
        """What was asked for; call it on a valid form."""
        data = self.cleaned_data
        return Choice(
            year=data["year"], clause=data["clause"], district=data["district"], unit=data["unit"], words=data["q"]
        )
