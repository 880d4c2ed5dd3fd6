"""The pages of 追回 in a real browser: accessible, nothing overflows, decided and entered without scripts."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UnitRole
from awards.actions.set_offs import propose_set_off
from awards.enums import RecoveryState, Share
from awards.models import Recovery
from tests.awards.test_recoveries import receive
from tests.factories.applications import make_company
from tests.factories.awards import make_approved_award, payer
from tests.factories.recoveries import FOUND_AT, decide, draft, find, make_paid_award
from tests.factories.reviews import approver, officer
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LEAD = "市工信局"
#: Where pictures go for whoever wants to look; unset, none are taken.
PICTURES = os.environ.get("PICTURES", "")


def test_pages_are_accessible_and_fit(policies_loaded, chromium, live_server):
    company = make_company()
    now = timezone.now()
    recovery = find(make_paid_award(company), at=now)
    draft(recovery, ban_years=1, due_on=timezone.localdate() + timedelta(days=30), at=now)
    decide(recovery, at=now)
    receive(recovery, 400_000_00, at=now)
    later = make_approved_award(company, "3.3.2")
    found = find(make_paid_award(make_company()), by=payer())
    drafted = draft(find(make_paid_award(make_company(district="经开区"))))
    pages = {
        officer(LEAD): [
            reverse("awards:recoveries"),
            reverse("awards:recovery_new", args=[recovery.award_id]),
            reverse("awards:recovery", args=[found.pk]),
            reverse("awards:recovery", args=[recovery.pk]),
        ],
        approver(LEAD): [reverse("awards:recovery", args=[drafted.pk])],
        payer(): [reverse("awards:recoveries") + "?view=demanded", reverse("awards:recovery", args=[recovery.pk])],
        company.legal: [
            reverse("awards:recoveries"),
            reverse("awards:recovery", args=[recovery.pk]),
            reverse("accounts:enterprise"),
        ],
        officer(LEAD, UnitRole.LEADER): [reverse("awards:recovery", args=[recovery.pk])],
    }
    propose = {"recovery": recovery, "award": later, "share": Share.CITY, "amount_fen": 500, "at": FOUND_AT}
    for number, (user, addresses) in enumerate(pages.items()):
        page = signed_in(chromium, live_server, user)
        for place, address in enumerate(addresses):
            check(page, live_server.url + address)
            if PICTURES:
                for width in (1280, 375):
                    page.set_viewport_size({"width": width, "height": 900})
                    page.screenshot(path=Path(PICTURES) / f"{number}-{place}-{width}.png", full_page=True)
        assert page.faults == []
        page.context.close()
    propose_set_off(**propose, reason="企业书面同意。", by=officer(LEAD))
    page = signed_in(chromium, live_server, approver(LEAD))
    check(page, live_server.url + reverse("awards:recovery", args=[recovery.pk]))
    if PICTURES:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=Path(PICTURES) / "set-off.png", full_page=True)
    page.context.close()


def test_decided_without_scripts(policies_loaded, chromium, live_server):
    now = timezone.now()
    recovery = find(make_paid_award(make_company()), at=now)
    draft(recovery, due_on=timezone.localdate() + timedelta(days=30), at=now)
    page = signed_in(chromium, live_server, approver(LEAD), java_script_enabled=False)
    page.goto(live_server.url + reverse("awards:recovery", args=[recovery.pk]))
    page.locator("#decide button[type=submit]").click()
    assert "已决定追回" in page.content()
    assert Recovery.objects.get(pk=recovery.pk).state == RecoveryState.DEMANDED
    page.context.close()
