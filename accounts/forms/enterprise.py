"""What an enterprise says about itself."""

from typing import Any

from django import forms

from accounts.actions.enterprise_data import DATA_FIELDS
from accounts.enums import EnterpriseKind
from accounts.forms.base import DayField, DigitsField, LineField, SpokenForm, UsccField
from accounts.models import Enterprise, Unit
from accounts.queries import districts
from accounts.validators import validate_bank_account, validate_bank_code, validate_industry_code, validate_phone


class DistrictField(forms.ModelChoiceField):
    """One of the districts of the policy."""

    default_error_messages = {"invalid_choice": "请从列表中选择所属县区（开发区）。"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Unit.objects.none(), empty_label="请选择", **kwargs)


class EnterpriseFields(SpokenForm):
    """The fields of an enterprise, shared by registering and editing."""

    name = LineField(label="名称", max_length=120, help_text="与营业执照（登记证书）一致。")
    uscc = UsccField(label="统一社会信用代码", max_length=40, help_text="18 位，见营业执照；可带空格粘贴。")
    kind = forms.ChoiceField(label="主体类型", choices=EnterpriseKind.choices)
    district = DistrictField(
        label="所属县区（开发区）", help_text="注册地或税务关系所在的县区（开发区），由其核实贵单位信息。"
    )
    legal_representative = LineField(label="法定代表人", max_length=60)
    contact_name = LineField(label="联系人", max_length=60)
    contact_phone = DigitsField(
        label="联系电话",
        max_length=30,
        validators=[validate_phone],
        help_text="手机，或带区号的固定电话。",
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    address = LineField(label="注册地址", max_length=200, required=False)
    established_on = DayField(label="成立日期", required=False)
    industry_code = DigitsField(
        label="行业代码",
        max_length=10,
        required=False,
        validators=[validate_industry_code],
        help_text="国民经济行业分类（GB/T 4754），例如 3973（集成电路制造）。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].queryset = districts()  # type: ignore[attr-defined]

    def enterprise_data(self) -> dict[str, Any]:
        """The valid answers, as the actions take them."""
        return {name: self.cleaned_data[name] for name in DATA_FIELDS}


ENTERPRISE_SECTION = (
    "企业信息",
    "协会、商会、联盟同样在此登记。",
    DATA_FIELDS,
)


class EnterpriseForm(EnterpriseFields):
    """Editing a registered enterprise; `version` is the one that the person saw."""

    section_layout = (ENTERPRISE_SECTION,)
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def initial_of(cls, enterprise: Enterprise) -> dict[str, Any]:
        """What the form shows before anything is typed."""
        data = {name: getattr(enterprise, name) for name in DATA_FIELDS if name != "district"}
        return {**data, "district": enterprise.district_id, "version": enterprise.version}


class BankAccountForm(SpokenForm):
    """The account for payments; never filled with the stored one, which is only shown masked."""

    bank_account_name = LineField(label="户名", max_length=120, help_text="应与单位名称一致。")
    bank_name = LineField(label="开户行", max_length=120, help_text="写到支行，例如 某某银行南昌高新支行。")
    bank_code = DigitsField(
        label="行号",
        max_length=20,
        validators=[validate_bank_code],
        help_text="联行号，12 位数字。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank_account = DigitsField(
        label="账号",
        max_length=60,
        validators=[validate_bank_account],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
