"""A filed application keeps the rules of the year (figures, cap, groups) under which it was filed."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0002_review_as_bureaus_work"),
        ("policies", "0004_editing"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="rules",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="policies.policyrules",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="application",
            trigger=pgtrigger.compiler.Trigger(
                name="application_rules_stay",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."rules_id" IS DISTINCT FROM (NEW."rules_id") AND OLD."rules_id" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="dc7e8eafeee2f16e0787095b69efd8afa57f2b9c",
                    operation="UPDATE",
                    pgid="pgtrigger_application_rules_stay_93eac",
                    table="applications_application",
                    when="BEFORE",
                ),
            ),
        ),
    ]
