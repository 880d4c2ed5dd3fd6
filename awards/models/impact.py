"""What drafts on their way to publication would have done to a past year: the simulation, or why there is none."""

import pgtrigger
from django.db import models
from django.db.models import Q


class PublicationImpact(models.Model):
    """One past year of one document under the drafts of a publication, as they were when it was asked for.

    `content_sha256` is the publication's of that day: an impact of other contents says nothing about these. Without a
    simulation either the drafts change nothing that is computed for the year, or `fault` says what keeps it from being
    computed. `words` tells what the figures do not show. Rows are only added; of one year the newest counts.
    """

    publication = models.ForeignKey(
        "policies.Publication", on_delete=models.PROTECT, related_name="impacts", verbose_name="发布申请"
    )
    document = models.ForeignKey("policies.Document", on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    policy_year = models.PositiveSmallIntegerField("政策年度")
    content_sha256 = models.CharField("内容校验值", max_length=64)
    simulation = models.ForeignKey(
        "awards.Simulation", on_delete=models.PROTECT, related_name="impacts", null=True, blank=True
    )
    words = models.JSONField("说明", default=list, blank=True, help_text="数字之外须知道的，每项一句")
    fault = models.TextField("不能测算的原因", blank=True, default="")
    asked_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="发起人")
    asked_at = models.DateTimeField("发起时间")

    class Meta:
        verbose_name = "发布影响测算"
        verbose_name_plural = "发布影响测算"
        ordering = ["publication", "-policy_year", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fault="") | Q(simulation=None),
                name="publicationimpact_simulation_or_fault",
                violation_error_message="已开始的测算不能同时写明不能测算的原因。",
            )
        ]
        triggers = [pgtrigger.Protect(name="publicationimpact_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.publication} {self.document} {self.policy_year} 年度的影响"
