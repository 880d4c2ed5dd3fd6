"""Decisions and who took part: one confirmed decision per task, two people, nobody at two stages."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from common.fields import one_of
from reviews.enums import Outcome, Stance


class Decision(models.Model):
    """What a unit decided at its task: drafted by the 经办, confirmed by the 审核, on a named revision.

    A draft that the 审核 returns is ended (`returned_at`) and kept; the next draft is a new row.
    """

    task = models.ForeignKey("reviews.Task", on_delete=models.PROTECT, related_name="decisions")
    revision = models.ForeignKey("applications.Revision", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField("意见", max_length=10, choices=Outcome.choices)
    reasons = models.TextField("理由", blank=True)
    reconciliation = models.TextField("对不同意见的处理", blank=True)
    # 分. Of a discretionary clause: what is decided. Of any other: what the officer saw computed and agreed to.
    amount_fen = models.BigIntegerField("核定金额（分）", null=True, blank=True)
    two_person = models.BooleanField("两人办理")
    drafted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    drafted_at = models.DateTimeField("经办时间")
    confirmed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    confirmed_at = models.DateTimeField("审核时间", null=True, blank=True)
    returned_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="退回人"
    )
    returned_at = models.DateTimeField("退回时间", null=True, blank=True)
    return_note = models.TextField("退回说明", blank=True)
    # Set when two leads differed and the task was opened again: the decision is history, not in force.
    superseded_at = models.DateTimeField("失效时间", null=True, blank=True)

    class Meta:
        verbose_name = "决定"
        verbose_name_plural = "决定"
        ordering = ["task", "drafted_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task"],
                condition=Q(returned_at=None, superseded_at=None),
                name="decision_one_in_force",
                violation_error_message="该任务已有决定。",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="decision_confirmed_pair",
                violation_error_message="审核须有审核人和时间。",
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None, returned_by=None)
                | Q(returned_at__isnull=False, returned_by__isnull=False, confirmed_at=None),
                name="decision_returned_pair",
                violation_error_message="退回须有退回人和时间，且未经审核。",
            ),
            models.CheckConstraint(
                condition=Q(two_person=False) | Q(confirmed_by=None) | ~Q(confirmed_by=F("drafted_by")),
                name="decision_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["refuse", "disagree", "not_rec", "questioned"]) | ~Q(reasons=""),
                name="decision_reasons_given",
                violation_error_message="不同意或不予支持须说明理由。",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen=None) | Q(amount_fen__gte=0),
                name="decision_amount_not_negative",
                violation_error_message="金额不能为负。",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="decision_is_kept", operation=pgtrigger.Delete),
            # Whoever signs a decision takes part in this very stage, so Participation's rules bind every signature.
            pgtrigger.Trigger(
                name="decision_signed_by_participants",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("signer", "bigint")],
                func="""
                    FOREACH signer IN ARRAY array_remove(ARRAY[NEW.drafted_by_id, NEW.confirmed_by_id], NULL) LOOP
                        IF NOT EXISTS (
                            SELECT 1 FROM reviews_participation p JOIN reviews_task t ON t.stage_id = p.stage_id
                            WHERE t.id = NEW.task_id AND p.user_id = signer
                        ) THEN
                            RAISE EXCEPTION 'user % takes no part in the stage of task %', signer, NEW.task_id
                                USING ERRCODE = 'check_violation';
                        END IF;
                    END LOOP;
                    RETURN NEW;
                """,
            ),
            # Leads are always two people, whatever the row claims.
            pgtrigger.Trigger(
                name="decision_of_lead_by_two",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__two_person=False),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM reviews_task t JOIN reviews_stage s ON s.id = t.stage_id
                        WHERE t.id = NEW.task_id AND s.kind = 'lead'
                    ) THEN
                        RAISE EXCEPTION 'the lead''s decision on task % needs two people', NEW.task_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # What was drafted is confirmed or returned as it stands; a signature is given once.
            pgtrigger.Protect(
                name="decision_content_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "ROW(OLD.task_id, OLD.revision_id, OLD.outcome, OLD.reasons, OLD.reconciliation, OLD.amount_fen,"
                    " OLD.two_person, OLD.drafted_by_id, OLD.drafted_at) IS DISTINCT FROM ROW(NEW.task_id,"
                    " NEW.revision_id, NEW.outcome, NEW.reasons, NEW.reconciliation, NEW.amount_fen, NEW.two_person,"
                    " NEW.drafted_by_id, NEW.drafted_at)"
                    " OR (OLD.confirmed_at IS NOT NULL AND ROW(OLD.confirmed_by_id, OLD.confirmed_at)"
                    " IS DISTINCT FROM ROW(NEW.confirmed_by_id, NEW.confirmed_at))"
                    " OR (OLD.returned_at IS NOT NULL AND ROW(OLD.returned_by_id, OLD.returned_at, OLD.return_note)"
                    " IS DISTINCT FROM ROW(NEW.returned_by_id, NEW.returned_at, NEW.return_note))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.get_outcome_display()}"


class DecisionPoint(models.Model):
    """What a decision says about one point of the file (reviews/points.py): a condition, the figures, the evidence, the
    amount. A later revision that changes what the point rests on voids it, and only it.
    """

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="points")
    order = models.PositiveSmallIntegerField("序号")
    key = models.CharField("事项", max_length=80)
    label = models.CharField("事项名称", max_length=300)
    stance = models.CharField("意见", max_length=10, choices=Stance.choices)
    text = models.TextField("说明", blank=True)
    voided_at = models.DateTimeField("失效时间", null=True, blank=True)
    voided_by = models.ForeignKey(
        "applications.Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "分项意见"
        verbose_name_plural = "分项意见"
        ordering = ["decision", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "key"], name="decision_point_once", violation_error_message="该事项已有意见。"
            ),
            models.CheckConstraint(
                condition=Q(stance="agree") | ~Q(text=""),
                name="decision_point_text",
                violation_error_message="不同意、附意见或处理须写明内容。",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None) | Q(voided_at__isnull=False, voided_by__isnull=False),
                name="decision_point_voided_pair",
                violation_error_message="失效须有时间和版次。",
            ),
            one_of("stance", Stance),
        ]
        triggers = [
            pgtrigger.Protect(name="decision_point_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="decision_point_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    'ROW(OLD.decision_id, OLD."order", OLD.key, OLD.label, OLD.stance, OLD.text) IS DISTINCT FROM'
                    ' ROW(NEW.decision_id, NEW."order", NEW.key, NEW.label, NEW.stance, NEW.text)'
                    " OR OLD.voided_at IS NOT NULL"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.get_stance_display()}"


class Participation(models.Model):
    """One person's part in one case: the stage in which this person acts. The database allows only one."""

    case = models.ForeignKey("reviews.Case", on_delete=models.PROTECT, related_name="participations")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    stage = models.ForeignKey("reviews.Stage", on_delete=models.PROTECT, related_name="participations")
    first_at = models.DateTimeField("首次参与时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user"],
                name="participation_one_stage",
                violation_error_message="同一人不得在同一申报的两个环节办理。",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="participation_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="participant_is_not_filer",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM applications_revision r JOIN reviews_case c ON c.application_id = r.application_id
                        WHERE c.id = NEW.case_id AND NEW.user_id IN (r.filed_by_id, r.prepared_by_id)
                    ) THEN
                        RAISE EXCEPTION 'user % filed the application of case %', NEW.user_id, NEW.case_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.user} {self.stage.get_kind_display()}"


class Recusal(models.Model):
    """回避: a person steps back from a case; the task stays with the unit's other people."""

    case = models.ForeignKey("reviews.Case", on_delete=models.PROTECT, related_name="recusals")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField("回避理由")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "回避"
        verbose_name_plural = "回避"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user"], name="recusal_once", violation_error_message="您已回避本案卷。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.user}"
