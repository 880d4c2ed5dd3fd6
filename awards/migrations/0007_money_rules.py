import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0006_money_of_awards"),
    ]

    operations = [
        migrations.AlterField(
            model_name="award",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.unit",
                verbose_name="牵头单位",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="award",
            trigger=pgtrigger.compiler.Trigger(
                name="award_amount_is_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (ROW(OLD.application_id, OLD.revision_id, OLD.account_id, OLD.clause_version_id, OLD.unit_id, OLD.approved_fen, OLD.computed_at) IS DISTINCT FROM ROW(NEW.application_id, NEW.revision_id, NEW.account_id, NEW.clause_version_id, NEW.unit_id, NEW.approved_fen, NEW.computed_at) OR (OLD.state IN ('public', 'objected', 'paying', 'paid', 'returned') AND ROW(OLD.settlement_id, OLD.candidate_fen, OLD.settled_fen, OLD.city_fen, OLD.district_fen, OLD.reason, OLD.receipt) IS DISTINCT FROM ROW(NEW.settlement_id, NEW.candidate_fen, NEW.settled_fen, NEW.city_fen, NEW.district_fen, NEW.reason, NEW.receipt)))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="2781363c0c1535f24f46aac497b00fbd264c14e0",
                    operation="UPDATE",
                    pgid="pgtrigger_award_amount_is_fixed_85549",
                    table="awards_award",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "returned"), _negated=True),
                fields=("application",),
                name="award_one_in_force",
                violation_error_message="该申报已有奖补记录。",
            ),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("city_fen__gte", 0),
                    ("district_fen__gte", 0),
                    (
                        "settled_fen",
                        django.db.models.expressions.CombinedExpression(
                            models.F("city_fen"), "+", models.F("district_fen")
                        ),
                    ),
                ),
                name="award_shares_add_up",
                violation_error_message="市、县区两级金额之和须等于核定金额。",
            ),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["held", "returned"]),
                    models.Q(("settled_fen", 0), ("settlement", None), ("state", "candidate")),
                    models.Q(("settled_fen", 0), ("settlement__isnull", False), ("state", "nothing")),
                    models.Q(
                        ("settled_fen__gt", 0),
                        ("settlement__isnull", False),
                        ("state__in", ["settled", "public", "objected", "approved", "paying", "paid"]),
                    ),
                    _connector="OR",
                ),
                name="award_state_fits_amount",
                violation_error_message="状态与金额不符。",
            ),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("returned_at__isnull", False),
                        ("state", "returned"),
                        models.Q(("return_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "returned"), _negated=True),
                        ("return_reason", ""),
                        ("returned_at", None),
                        ("returned_by", None),
                    ),
                    _connector="OR",
                ),
                name="award_returned_pair",
                violation_error_message="退回须有时间和原因。",
            ),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "paying", "paid"]), _negated=True),
                    ("approved_at__isnull", False),
                    _connector="OR",
                ),
                name="award_approved_has_instant",
                violation_error_message="已批复须有批复时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paid_at__isnull", False), ("state", "paid")),
                    models.Q(models.Q(("state", "paid"), _negated=True), ("paid_at", None)),
                    _connector="OR",
                ),
                name="award_paid_has_instant",
                violation_error_message="已拨付须有拨付时间。",
            ),
        ),
    ]
