"""The rules of the year for files that were filed before their rules were written down.

They are those of the document that governed the policy year when the first file of the enterprise and year was filed,
as applications.actions.filing writes them down from now on.
"""

from datetime import date

from django.db import migrations
from django.db.models import Q


def fill(apps, schema_editor):
    """Write the rules down, account by account."""
    application = apps.get_model("applications", "Application")
    filed = application.objects.filter(filed_at__isnull=False, rules__isnull=True)
    keys = ("clause__document", "policy_year", "enterprise")
    for document, year in filed.order_by().values_list(*keys[:2]).distinct():
        rules = _rules_by_publication(apps, document, year)
        if not rules:
            continue
        of_year = filed.filter(clause__document=document, policy_year=year)
        if len(rules) == 1:
            of_year.update(rules=rules[0].pk)
            continue
        for enterprise in of_year.order_by().values_list("enterprise", flat=True).distinct():
            files = of_year.filter(enterprise=enterprise)
            first = files.order_by("filed_at").values_list("filed_at", flat=True)[0]
            files.update(rules=_at(rules, first).pk)


def _rules_by_publication(apps, document, year):
    """All rules that ever governed the year, in the order in which they were published."""
    settings = apps.get_model("policies", "PolicySetting").objects.filter(
        document=document, key="governing_day", valid_from__lte=date(year, 12, 31)
    )
    setting = settings.order_by("-number").first()
    day = date.fromisoformat(f"{year:04d}-{setting.value if setting else '12-31'}")
    rules = apps.get_model("policies", "PolicyRules").objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        document=document,
        valid_from__lte=day,
        published_at__isnull=False,
    )
    return list(rules.order_by("published_at", "number"))


def _at(rules, moment):
    """The newest that was published by the moment and not retired yet; the first where that says nothing."""
    standing = [
        one for one in rules if one.published_at <= moment and (one.retired_at is None or one.retired_at > moment)
    ]
    return standing[-1] if standing else rules[0]


class Migration(migrations.Migration):
    dependencies = [("applications", "0003_rules_stay")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
