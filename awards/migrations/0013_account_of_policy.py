"""An account belongs to a policy: two policies of one year have two caps. What stands is of the policy of its awards."""

import django.db.models.deletion
from django.db import migrations, models


def fill(apps, schema_editor):
    """Name the policy of every account by its awards; they were all settled by the policy of the newest."""
    award = apps.get_model("awards", "Award")
    for account in apps.get_model("awards", "YearAccount").objects.filter(document__isnull=True):
        awards = award.objects.filter(account=account).order_by("-revision__filed_at", "-pk")
        documents = awards.values_list("application__clause__document", flat=True)
        account.document_id = documents[0]
        account.save(update_fields=["document"])


class Migration(migrations.Migration):
    dependencies = [("awards", "0012_publication_impact"), ("policies", "0004_editing")]
    operations = [
        migrations.AddField(
            model_name="yearaccount",
            name="document",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="policies.document",
                verbose_name="政策",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
