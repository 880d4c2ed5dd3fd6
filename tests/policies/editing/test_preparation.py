"""A document in preparation is nobody's business outside 政策维护: nothing public shows it, no room offers it."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import UnitKind, UnitRole
from accounts.models import Unit
from policies.actions.drafts import create_clause
from policies.models import Document, Node
from tests.factories.accounts import AdministratorFactory, UnitMemberFactory
from tests.factories.policies import AT

pytestmark = pytest.mark.django_db
SECRET = "尚未公布的补助"


@pytest.fixture
def preparation(loaded):
    """A document that nobody has published, with one clause."""
    document = Document.objects.create(
        slug="preparation",
        number="演示府发〔2026〕9号",
        title=f"{SECRET}办法",
        kind="policy",
        issuer="演示机关",
        valid_from=dt.date(2026, 1, 1),
        valid_to=dt.date(2026, 12, 31),
        original_sha256="0" * 64,
        source_sha256="0" * 64,
        order=99,
    )
    node = Node.objects.create(
        document=document, ref="1", kind="paragraph", order=0, text=f"{SECRET}。", plain=f"{SECRET}。"
    )
    create_clause(
        document,
        clause_id="1.1",
        title=SECRET,
        node=node,
        quote=f"{SECRET}。",
        bracket="",
        is_monetary=True,
        by=AdministratorFactory(),
        at=AT,
    )
    return document


PUBLIC = [
    ("policies:index", {}),
    ("policies:search", {}),
    ("policies:search", {"q": SECRET}),
    ("awards:open_data", {}),
]


@pytest.mark.parametrize(("name", "asked"), PUBLIC, ids=["index", "clauses", "search", "open_data"])
def test_the_public_does_not_hear_of_it(preparation, name, asked):
    page = Client().get(reverse(name), asked)
    assert page.status_code == 200
    # what was searched for is repeated in the field
    assert SECRET not in page.content.decode().replace(f'value="{SECRET}"', "").replace(f"“{SECRET}”", "")


def test_an_evaluation_does_not_know_its_number(preparation):
    asked = {"policy": preparation.number, "policy_year": 2026, "applicant": {"kind": "enterprise"}, "claims": []}
    answers = [
        Client().post("/api/v1/evaluations", {**asked, "policy": number}, content_type="application/json").content
        for number in (preparation.number, "演示府发〔2026〕8号")
    ]
    assert answers[0].decode().replace("9号", "8号") == answers[1].decode()


def test_its_pages_are_not_there(preparation):
    client = Client()
    assert client.get(reverse("policies:document", args=["preparation"])).status_code == 404
    assert client.get(reverse("policies:clause", args=["preparation", "1.1"])).status_code == 404
    assert SECRET not in client.get("/api/v1/policies").content.decode()


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (UnitRole.APPROVER, ["reviews:unit", "reviews:cases", "reviews:queue"]),
        (UnitRole.LEADER, ["reviews:overview", "reviews:unit"]),
        (UnitRole.FINANCE, ["awards:envelope_new", "awards:envelopes"]),
    ],
    ids=["approver", "leader", "finance"],
)
def test_no_room_of_work_offers_it(preparation, role, names):
    unit = Unit.objects.filter(kind=UnitKind.BUREAU, is_active=True).order_by("order").first()
    client = Client()
    client.force_login(UnitMemberFactory(unit=unit, role=role).user)
    for name in names:
        page = client.get(reverse(name))
        assert page.status_code == 200, name
        assert SECRET not in page.content.decode(), name


def test_administrators_are_offered_it_in_their_own_room_alone(preparation):
    client = Client()
    client.force_login(AdministratorFactory())
    assert SECRET in client.get(reverse("editing:home")).content.decode()
    for name in ("awards:ratios", "awards:simulations"):
        assert SECRET not in client.get(reverse(name)).content.decode(), name
