"""Cases that stand already become findable, as reviews/actions/search.py keeps new ones; kept as it was that day."""

import unicodedata

from django.db import migrations

BATCH = 500


def folded(part):
    return " ".join(unicodedata.normalize("NFKC", part).casefold().split())


def pieces(part):
    return set(part) | {part[at : at + 2] for at in range(len(part) - 1)}


def fen(estimate):
    amount = (estimate or {}).get("amount")
    if not isinstance(amount, str):
        return None
    whole, _, fraction = amount.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0") or 0)


def index(apps, schema_editor):
    Case = apps.get_model("reviews", "Case")
    Revision = apps.get_model("applications", "Revision")
    cases = Case.objects.filter(search_text="").select_related("application__clause", "application__enterprise")
    for case in cases.order_by("pk").iterator(chunk_size=BATCH):
        application = case.application
        clause, enterprise = application.clause, application.enterprise
        named = [enterprise.name, enterprise.uscc, application.number or "", clause.clause_id, clause.title]
        parts = [folded(part) for part in named if part.strip()]
        newest = Revision.objects.filter(application=application).order_by("-number").first()
        Case.objects.filter(pk=case.pk).update(
            search_text="\n".join(parts),
            search_tokens=sorted(set().union(*(pieces(part) for part in parts))),
            estimate_fen=fen(newest.estimate) if newest else None,
        )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0004_case_estimate"), ("applications", "0002_review_as_bureaus_work")]

    operations = [migrations.RunPython(index, migrations.RunPython.noop, elidable=True)]
