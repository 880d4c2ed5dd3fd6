"""What a task's stage says stands in the task too, kept by the database: lists are read from one table."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

KINDS = [
    ("preliminary", "初审"),
    ("consultation", "会审"),
    ("expert", "专家评审"),
    ("audit", "第三方审计"),
    ("lead", "牵头审核"),
    ("confirmation", "市级配套确认"),
]
STATES = [
    ("waiting", "未到"),
    ("open", "办理中"),
    ("paused", "暂停计时"),
    ("done", "已办"),
    ("cancelled", "不再办理"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_review_as_bureaus_work"),
        ("reviews", "0005_index_cases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="case",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reviews.case",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="stage_kind",
            field=models.CharField(choices=KINDS, editable=False, max_length=14, null=True),
        ),
        migrations.AddField(
            model_name="task",
            name="stage_state",
            field=models.CharField(choices=STATES, editable=False, max_length=10, null=True),
        ),
        migrations.AddField(model_name="task", name="due_on", field=models.DateField(editable=False, null=True)),
        migrations.AddField(
            model_name="task", name="reached", field=models.BooleanField(default=False, editable=False)
        ),
        migrations.AddField(
            model_name="task", name="opens_case", field=models.BooleanField(default=False, editable=False)
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stage",
            trigger=pgtrigger.compiler.Trigger(
                name="stage_leads_tasks",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (ROW(OLD.state, OLD.due_on, OLD.opened_at, OLD.kind, OLD.case_id, OLD.open_group) IS DISTINCT FROM ROW(NEW.state, NEW.due_on, NEW.opened_at, NEW.kind, NEW.case_id, NEW.open_group))",
                    func="\n                    UPDATE reviews_task SET stage_state = NEW.state WHERE stage_id = NEW.id;\n                    IF NEW.open_group AND NEW.opened_at IS NOT NULL THEN\n                        UPDATE reviews_task SET opens_case = true\n                            WHERE case_id = NEW.case_id AND is_keeper AND stage_id <> NEW.id;\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="0dc033b46e1657426ba94a19bb2d39158e14692f",
                    operation="UPDATE",
                    pgid="pgtrigger_stage_leads_tasks_c7883",
                    table="reviews_stage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="task",
            trigger=pgtrigger.compiler.Trigger(
                name="task_follows_stage",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    SELECT case_id, kind, state, due_on, opened_at IS NOT NULL\n                        INTO NEW.case_id, NEW.stage_kind, NEW.stage_state, NEW.due_on, NEW.reached\n                        FROM reviews_stage WHERE id = NEW.stage_id;\n                    NEW.opens_case := NEW.reached OR (NEW.is_keeper AND EXISTS (\n                        SELECT 1 FROM reviews_stage\n                        WHERE case_id = NEW.case_id AND open_group AND opened_at IS NOT NULL\n                    ));\n                    RETURN NEW;\n                ",
                    hash="6678d4bea9dc2a5a2a22c04f47ba43f42ced65ea",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_task_follows_stage_0adee",
                    table="reviews_task",
                    when="BEFORE",
                ),
            ),
        ),
        # The trigger fills what every row says of its stage.
        migrations.RunSQL("UPDATE reviews_task SET version = version", migrations.RunSQL.noop),
        # Checks that wait for the commit forbid changing the table.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="task",
            name="case",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="reviews.case"
            ),
        ),
        migrations.AlterField(
            model_name="task",
            name="stage_kind",
            field=models.CharField(choices=KINDS, editable=False, max_length=14),
        ),
        migrations.AlterField(
            model_name="task",
            name="stage_state",
            field=models.CharField(choices=STATES, editable=False, max_length=10),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(
                    ("reached", True),
                    ("stage_state", "paused"),
                    models.Q(("state", "cancelled"), _negated=True),
                ),
                fields=["unit", "due_on", "id"],
                name="task_paused",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("reached", True), ("stage_state", "open"), ("state__in", ["open", "drafted"])),
                fields=["unit", "due_on", "id"],
                name="task_running",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                models.F("unit"),
                models.OrderBy(models.F("closed_at"), descending=True, nulls_last=True),
                models.F("id"),
                condition=models.Q(("reached", True), ("state", "done")),
                name="task_finished",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("opens_case", True)), fields=["unit", "case"], name="task_opens_case"
            ),
        ),
    ]
