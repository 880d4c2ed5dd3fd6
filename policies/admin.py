"""Policy data in the technical administration: to look at; changes go through actions with an audit event."""

from typing import Any

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from common.errors import DomainError
from policies.actions import confirm_setting
from policies.enums import VersionState
from policies.models import (
    Call,
    Clause,
    ClauseGroup,
    ClauseUnit,
    ClauseVersion,
    Document,
    Node,
    PolicyRules,
    PolicySetting,
    PolicyTarget,
    ReferenceSeries,
    SeriesValue,
    UnitGroup,
)
from policies.queries import publication_faults, setting_words


class ReadOnlyAdmin(admin.ModelAdmin):
    """Looks, never changes: what stands here comes from the corpus or from an action with an audit event."""

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows that belong to a read-only record."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class ClauseUnitInline(ReadOnlyInline):
    """The units of a version; the columns that have no name of their own are named here."""

    model = ClauseUnit
    fields = ["role", "order", "unit_name", "group_name"]
    readonly_fields = ["unit_name", "group_name"]

    @admin.display(description="单位", empty_value="—")
    def unit_name(self, row: ClauseUnit) -> str | None:
        return str(row.unit) if row.unit else None

    @admin.display(description="单位组", empty_value="—")
    def group_name(self, row: ClauseUnit) -> str | None:
        return str(row.group) if row.group else None


class SeriesValueInline(ReadOnlyInline):
    model = SeriesValue


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["number", "title", "issued_on", "valid_from", "valid_to"]


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    list_display = ["document", "ref", "kind", "plain"]
    list_filter = ["document", "kind"]
    list_select_related = ["document"]
    search_fields = ["plain"]


@admin.register(Clause)
class ClauseAdmin(ReadOnlyAdmin):
    list_display = ["clause_id", "title", "document", "is_monetary"]
    list_filter = ["document", "is_monetary"]
    list_select_related = ["document"]


_WEIGHTS = {"error": "不能发布", "warning": "提醒"}


class VersionAdmin(ReadOnlyAdmin):
    """Dated versions: a draft shows what stands in its way. They go into force and out of it by a publication in
    政策维护, which a second person carries out; nothing here changes one."""

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "lint_faults"] if obj is not None and obj.state == VersionState.DRAFT else fields

    @admin.display(description="核对结果")
    def lint_faults(self, version: Any) -> str | SafeString:
        faults = publication_faults(version)
        if not faults:
            return "没有问题，可以发布。"
        rows = ((_WEIGHTS[fault.severity], fault.path, fault.message, fault.mend) for fault in faults)
        return format_html_join("", "<p>{}：<code>{}</code><br>{}{}</p>", rows)


@admin.register(ClauseVersion)
class ClauseVersionAdmin(VersionAdmin):
    list_display = ["clause", "number", "state", "valid_from", "valid_to", "published_at"]
    list_filter = ["state", "clause__document"]
    list_select_related = ["clause"]
    inlines = [ClauseUnitInline]


@admin.register(PolicyRules)
class PolicyRulesAdmin(VersionAdmin):
    list_display = ["document", "number", "state", "valid_from", "valid_to"]
    list_select_related = ["document"]


@admin.register(PolicySetting)
class PolicySettingAdmin(ReadOnlyAdmin):
    """Points that the policy leaves open; confirming takes responsibility for the default."""

    list_display = ["label", "document", "number", "words", "valid_from", "confirmed"]
    list_select_related = ["document"]
    actions = ["confirm"]

    @admin.display(description="取值")
    def words(self, setting: PolicySetting) -> str:
        return setting_words(setting.key, setting.value)

    @admin.display(description="已确认", boolean=True)
    def confirmed(self, setting: PolicySetting) -> bool:
        return setting.is_confirmed

    @admin.action(description="确认所选事项的取值", permissions=["view"])
    def confirm(self, request: Any, queryset: Any) -> None:
        for setting in queryset:
            try:
                confirm_setting(setting, by=request.user, at=timezone.now())
            except DomainError as error:
                self.message_user(request, f"{setting.label}：{error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{setting.label}：已确认。", messages.SUCCESS)


@admin.register(ReferenceSeries)
class ReferenceSeriesAdmin(ReadOnlyAdmin):
    list_display = ["label", "source", "known_until"]
    inlines = [SeriesValueInline]


@admin.register(UnitGroup)
class UnitGroupAdmin(ReadOnlyAdmin):
    list_display = ["printed", "code", "resolution"]


@admin.register(ClauseGroup)
class ClauseGroupAdmin(ReadOnlyAdmin):
    list_display = ["name", "document", "confirmed_at"]
    list_select_related = ["document"]


@admin.register(PolicyTarget)
class PolicyTargetAdmin(ReadOnlyAdmin):
    list_display = ["document", "year", "printed", "focus", "target_fen"]
    list_select_related = ["document"]


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    """申报通知: issued and changed in 政策维护."""

    list_display = ["title", "policy_year", "opens_on", "closes_on"]
    list_select_related = ["document"]
