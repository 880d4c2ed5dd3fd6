"""What stands around a draft: everything that was ever saved in it, its worked cases, and its way to publication."""

import pgtrigger
from django.db import models
from django.db.models import Q

from common.fields import one_of
from policies.enums import ItemAct, PublicationState
from policies.models.clause import ClauseVersion
from policies.models.document import Document
from policies.models.rules import PolicyRules

_ONE_OWNER = Q(clause_version__isnull=False, rules__isnull=True) | Q(clause_version__isnull=True, rules__isnull=False)


class DraftEdit(models.Model):
    """One saved state of a draft, whole; rows are only added, so that nothing that was written is lost.

    `content`: policies.drafts.ClauseContent or RulesContent as JSON. `edit` is the number that the draft got by it.
    """

    clause_version = models.ForeignKey(
        ClauseVersion, on_delete=models.PROTECT, related_name="edits", null=True, blank=True
    )
    rules = models.ForeignKey(PolicyRules, on_delete=models.PROTECT, related_name="edits", null=True, blank=True)
    edit = models.PositiveIntegerField("修改次数")
    content = models.JSONField("内容")
    content_sha256 = models.CharField("内容校验值", max_length=64)
    note = models.CharField("说明", max_length=200, blank=True, default="")
    saved_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="保存人")
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = "草稿修改"
        verbose_name_plural = "草稿修改"
        ordering = ["-edit", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=_ONE_OWNER, name="draftedit_one_owner", violation_error_message="请指明一份草稿。"
            ),
            models.UniqueConstraint(
                fields=["clause_version", "edit"],
                name="draftedit_clause_edit_once",
                violation_error_message="这次修改已存在。",
            ),
            models.UniqueConstraint(
                fields=["rules", "edit"], name="draftedit_rules_edit_once", violation_error_message="这次修改已存在。"
            ),
        ]
        triggers = [pgtrigger.Protect(name="draftedit_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.clause_version or self.rules} 第{self.edit}次修改"


class VersionCase(models.Model):
    """A worked case of a clause's version: an evaluation document with one claim and what must come out.

    `document`: the evaluation document as policy/reading.md fixes it, without `policy`. `expected`:
    {"status": "eligible" | "not_eligible" | "pending", "amount": "9300000.00" | null}.
    """

    version = models.ForeignKey(ClauseVersion, on_delete=models.CASCADE, related_name="cases", verbose_name="条款版本")
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("名称", max_length=80)
    document = models.JSONField("评估文件")
    expected = models.JSONField("应得结果")
    entered_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="录入人"
    )
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = "算例"
        verbose_name_plural = "算例"
        ordering = ["version", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "number"], name="versioncase_number_once", violation_error_message="序号重复。"
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="versioncase_immutable",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("version_state", "text")],
                func="""
                SELECT state INTO version_state FROM policies_clauseversion
                 WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
                IF version_state NOT IN ('draft', 'discarded') THEN
                    RAISE EXCEPTION 'the cases of a published version cannot be changed'
                          USING ERRCODE = 'restrict_violation';
                END IF;
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} 算例{self.number} {self.title}"


class Publication(models.Model):
    """Drafts of one document on their way into force, and published versions on their way out of it: submitted with a
    reason, carried out by another administrator.

    `content_sha256` is over the contents of all versions in it and what becomes of each: what is carried out is what
    was submitted. `checked`: what lints and cases said when it was submitted.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="publications", verbose_name="文件")
    state = models.CharField("状态", max_length=10, choices=PublicationState.choices, default=PublicationState.OPEN)
    version = models.PositiveIntegerField("版本", default=1)
    reason = models.TextField("理由")
    content_sha256 = models.CharField("内容校验值", max_length=64)
    checked = models.JSONField("核对结果", default=dict, blank=True)
    submitted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="提交人")
    submitted_at = models.DateTimeField("提交时间")
    closed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="办理人"
    )
    closed_at = models.DateTimeField("办理时间", null=True, blank=True)
    note = models.TextField("办理意见", blank=True, default="")

    class Meta:
        verbose_name = "发布申请"
        verbose_name_plural = "发布申请"
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            one_of("state", PublicationState),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, closed_by=None)
                | (~Q(state="open") & Q(closed_at__isnull=False, closed_by__isnull=False)),
                name="publication_closed_with_state",
                violation_error_message="已办结的发布申请须有办理人和办理时间。",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | ~Q(closed_by=models.F("submitted_by")),
                name="publication_second_person",
                violation_error_message="发布须由提交人以外的管理员办理。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} 发布申请{self.pk}"


# The act fits the version on the day on which it is put in: afterwards the act itself changes the version's state.
_ACT_FITS = """
IF NEW.clause_version_id IS NOT NULL THEN
    SELECT state INTO version_state FROM policies_clauseversion WHERE id = NEW.clause_version_id;
ELSE
    SELECT state INTO version_state FROM policies_policyrules WHERE id = NEW.rules_id;
END IF;
IF version_state IS DISTINCT FROM (CASE NEW.act WHEN 'publish' THEN 'draft' ELSE 'published' END) THEN
    RAISE EXCEPTION 'a publication publishes drafts and ends published versions' USING ERRCODE = 'restrict_violation';
END IF;
RETURN NEW;
"""


class PublicationItem(models.Model):
    """One version in a publication, and what becomes of it: a draft is published, a published version is ended after
    `last_day` or retired, which makes it count for no day at all. An open publication holds its versions alone."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="items")
    clause_version = models.ForeignKey(
        ClauseVersion, on_delete=models.PROTECT, related_name="publication_items", null=True, blank=True
    )
    rules = models.ForeignKey(
        PolicyRules, on_delete=models.PROTECT, related_name="publication_items", null=True, blank=True
    )
    act = models.CharField("办理", max_length=8, choices=ItemAct.choices, default=ItemAct.PUBLISH)
    last_day = models.DateField("终止日期", null=True, blank=True)

    class Meta:
        verbose_name = "发布申请内容"
        verbose_name_plural = "发布申请内容"
        ordering = ["publication", "pk"]
        constraints = [
            one_of("act", ItemAct),
            models.CheckConstraint(
                condition=_ONE_OWNER, name="publicationitem_one_owner", violation_error_message="请指明一个版本。"
            ),
            models.CheckConstraint(
                condition=Q(act="end", last_day__isnull=False) | (~Q(act="end") & Q(last_day__isnull=True)),
                name="publicationitem_last_day_with_end",
                violation_error_message="提前终止须有终止日期，发布和停用不能有。",
            ),
            models.UniqueConstraint(
                fields=["publication", "clause_version", "rules"],
                name="publicationitem_version_once",
                nulls_distinct=False,
                violation_error_message="同一版本在一件申请中只能办理一次。",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="publicationitem_act_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("version_state", "text")],
                func=_ACT_FITS,
            )
        ]

    def __str__(self) -> str:
        return f"{self.publication}：{self.get_act_display()} {self.clause_version or self.rules}"
