"""What the published awards can be narrowed to; kept in the address."""

from collections import defaultdict
from typing import Any

from django import forms

from accounts.enums import UnitKind
from accounts.models import Unit
from awards.models import YearAccount
from awards.queries.open_data import Choice
from policies.models import Clause

#: Between the slug of a document and the number of a clause; neither contains it.
_BETWEEN = ":"


class OpenDataFilter(forms.Form):
    """Year, clause, district, unit and words of a name.

    A clause is named by its document and its number, since two documents may count alike. Addresses from before name
    the number alone: it stands for the one clause that has it, or for all of them, and then `told` says so.
    """

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
        #: What is to be said about an address that is not exact; empty where there is nothing to say.
        self.told = ""
        years = YearAccount.objects.order_by("-policy_year").values_list("policy_year", flat=True).distinct()
        units = list(Unit.objects.values_list("code", "name", "kind"))
        self._offer("year", [(str(year), f"{year} 年") for year in years])
        self._offer("clause", self._clauses())
        self._offer("district", [(code, name) for code, name, kind in units if kind == UnitKind.DISTRICT])
        self._offer("unit", [(code, name) for code, name, _ in units])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = [("", "全部"), *choices]  # type: ignore[attr-defined]

    def _clauses(self) -> list[tuple[str, str]]:
        paying = Clause.objects.public().filter(is_monetary=True).order_by("document__order", "document", "order", "pk")
        found, alike = [], defaultdict(list)
        for slug, number, key, title in paying.values_list("document__slug", "document__number", "clause_id", "title"):
            value = f"{slug}{_BETWEEN}{key}"
            alike[key].append(value)
            found.append((value, f"{number} {key} {title}"))
        asked = self.data.get("clause", "")
        entries = alike.get(asked, [])
        if len(entries) == 1:
            self.data = {**dict(self.data.items()), "clause": entries[0]}
        elif entries:
            self.told = f"{len(entries)} 份文件都有条款 {asked}，下面列出全部。只看其中一份的，请在“条款”中选择。"
            found.insert(0, (asked, f"{asked}（{len(entries)} 份文件）"))
        return found

    def choice(self) -> Choice:
        """What was asked for; call it on a valid form."""
        data = self.cleaned_data
        document, _, clause = data["clause"].rpartition(_BETWEEN)
        return Choice(
            year=data["year"],
            clause=clause,
            document=document,
            district=data["district"],
            unit=data["unit"],
            words=data["q"],
        )
