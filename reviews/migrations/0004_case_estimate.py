"""The estimate of a case's newest revision as a column: lists of 100,000 cases sort and filter by it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_review_as_bureaus_work")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="estimate_fen",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="测算金额（分）"),
        ),
    ]
