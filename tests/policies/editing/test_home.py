"""The way into 政策维护: who sees it, what stands there, where the frame says one is."""

import pytest
from django.urls import reverse

from tests.factories.accounts import AdministratorFactory, AuditorFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["editing:home", "editing:calls", "accounts:people", "accounts:units"])
def test_the_frame_says_that_one_is_in_this_room(client, loaded, name):
    client.force_login(AdministratorFactory())
    page = client.get(reverse(name)).content.decode()
    assert f'href="{reverse("editing:home")}" aria-current="page"' in page


def test_a_document_shows_its_clauses_with_what_is_in_force(client, loaded):
    client.force_login(AuditorFactory())
    page = client.get(reverse("editing:document", args=[loaded.slug])).content.decode()
    assert page.count('class="clause-row"') == 28
    assert "新增条款" not in page  # auditors read


def test_the_home_page_counts_its_queries(client, loaded, django_assert_max_num_queries):
    client.force_login(AdministratorFactory())
    with django_assert_max_num_queries(12):
        client.get(reverse("editing:home"))
    with django_assert_max_num_queries(14):
        client.get(reverse("editing:document", args=[loaded.slug]))
