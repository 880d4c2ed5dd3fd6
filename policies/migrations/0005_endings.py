"""A publication may also end or retire published versions: what becomes of each version in it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0004_editing"),
    ]

    operations = [
        migrations.AddField(
            model_name="publicationitem",
            name="act",
            field=models.CharField(
                choices=[("publish", "发布"), ("end", "提前终止"), ("retire", "停用")],
                default="publish",
                max_length=8,
                verbose_name="办理",
            ),
        ),
        migrations.AddField(
            model_name="publicationitem",
            name="last_day",
            field=models.DateField(blank=True, null=True, verbose_name="终止日期"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publicationitem",
            trigger=pgtrigger.compiler.Trigger(
                name="publicationitem_act_fits",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE version_state text;",
                    func="\nIF NEW.clause_version_id IS NOT NULL THEN\n    SELECT state INTO version_state FROM policies_clauseversion WHERE id = NEW.clause_version_id;\nELSE\n    SELECT state INTO version_state FROM policies_policyrules WHERE id = NEW.rules_id;\nEND IF;\nIF version_state IS DISTINCT FROM (CASE NEW.act WHEN 'publish' THEN 'draft' ELSE 'published' END) THEN\n    RAISE EXCEPTION 'a publication publishes drafts and ends published versions' USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NEW;\n",
                    hash="7526895855a8c84b02dd5e6ea49236887375ad56",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_publicationitem_act_fits_7d363",
                    table="policies_publicationitem",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="publicationitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("act__in", ["publish", "end", "retire"])),
                name="publicationitem_act_valid",
                violation_error_message="取值不在允许范围内。",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicationitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("act", "end"), ("last_day__isnull", False)),
                    models.Q(models.Q(("act", "end"), _negated=True), ("last_day__isnull", True)),
                    _connector="OR",
                ),
                name="publicationitem_last_day_with_end",
                violation_error_message="提前终止须有终止日期，发布和停用不能有。",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicationitem",
            constraint=models.UniqueConstraint(
                fields=("publication", "clause_version", "rules"),
                name="publicationitem_version_once",
                nulls_distinct=False,
                violation_error_message="同一版本在一件申请中只能办理一次。",
            ),
        ),
        migrations.AlterConstraint(
            model_name="publicationitem",
            name="publicationitem_one_owner",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("clause_version__isnull", False), ("rules__isnull", True)),
                    models.Q(("clause_version__isnull", True), ("rules__isnull", False)),
                    _connector="OR",
                ),
                name="publicationitem_one_owner",
                violation_error_message="请指明一个版本。",
            ),
        ),
    ]
