"""The form of a worked case: the figures of the year and the facts that the clause reads, and what must come out.

It is always bound, to what was posted or to what is stored; whether the document is sound is read by the engine
(`policies.rules.intake`), whose sentences `place` puts at the fields.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.forms.base import AmountField, LineField, SpokenForm
from common.errors import DomainError
from common.money import MoneyError, Unit, parse_entry, parse_yuan, wan, yuan
from policies.models import VersionCase
from policies.queries.cases import STATUSES, seen_of
from policies.rules.schema import ClauseDefinition, Column, Discretion, FactDecl

KINDS = [("enterprise", "企业"), ("association", "协会、商会、联盟")]
#: A forged number of rows makes no rows.
_MOST_ROWS = 200
_FULL_WIDTH = str.maketrans({**{chr(0xFF10 + digit): str(digit) for digit in range(10)}, "，": ",", "－": "-"})
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


class EntryField(forms.Field):
    """One typed value of an evaluation document; empty is no answer, the engine says what is missing."""

    def __init__(self, *, read: Callable[[str], Any], **kwargs: Any) -> None:
        self.read = read
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """What was typed as the document writes it; raises ValidationError with a sentence."""
        text = str(value if value is not None else "").strip()
        return self.read(text) if text else None

    def validate(self, value: Any) -> None:
        """Nothing is refused here for being empty."""


class DataForm(SpokenForm):
    """Year and kind of the applicant, and what a reviewer decides where the clause leaves that open."""

    policy_year = forms.IntegerField(
        label="政策年度",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "请填写四位数的年度，例如 2026。"},
    )
    kind = forms.ChoiceField(label="申报主体", choices=KINDS, widget=forms.RadioSelect)
    decision = AmountField(label="审核核定的金额", required=False, help_text="不填，结果为待裁量。")

    def __init__(self, data: Mapping[str, Any], *, latitude: bool) -> None:
        super().__init__(data)
        if not latitude:
            del self.fields["decision"]


class ResultForm(SpokenForm):
    """What the case is called and what must come out."""

    title = LineField(label="算例名称", widget=forms.TextInput(attrs={"data-wide": "true", "maxlength": 80}))
    status = forms.ChoiceField(label="结果", choices=list(STATUSES.items()), widget=forms.RadioSelect)
    amount = AmountField(
        label="应得金额", required=False, help_text="结果为符合时填写；是条款金额，未经同类型和累计上限处理。"
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].widget.attrs["data-depends"] = "status"  # due with one answer, so no 选填


class Rows:
    """A table fact as rows of fields, with the interface that templates/components/formset_rows.html draws."""

    def __init__(self, fact: FactDecl, data: Mapping[str, Any]) -> None:
        self.fact = fact
        self.prefix = f"t-{fact.key}"
        self.errors: list[str] = []
        form = _form_of(fact.columns, deletable=True)
        try:
            total = int(data.get(f"{self.prefix}-TOTAL_FORMS") or 0)
        except ValueError:
            total = 1
        most = min(fact.max_rows, _MOST_ROWS)
        if total > most:
            self.errors.append(f"最多 {most} 行，超出的没有读取。")
        self.forms = [form(data, prefix=f"{self.prefix}-{number}") for number in range(max(min(total, most), 0))]
        self.empty_form = form(prefix=f"{self.prefix}-__prefix__")
        self.most = most

    def __iter__(self) -> Iterator[forms.Form]:
        return iter(self.forms)

    def __len__(self) -> int:
        return len(self.forms)

    @property
    def management_form(self) -> SafeString:
        """The hidden fields as HTML: how many rows stand here, and how many are accepted."""
        return format_html(
            '<input type="hidden" name="{0}-TOTAL_FORMS" value="{1}">'
            '<input type="hidden" name="{0}-MAX_NUM_FORMS" value="{2}">',
            self.prefix,
            len(self.forms),
            self.most,
        )

    @property
    def kept(self) -> list[forms.Form]:
        """The rows that were filled in and not ticked for removal."""
        return [
            form
            for form in self.forms
            if not form.cleaned_data.get("DELETE") and any(form[name].data for name in form.fields if name != "DELETE")
        ]


class CaseForm:
    """A whole case as typed: `data` as posted, or made by `blank` and `of`."""

    def __init__(
        self,
        clause: ClauseDefinition,
        year_facts: Sequence[FactDecl],
        data: Mapping[str, Any],
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        plain = [fact for fact in clause.facts if fact.type != "table"]
        self.clause, self.year_facts = clause, year_facts
        self.kept = kept or {}
        self.data = DataForm(data, latitude=isinstance(clause.award, Discretion))
        self.year = _form_of(year_facts)(data, prefix="y")
        self.own = _form_of(plain)(data, prefix="f")
        self.tables = {fact.key: Rows(fact, data) for fact in clause.facts if fact.type == "table"}
        self.result = ResultForm(data)
        self.computed: dict[str, Any] | None = None
        self.said: list[str] = []
        for form in (*self._data_forms(), self.result):
            form.full_clean()

    @classmethod
    def blank(cls, clause: ClauseDefinition, year_facts: Sequence[FactDecl], year: int) -> "CaseForm":
        """The form of a case to be entered: every table opens with a row."""
        rows = {f"t-{fact.key}-TOTAL_FORMS": max(fact.min_rows, 1) for fact in clause.facts if fact.type == "table"}
        return cls(clause, year_facts, {"policy_year": str(year), "kind": "enterprise", **rows}).untouched()

    @classmethod
    def of(cls, clause: ClauseDefinition, year_facts: Sequence[FactDecl], case: VersionCase) -> "CaseForm":
        """The form of a stored case."""
        document, wanted = _object(case.document), _object(case.expected)
        claims = document.get("claims")
        claim = _object(claims[0] if isinstance(claims, list) and claims else None)
        applicant, facts = _object(document.get("applicant")), _object(claim.get("facts"))
        data = {
            "title": case.title,
            "policy_year": str(document.get("policy_year", "")),
            "kind": applicant.get("kind", "enterprise"),
            "decision": _typed_money(_object(claim.get("decision")).get("amount"), "元"),
            "status": wanted.get("status", ""),
            "amount": _typed_money(wanted.get("amount"), "元"),
            "seen": seen_of(case),
        }
        data |= {f"y-{fact.key}": _typed(fact, applicant.get(fact.key)) for fact in year_facts}
        for fact in clause.facts:
            value = facts.get(fact.key)
            if fact.type != "table":
                data[f"f-{fact.key}"] = _typed(fact, value)
                continue
            rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
            data[f"t-{fact.key}-TOTAL_FORMS"] = str(max(len(rows), 1))
            for number, row in enumerate(rows):
                data |= {
                    f"t-{fact.key}-{number}-{column.key}": _typed(column, row.get(column.key))
                    for column in fact.columns
                }
        return cls(clause, year_facts, data, document)

    def untouched(self) -> "CaseForm":
        """The same without faults: nobody has sent it yet."""
        for form in (*self._data_forms(), self.result):
            form._errors = forms.utils.ErrorDict()  # type: ignore[attr-defined]
        for table in self.tables.values():
            table.errors = []
        return self

    @property
    def data_is_readable(self) -> bool:
        """Whether every figure could be read; the engine says whether they are enough."""
        return all(form.is_valid() for form in self._data_forms()) and not any(
            table.errors for table in self.tables.values()
        )

    @property
    def is_readable(self) -> bool:
        """As `data_is_readable`, with name and expected result."""
        return self.data_is_readable and self.result.is_valid()

    @property
    def document(self) -> dict[str, Any]:
        """The evaluation document without `policy`; what was stored in it and is not asked here stays."""
        given = self.data.cleaned_data
        facts = _answers(self.own, [fact for fact in self.clause.facts if fact.type != "table"])
        for key, table in self.tables.items():
            facts[key] = [_answers(form, table.fact.columns) for form in table.kept]
        claim: dict[str, Any] = {"clause": self.clause.id, "facts": facts}
        if given.get("decision") is not None:
            claim["decision"] = {"amount": yuan(given["decision"])}
        asked = {fact.key for fact in self.year_facts}
        others = {key: value for key, value in _object(self.kept.get("applicant")).items() if key not in asked}
        applicant = {**others, "kind": given["kind"], **_answers(self.year, self.year_facts)}
        return {**self.kept, "policy_year": given["policy_year"], "applicant": applicant, "claims": [claim]}

    @property
    def expected(self) -> dict[str, Any]:
        """What must come out."""
        amount = self.result.cleaned_data.get("amount")
        return {"status": self.result.cleaned_data["status"], "amount": None if amount is None else yuan(amount)}

    def without_result(self) -> None:
        """Leave aside what is wrong with name and expected result: only the figures were asked about."""
        self.result._errors = forms.utils.ErrorDict()  # type: ignore[attr-defined]

    def seen_again(self, seen: str) -> None:
        """Name the state that the page shows now."""
        data = {name: self.result[name].data for name in self.result.fields}
        self.result = ResultForm({**data, "seen": seen})
        self.result.full_clean()

    def fill_in(self, line: Mapping[str, Any]) -> None:
        """Put what the draft gives now into the expected result, to be checked by a person."""
        self.computed = dict(line)
        data = {name: self.result[name].data for name in self.result.fields}
        data |= {"status": line["status"], "amount": _typed_money(line.get("amount"), "元")}
        self.result = ResultForm(data)
        self.without_result()

    def add_row(self, prefix: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """What was posted with one more row in the table of this prefix."""
        more = {key: data.get(key) for key in data}
        for table in self.tables.values():
            if table.prefix == prefix:
                more[f"{prefix}-TOTAL_FORMS"] = str(min(len(table) + 1, table.most))
        return more

    def refuse(self, error: DomainError) -> int:
        """Put an action's refusal at its fields, what has none on top; answers the status."""
        for path, sentences in error.errors.items():
            for sentence in sentences:
                self._place(path, sentence)
        return error.status

    @property
    def errors(self) -> list[Any]:
        """Every fault for the summary, in the order of the page; empty where nothing was refused (the frame asks)."""
        if not self.has_errors:
            return []
        tables: list[Any] = []
        for table in self.tables.values():
            tables += [{"field_id": f"table-{table.prefix}", "message": text} for text in table.errors]
            tables += table.forms
        return [*self.said, self.result, self.data, self.year, self.own, *tables]

    @property
    def has_errors(self) -> bool:
        """Whether the page is an answer to something that was refused."""
        forms_of = (*self._data_forms(), self.result)
        return bool(self.said) or any(form.errors for form in forms_of) or any(t.errors for t in self.tables.values())

    def _data_forms(self) -> list[forms.Form]:
        return [self.data, self.year, self.own, *(form for table in self.tables.values() for form in table.forms)]

    def _place(self, path: str, sentence: str) -> None:
        """A sentence of the engine or of an action at the field that it belongs to."""
        fact = re.fullmatch(r"claims\[0\]\.facts\.(\w+)(?:\[(\d+)\])?(?:\.(\w+))?", path)
        if fact and fact[1] in self.tables:
            table = self.tables[fact[1]]
            rows = table.kept
            if fact[2] is not None and int(fact[2]) < len(rows):
                row = rows[int(fact[2])]
                row.add_error(fact[3] if fact[3] in row.fields else None, sentence)
            else:
                table.errors.append(sentence)
        elif fact and fact[1] in self.own.fields:
            self.own.add_error(fact[1], sentence)
        elif path.startswith("applicant.") and path.removeprefix("applicant.") in self.year.fields:
            self.year.add_error(path.removeprefix("applicant."), sentence)
        elif path in ("policy_year", "applicant.kind"):
            self.data.add_error(path.removeprefix("applicant."), sentence)
        elif path.startswith("claims[0].decision") and "decision" in self.data.fields:
            self.data.add_error("decision", sentence)
        elif path in self.result.fields:
            self.result.add_error(path, sentence)
        else:
            self.said.append(f"{path}：{sentence}" if path and not sentence.startswith(path) else sentence)


# ------------------------------------------------------------------------------------------------- from declarations


def _form_of(declarations: Sequence[Column], *, deletable: bool = False) -> type[forms.Form]:
    fields: dict[str, Any] = {declaration.key: _field(declaration) for declaration in declarations}
    if deletable:
        fields["DELETE"] = forms.BooleanField(label="移除这一行", required=False)
    return type("DeclaredForm", (forms.Form,), {**fields, "use_required_attribute": False})


def _field(declaration: Column) -> EntryField:
    attrs = {"autocomplete": "off", "maxlength": 500}
    needed = declaration.required and not declaration.nullable and not declaration.informational
    common: dict[str, Any] = {"label": declaration.label, "required": needed}
    match declaration.type:
        case "money":
            unit: Unit = declaration.entry_unit
            money = forms.TextInput(attrs={**attrs, "inputmode": "decimal", "data-money": unit})
            return EntryField(read=lambda text: _money(text, unit), widget=money, **common)
        case "count":
            return EntryField(read=_count, widget=forms.TextInput(attrs={**attrs, "inputmode": "numeric"}), **common)
        case "date":
            return EntryField(read=_day, widget=forms.TextInput(attrs={"type": "date"}), **common)
        case "flag":
            radios = forms.RadioSelect(choices=[("true", "是"), ("false", "否")])
            return EntryField(read=_flag, widget=radios, **common)
        case "choice":
            options = [(choice.value, choice.label) for choice in declaration.choices]
            return EntryField(read=str, widget=forms.Select(choices=[("", "请选择"), *options]), **common)
    return EntryField(read=str, widget=forms.TextInput(attrs=attrs), **common)


def _money(text: str, unit: Unit) -> str:
    try:
        return yuan(parse_entry(text, unit))
    except MoneyError as error:
        raise forms.ValidationError(str(error)) from error


def _count(text: str) -> int:
    plain = "".join(text.translate(_FULL_WIDTH).split())
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+", plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"-?[0-9]{1,15}", plain):
        raise forms.ValidationError("请填写整数，只能是数字。")
    return int(plain)


def _day(text: str) -> str:
    found = _DAY.fullmatch(text.translate(_FULL_WIDTH))
    if found is None:
        raise forms.ValidationError("请填写有效的日期，例如 2024-03-01。")
    return f"{int(found[1]):04d}-{int(found[2]):02d}-{int(found[3]):02d}"


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise forms.ValidationError("请选择“是”或“否”。")
    return text == "true"


def _answers(form: forms.Form, declarations: Sequence[Column]) -> dict[str, Any]:
    """What was answered; null is the answer of a nullable fact that was left empty."""
    found = {declaration.key: form.cleaned_data.get(declaration.key) for declaration in declarations}
    nullable = {declaration.key for declaration in declarations if declaration.nullable}
    return {name: value for name, value in found.items() if value is not None or name in nullable}


def _object(value: Any) -> dict[str, Any]:
    """A stored object; an empty one where something else was imported."""
    return value if isinstance(value, dict) else {}


def _typed(declaration: Column, value: Any) -> str:
    """A stored value as a person would type it."""
    if value is None:
        return ""
    if declaration.type == "money":
        return _typed_money(value, declaration.entry_unit)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _typed_money(value: Any, unit: Unit) -> str:
    if value is None:
        return ""
    try:
        fen = parse_yuan(str(value))
    except MoneyError:
        return str(value)
    return wan(fen) if unit == "万元" else yuan(fen).removesuffix(".00")
