"""Attacks by an officer who belongs to the applicant: nothing that is said inside is read before it is published."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import UnitRole
from accounts.models import Notification, User
from reviews.enums import NoteScope, Outcome, StageKind
from reviews.history import case_history
from reviews.models import Case
from reviews.queries.opinions import sight_of
from reviews.queries.panels import may_read_results
from reviews.queries.talk import notes_of
from tests.factories.accounts import EnterpriseMemberFactory
from tests.factories.panels import scoring, seats, submit
from tests.factories.reviews import advance_to, decide, draft, make_case, officer, task_of
from tests.factories.talk import make_note
from tests.factories.units import join

OPINION, NOTE, DRAFT = "初审内部理由", "内部备注原文", "拟定的内部理由"


@pytest.fixture
def case(company) -> Case:
    """At its lead, which has drafted a refusal; with an opinion and a note."""
    case = make_case(company, "3.4.5")
    decide(task_of(case), reasons=OPINION)
    case = advance_to(case, StageKind.LEAD)
    unit = task_of(case).unit.name
    make_note(case, unit, NOTE, scope=NoteScope.CASE)
    return case


@pytest.fixture
def insider(case, company) -> User:
    """Works for the lead, and for the enterprise that applies."""
    user = join(task_of(case).unit, UnitRole.HANDLER, name="两边的人")
    EnterpriseMemberFactory(enterprise=company.enterprise, user=user)
    return user


def pages(case: Case, user: User) -> str:
    client = Client()
    client.force_login(user)
    task = task_of(case)
    answers = [client.get(reverse("reviews:case", args=[case.pk])), client.get(reverse("reviews:task", args=[task.pk]))]
    sent = {"expected_version": task.version, "outcome": "approve", "reasons": "自己写的理由"}
    answers.append(client.post(reverse("reviews:decide", args=[task.pk]), sent))
    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert "自己写的理由" in answers[-1].content.decode()
    return "".join(answer.content.decode() for answer in answers)


def test_a_member_of_the_applicant_reads_no_opinion_draft_or_note(case, insider):
    colleague = officer(task_of(case).unit)
    draft(task_of(case), outcome=Outcome.REFUSE, reasons=DRAFT)
    for user, reads in ((insider, False), (colleague, True)):
        client = Client()
        client.force_login(user)
        task = task_of(case)
        case_page = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        task_page = client.get(reverse("reviews:task", args=[task.pk])).content.decode()
        assert (OPINION in case_page, OPINION in task_page) == (reads, reads)
        assert (NOTE in case_page, NOTE in task_page) == (reads, reads)
        assert (DRAFT in case_page, DRAFT in task_page) == (reads, reads)
        assert ("不能查看审核意见" in case_page) is not reads
        told = " ".join(line.text for line in case_history(case, user))
        assert (OPINION in told, DRAFT in told) == (reads, reads)
        assert notes_of(case, user).exists() is reads
        assert may_read_results(case, user) is reads
        assert sight_of(case, user).kept_away is not reads
    assert not Notification.objects.filter(user=insider, title__startswith="待审核").exists()


def test_a_refused_post_does_not_answer_with_what_others_said(case, insider):
    assert OPINION not in pages(case, insider)


def test_the_panel_page_leaves_the_file_out(company):
    case = advance_to(make_case(company, "3.4.4"), StageKind.EXPERT)
    panel = scoring(case)
    for member in seats(panel):
        submit(member, panel.stages.get(), "11", "2.5")
    insider = join(panel.unit, UnitRole.LEADER, name="两边的人")
    EnterpriseMemberFactory(enterprise=company.enterprise, user=insider)
    client = Client()
    client.force_login(insider)
    text = client.get(reverse("reviews:panel", args=[panel.pk])).content.decode().partition("<main")[2]
    assert "13.50" not in text
    assert "另有 1 件您须回避" in text
