"""公示 and 异议 in a real browser: accessible, nothing overflows, objecting and publishing without scripts."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from awards.enums import RoundState
from awards.models import Objection, PublicityRound
from tests.factories.applications import make_company
from tests.factories.awards import make_award
from tests.factories.publicity import CONTACT, WORDS, make_draft_round, make_round, object_to
from tests.factories.reviews import approver, officer
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_pages_are_accessible_and_fit(policies_loaded, chromium, live_server):
    now = timezone.now()
    awards = [make_award(make_company(), "3.4.5") for _ in range(3)]
    unit = awards[0].unit
    publicity = make_round(awards[0], at=now)
    draft = make_draft_round(awards[1], at=now)
    item = publicity.items.get()
    objection = object_to(item, at=now)
    pages = {
        officer(unit): [
            reverse("awards:rounds"),
            reverse("awards:round_new"),
            reverse("awards:round_change", args=[draft.pk]),
            reverse("awards:objections"),
            reverse("awards:objection", args=[objection.pk]),
        ],
        approver(unit): [reverse("awards:round", args=[draft.pk]), reverse("awards:round", args=[publicity.pk])],
    }
    for user, paths in pages.items():
        page = signed_in(chromium, live_server, user, bypass_csp=True)
        for path in paths:
            check(page, live_server.url + path)
        assert page.faults == []
        page.context.close()
    page = chromium.new_context(locale="zh-CN", bypass_csp=True).new_page()
    for path in (
        reverse("awards:public_rounds"),
        reverse("awards:public_round", args=[publicity.pk]),
        reverse("awards:public_object", args=[publicity.pk, item.pk]),
        reverse("awards:public_objection"),
    ):
        check(page, live_server.url + path)
    page.fill("input[name=code]", objection.code)
    page.click("main form button[type=submit]")
    expect(page.locator(f"h1:has-text('{objection.number}')")).to_have_count(1)
    assert objection.code not in page.url
    check(page, page.url)
    page.context.close()


def test_drafted_published_and_objected_to_without_scripts(policies_loaded, chromium, live_server):
    award = make_award(make_company(), "3.4.5")
    page = signed_in(chromium, live_server, officer(award.unit), java_script_enabled=False)
    page.goto(live_server.url + reverse("awards:round_new"))
    page.fill("input[name=contact]", CONTACT)
    page.click("text=提交审核人员发布")
    page.context.close()
    publicity = PublicityRound.objects.get()
    page = signed_in(chromium, live_server, approver(award.unit), java_script_enabled=False)
    page.goto(live_server.url + reverse("awards:round", args=[publicity.pk]))
    page.click("#publish button[type=submit]")
    expect(page.locator("text=公示已发布")).to_have_count(1)
    page.context.close()
    publicity.refresh_from_db()
    assert publicity.state == RoundState.OPEN
    page = chromium.new_context(locale="zh-CN", java_script_enabled=False).new_page()
    page.goto(live_server.url + reverse("awards:public_round", args=[publicity.pk]))
    page.click("main td >> text=提出异议")
    page.fill("input[name=name]", "万建国")
    page.fill("input[name=phone]", "13970812345")
    page.fill("textarea[name=text]", WORDS)
    page.click("text=提交异议")
    objection = Objection.objects.get()
    assert page.locator(f"h1:has-text('{objection.number}')").count() == 1
    page.context.close()
