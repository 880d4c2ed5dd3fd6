"""The page of a clause says how its files are worked on, and leads to where that is changed."""

import datetime as dt

import pytest
from django.urls import reverse

from policies.actions.drafts import draft_from
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, clause_of

pytestmark = pytest.mark.django_db


def section(client, version):
    page = client.get(reverse("editing:clause", args=[version.pk])).content.decode()
    return page.split('id="section-procedure"')[1].split("</section>")[0] if 'id="section-procedure"' in page else ""


def test_stages_budget_and_letters_stand_beside_the_blocks(client, loaded):
    client.force_login(AdministratorFactory())
    found = section(client, clause_of("3.4.5").versions.get())
    assert "初审10" in found
    assert "50%" in found
    assert "默认值，待确认" in found
    for address in (
        reverse("editing:setting", args=[loaded.slug, "stage_days"]),
        reverse("awards:ratios"),
        reverse("letters:texts"),
    ):
        assert f'href="{address}"' in found
    assert "专家不少于" not in found


def test_experts_are_told_where_they_score_and_a_draft_says_it_too(client, loaded):
    administrator = AdministratorFactory()
    client.force_login(administrator)
    draft = draft_from(clause_of("3.4.4").versions.get(), valid_from=dt.date(2025, 1, 1), by=administrator, at=AT)
    assert "专家不少于" in section(client, draft)


def test_a_clause_that_pays_nothing_has_no_procedure(client, loaded):
    client.force_login(AdministratorFactory())
    assert section(client, clause_of("4.1").versions.get()) == ""
