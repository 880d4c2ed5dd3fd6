"""People, units and letters for the tests of this package; every name is invented."""

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from accounts.enums import UnitKind
from accounts.models import Enterprise, EnterpriseMember, Unit, UnitMember, User
from letters.actions import issue_letter, request_letter
from letters.content import LetterContent, Paragraph
from letters.rendering import Rendered

AT = datetime(2026, 11, 5, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
USCCS = ("91360100MA35A1B2XU", "91360100MA35A1B3XC", "91360100MA35A1B4X0")
_serial = count(1)


@pytest.fixture(autouse=True)
def _own_site(settings, tmp_path):
    settings.SITE_URL = "https://duixian.example"
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def _empty_cache():
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def real_rendering():
    """Ask for it where the page itself matters; elsewhere drawing is left out to keep the tests quick."""


@pytest.fixture(autouse=True)
def _quick_rendering(request, monkeypatch):
    if "real_rendering" not in request.fixturenames:
        monkeypatch.setattr(
            "letters.actions.issue.render", lambda facts: Rendered(b"%PDF-" + facts.number.encode(), "", 1)
        )


def make_unit(name="演示市工信局", prefix="演工信", kind=UnitKind.BUREAU):
    return Unit.objects.create(
        code=f"unit-{next(_serial)}", name=name, full_name=f"{name}（演示）", kind=kind, letter_prefix=prefix
    )


def make_user(**values):
    serial = next(_serial)
    return User.objects.create_user(
        username=f"person{serial}", email=f"p{serial}@example.org", password="演示-Pass-2026", name="演示人员", **values
    )


def make_enterprise(district, name="演示晨星电子有限公司"):
    return Enterprise.objects.create(
        name=name,
        uscc=USCCS[Enterprise.objects.count()],
        district=district,
        legal_representative="演示法人",
        contact_name="演示联系人",
        contact_phone="0791-86000000",
        registered_at=AT,
    )


def officer(unit, role="handler"):
    user = make_user()
    UnitMember.objects.create(unit=unit, user=user, role=role)
    return user


def agent(enterprise):
    user = make_user()
    EnterpriseMember.objects.create(enterprise=enterprise, user=user, role="agent")
    return user


def content(**values):
    defaults = {
        "recipient": "演示晨星电子有限公司",
        "paragraphs": (Paragraph("经审核，同意给予奖励。"),),
        "amount_fen": 200_000_000,
    }
    return LetterContent(**{**defaults, **values})


@pytest.fixture
def unit(db):
    return make_unit()


@pytest.fixture
def district(db):
    return make_unit("演示区工信局", "演区工信", UnitKind.DISTRICT)


@pytest.fixture
def enterprise(district):
    return make_enterprise(district)


@pytest.fixture
def order(unit, enterprise):
    """Order a letter; keyword arguments replace the defaults."""

    def make(**values):
        defaults = {
            "kind": "approval",
            "unit": unit,
            "enterprise": enterprise,
            "subject_key": "award:7",
            "request_key": f"test:{next(_serial)}",
            "title": "关于给予奖励的批复",
            "context": content(),
            "by": None,
            "at": AT,
        }
        return request_letter(**{**defaults, **values})

    return make


@pytest.fixture
def issued(order):
    """Order and issue a letter."""

    def make(**values):
        return issue_letter(letter_id=order(**values).pk, at=AT)

    return make
