"""Administration of units, people and enterprises. Nothing is deleted here; every save has its audit event."""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from accounts.actions.administration import refuse_mixed_roles, save_administered
from accounts.actions.people import open_account
from accounts.models import Enterprise, EnterpriseMember, Unit, UnitMember, User
from common.errors import DomainError, NotAllowed


def _by(request: HttpRequest) -> User:
    """The administrator; the site lets nobody else in."""
    return cast(User, request.user)


class KeptAdmin(admin.ModelAdmin):
    """Rows are never deleted; saving goes through the action that audits it."""

    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool) -> None:
        save_administered(
            instance=obj, changed=form.changed_data, created=not change, by=_by(request), at=timezone.now()
        )


class ReadOnlyAdmin(KeptAdmin):
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


def _check_roles(instance: models.Model) -> None:
    """Refuse in the form's own voice what the action would refuse."""
    try:
        refuse_mixed_roles(instance)
    except NotAllowed as error:
        raise forms.ValidationError(error.message) from error


class UnitMemberForm(forms.ModelForm):
    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.instance.user_id and not self.errors:
            try:
                _check_roles(self.instance)
            except forms.ValidationError as error:
                self.add_error(None, error)


class UnitMemberInline(admin.TabularInline):
    model = UnitMember
    form = UnitMemberForm
    extra = 0
    can_delete = False
    autocomplete_fields = ["user"]


class _WithMembers(KeptAdmin):
    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        at = timezone.now()
        for instance in formset.new_objects:
            names = ["unit", "user", "role", "is_active"]
            save_administered(instance=instance, changed=names, created=True, by=_by(request), at=at)
        for instance, names in formset.changed_objects:
            save_administered(instance=instance, changed=names, created=False, by=_by(request), at=at)


class _HasPages:
    """For lists whose daily work is done on pages of the site: says where they are."""

    pages = ""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        told = {"subtitle": f"日常维护请使用“政策维护 · {self.pages}”页面，此处仅供技术人员查改。"}
        return super().changelist_view(request, extra_context=told | (extra_context or {}))  # type: ignore[misc]


# Groups carry no rights here, and the library's own tables hold second factors and addresses, which are their owners'.
for _model in (Group, EmailAddress, Authenticator):
    admin.site.unregister(_model)


@admin.register(Unit)
class UnitAdmin(_HasPages, _WithMembers):
    pages = "单位"
    list_display = ["name", "full_name", "kind", "is_finance", "two_person", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["name", "full_name", "code"]
    inlines = [UnitMemberInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> list[str]:
        # Policy data refer to the code and to what kind of unit it is; names change by date (单位 in 政策维护).
        return ["code", "kind", "name"] if obj else []


class UserChangeForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "email", "phone", "system_role", "is_active"]
        labels = {"is_active": "账号有效"}  # the library's own label reaches the history in English

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                _check_roles(self.instance)
            except forms.ValidationError as error:
                self.add_error("system_role", error)

    def clean(self) -> dict[str, Any]:
        """Refuse here, in the form's own voice, what the action would refuse."""
        cleaned = super().clean() or {}
        request: Any = getattr(self, "request", None)
        if request is None or self.instance.pk != request.user.pk:
            return cleaned
        if not cleaned.get("is_active") or cleaned.get("system_role") != request.user.system_role:
            raise forms.ValidationError("不能停用本人账号或取消本人的管理员身份，请由其他管理员操作。")
        return cleaned


class UserAddForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["username", "name", "email", "phone", "system_role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True

    def clean_username(self) -> str:
        """As long as registration asks."""
        username = self.cleaned_data["username"]
        if len(username) < 4:
            raise forms.ValidationError("用户名至少 4 个字符。")
        return username

    def clean_email(self) -> str:
        """One person, one address."""
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("该邮箱已被其他账号使用。")
        return email


class UserUnitInline(admin.TabularInline):
    model = UnitMember
    form = UnitMemberForm
    fk_name = "user"
    extra = 0
    can_delete = False


@admin.register(User)
class UserAdmin(_HasPages, _WithMembers):
    pages = "人员与角色"
    list_display = ["username", "name", "email", "system_role", "is_active", "last_login"]
    list_filter = ["is_active", "system_role"]
    search_fields = ["username", "name", "email"]
    inlines = [UserUnitInline]
    readonly_fields = ["last_login", "date_joined"]
    ordering = ["username"]

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(
            request, obj, change=change, **{**kwargs, "form": UserChangeForm if obj else UserAddForm}
        )
        form.request = request  # the form refuses what would lock its own user out
        return form

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        form = UserChangeForm if obj else UserAddForm
        return [*form.Meta.fields, *(self.readonly_fields if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return list(self.readonly_fields) if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return list(self.inlines) if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        try:
            invitation = open_account(by=_by(request), at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            messages.error(request, error.message)
            raise
        obj.pk = invitation.user.pk
        obj.refresh_from_db()
        messages.success(
            request, format_html("请将一次性设置密码链接交给本人（3 日内有效，仅显示这一次）：{}", invitation.link)
        )


class EnterpriseMemberInline(admin.TabularInline):
    model = EnterpriseMember
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Enterprise)
class EnterpriseAdmin(ReadOnlyAdmin):
    list_display = ["name", "uscc", "kind", "district", "status", "registered_at"]
    list_filter = ["status", "kind", "district"]
    search_fields = ["name", "uscc"]
    # The account for payments is nobody's business here, not even masked.
    exclude = ["bank_account_name", "bank_name", "bank_code", "bank_account"]
    inlines = [EnterpriseMemberInline]
