"""Policy data in the technical administration: to look at; changes go through actions with an audit event."""

from typing import Any

from django.contrib import admin

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
    model = ClauseUnit


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


@admin.register(ClauseVersion)
class ClauseVersionAdmin(ReadOnlyAdmin):
    list_display = ["clause", "number", "state", "valid_from", "valid_to", "published_at"]
    list_filter = ["state", "clause__document"]
    list_select_related = ["clause"]
    inlines = [ClauseUnitInline]


@admin.register(PolicyRules)
class PolicyRulesAdmin(ReadOnlyAdmin):
    list_display = ["document", "number", "state", "valid_from", "valid_to"]
    list_select_related = ["document"]


@admin.register(PolicySetting)
class PolicySettingAdmin(ReadOnlyAdmin):
    list_display = ["label", "document", "number", "value", "valid_from", "is_confirmed"]
    list_select_related = ["document"]


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
    list_display = ["title", "policy_year", "opens_on", "closes_on"]
