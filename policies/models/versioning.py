"""What every dated version shares: states, validity, and the database rule that a published one never changes."""

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q, Value

from policies.enums import VersionState

# What may still happen to a published row: it is retired, or ends earlier because a successor starts.
_IMMUTABLE = """
IF TG_OP = 'UPDATE' AND OLD.state = 'published' AND NEW.state IN ('published', 'retired')
   AND (to_jsonb(NEW) - ARRAY['state', 'valid_to', 'retired_at', 'retired_by_id'])
     = (to_jsonb(OLD) - ARRAY['state', 'valid_to', 'retired_at', 'retired_by_id'])
   AND (NEW.valid_to IS NOT DISTINCT FROM OLD.valid_to OR OLD.valid_to IS NULL OR NEW.valid_to < OLD.valid_to)
THEN
    RETURN NEW;
END IF;
RAISE EXCEPTION 'a published version cannot be changed' USING ERRCODE = 'restrict_violation';
"""


def immutable_once_published(name: str) -> pgtrigger.Trigger:
    """The trigger that refuses UPDATE and DELETE of rows that left the draft state."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Q(old__state__in=["published", "retired"]),
        func=_IMMUTABLE,
    )


def range_of(low: str, high: str, function: str) -> Func:
    """A closed range expression over two columns; over (id, id) it makes equality usable in a GiST exclusion."""
    return Func(F(low), F(high), Value("[]"), function=function)


class DatedVersion(models.Model):
    """A numbered version with a validity; the owner's foreign key, and the constraints over it, are the subclass's."""

    number = models.PositiveSmallIntegerField("版本")
    state = models.CharField("状态", max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("失效日期", null=True, blank=True)
    definition = models.JSONField("定义", default=dict)
    definition_sha256 = models.CharField("定义校验值", max_length=64)
    # Every save of a draft adds one: whoever saves names the number that was on the screen.
    edit = models.PositiveIntegerField("修改次数", default=1)
    drafted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="起草人"
    )
    drafted_at = models.DateTimeField("起草时间", null=True, blank=True)
    based_on = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="所依据的版本"
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="发布人"
    )
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)
    retired_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="停用人"
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="%(class)s_validity_ordered",
                violation_error_message="失效日期不能早于生效日期。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "discarded"], published_at__isnull=True)
                | Q(state__in=["published", "retired"], published_at__isnull=False),
                name="%(class)s_published_at_with_state",
                violation_error_message="已发布的版本必须有发布时间，草稿不能有。",
            ),
            models.CheckConstraint(
                condition=Q(state="retired", retired_at__isnull=False)
                | (~Q(state="retired") & Q(retired_at__isnull=True)),
                name="%(class)s_retired_at_with_state",
                violation_error_message="已停用的版本必须有停用时间，其他版本不能有。",
            ),
        ]

    @property
    def is_published(self) -> bool:
        """Whether this version is in use within its validity."""
        return self.state == VersionState.PUBLISHED
