"""Awards from before settling became a gesture of two people: whose they are, their budgets' shares, and that the
letter has gone out (it was asked for in the same transaction)."""

from django.db import migrations


def fill(apps, schema_editor):
    Award = apps.get_model("awards", "Award")
    SettlementLine = apps.get_model("awards", "SettlementLine")
    Task = apps.get_model("reviews", "Task")
    for award in Award.objects.select_related("settlement").order_by("pk").iterator():
        keeper = Task.objects.filter(stage__case__application=award.application_id, is_keeper=True)
        district = award.settled_fen // 2  # the default share of the setting city_share, the remainder to the city
        values = {
            "unit_id": keeper.values_list("unit_id", flat=True)[0],
            "district_fen": district,
            "city_fen": award.settled_fen - district,
        }
        if award.state == "settled":
            values |= {"state": "approved", "approved_at": award.computed_at}
        Award.objects.filter(pk=award.pk).update(**values)
        clause = award.clause_version.clause.clause_id
        SettlementLine.objects.create(
            settlement=award.settlement,
            award=award,
            clause_id_text=clause,
            fixed=False,
            before_fen=None,
            candidate_fen=award.candidate_fen,
            settled_fen=award.settled_fen,
            reason=award.reason,
            city_share="50%",
            city_fen=award.settled_fen - district,
            district_fen=district,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0005_money"),
        ("reviews", "0006_task_follows_stage"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
