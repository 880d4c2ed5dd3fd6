"""The addresses of tasks and cases × every role, the suspended, demoted and not yet reached included × own, other and
missing × GET and POST. That no address of the site is left out stands in tests/architecture/test_matrix.py."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import UnitRole
from accounts.models import UnitMember
from reviews.actions import open_case
from reviews.enums import Outcome, StageKind
from reviews.models import Case, Task
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.applications import make_filed, put_file
from tests.factories.reviews import advance_to, approver, decide, make_case, officer, task_of

C, L = StageKind.CONSULTATION, StageKind.LEAD
MISSING = 987654321
LISTS = {"queue", "cases"}
READ_TASK = {"task"}
POST_TASK = {"decide", "confirm", "return_draft", "correction", "cancel_correction", "recuse"}
POST_TASK |= {"claim", "assign", "release"}
READ_CASE = {"case", "case_revision", "attachment"}


@pytest.fixture
def world(company, stranger):
    """A case at its lead (own), another of another district and lead that 市工信局 never meets (other)."""
    own = advance_to(make_case(company, "3.4.5"), L)
    other = make_case(stranger, "3.1.3b")
    suspended = UserFactory(name="停用")
    UnitMember.objects.create(unit=task_of(own).unit, user=suspended, role=UnitRole.HANDLER)
    suspended.is_active = False
    suspended.save(update_fields=["is_active"])
    demoted = UserFactory(name="已调离")
    UnitMember.objects.create(unit=task_of(own).unit, user=demoted, role=UnitRole.HANDLER, is_active=False)
    people = {
        "anonymous": None,
        "suspended": suspended,
        "demoted": demoted,
        "plain": UserFactory(),
        "enterprise_legal": company.legal,
        "enterprise_agent": company.agent,
        "administrator": AdministratorFactory(),
        "auditor": AuditorFactory(),
        "lead_handler": officer("市工信局"),
        "lead_approver": approver("市工信局"),
        "lead_leader": officer("市工信局", UnitRole.LEADER),
        "lead_finance": officer("市工信局", UnitRole.FINANCE),
        "other_handler": officer("经开区"),
        "not_reached": officer("市金融办"),
    }
    return SimpleNamespace(own=own, other=other, people=people)


def addresses(world) -> dict[tuple[str, str], str]:
    """(name, whose) → address; `whose` seen from 市工信局."""
    found = {("queue", "own"): reverse("reviews:queue"), ("cases", "own"): reverse("reviews:cases")}
    for whose, case in (("own", world.own), ("other", world.other)):
        pk = task_of(case).pk
        revision = case.application.revisions.get()
        for name in READ_TASK | POST_TASK:
            found[name, whose] = reverse(f"reviews:{name}", args=[pk])
        found["case", whose] = reverse("reviews:case", args=[case.pk])
        found["case_revision", whose] = reverse("reviews:case_revision", args=[case.pk, 1])
        found["attachment", whose] = reverse("reviews:attachment", args=[case.pk, revision.evidence[0]["attachment"]])
    for name in READ_TASK | POST_TASK:
        found[name, "missing"] = reverse(f"reviews:{name}", args=[MISSING])
    found["case", "missing"] = reverse("reviews:case", args=[MISSING])
    found["case_revision", "missing"] = reverse("reviews:case_revision", args=[world.own.pk, 99])
    found["attachment", "missing"] = reverse("reviews:attachment", args=[world.own.pk, MISSING])
    return found


#: What each role may see: its own side, and whether it acts, reads or audits.
OFFICERS = {
    "lead_handler": "own",
    "lead_approver": "own",
    "lead_leader": "own",
    "lead_finance": "own",
    "other_handler": "other",
    "not_reached": "none",
}


def expected(role: str, name: str, whose: str, method: str) -> set[int]:
    if role in {"anonymous", "suspended"}:
        return {302 if method == "GET" else 401}  # what somebody sent is kept on a page of its own
    if role not in OFFICERS and role != "auditor":
        return {403}
    if role == "auditor":
        if name not in READ_CASE | {"cases"}:
            return {403}
        if method == "POST":
            return {405}
        return {404} if whose == "missing" else {200}
    if name in POST_TASK:
        if method == "GET":
            return {302}  # to the task, which is refused or shown by its own rules
        # An empty post of somebody who sees the task: refused with a sentence, never done.
        return {403, 409, 422} if whose == OFFICERS[role] else {404}
    if method == "POST":
        return {405}
    if name in LISTS:
        return {200}
    return {200} if whose == OFFICERS[role] else {404}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_for_every_role(world, method):
    wrong = []
    before = list(Task.objects.order_by("pk").values_list("state", "version"))
    for role, user in world.people.items():
        client = Client()
        if user is not None:
            client.force_login(user)
        for (name, whose), address in addresses(world).items():
            answer = client.get(address) if method == "GET" else client.post(address)
            if answer.status_code not in expected(role, name, whose, method):
                wrong.append((role, name, whose, method, answer.status_code))
            to_the_task = name in POST_TASK and method == "GET" and user is not None
            if answer.status_code == 302 and not to_the_task and "/login/" not in answer["Location"]:
                wrong.append((role, name, whose, method, answer["Location"]))
    assert wrong == []
    assert list(Task.objects.order_by("pk").values_list("state", "version")) == before


def test_posts_without_the_token_are_refused(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["lead_handler"])
    for name in POST_TASK:
        assert client.post(reverse(f"reviews:{name}", args=[task_of(world.own).pk])).status_code == 403


class TestReached:
    def test_a_unit_sees_the_file_from_the_opening_of_its_stage_on(self, company, client):
        case = make_case(company, "3.2.3")
        person = officer("市财政局")
        assert not Case.objects.visible_to(person).exists()
        decide(task_of(case))
        assert list(Case.objects.visible_to(person)) == [case]
        assert list(Task.objects.visible_to(person)) == [task_of(case, "市财政局")]
        assert not Task.objects.visible_to(officer("市商务局")).exists()

    def test_a_stage_cancelled_before_it_opened_was_never_reached(self, company):
        case = make_case(company, "3.2.3")
        decide(task_of(case), outcome=Outcome.REFUSE, reasons="不在本区。")
        for name in ("市财政局", "市商务局"):
            assert not Case.objects.visible_to(officer(name)).exists()
            assert not Task.objects.visible_to(officer(name)).exists()
        assert Case.objects.visible_to(officer("高新区")).exists()

    def test_a_unit_keeps_reading_what_it_decided(self, company):
        case = advance_to(make_case(company), None)
        assert list(Case.objects.visible_to(officer("高新区"))) == [case]

    def test_who_left_the_unit_or_was_suspended_sees_nothing(self, company):
        make_case(company)
        person = officer("高新区")
        UnitMember.objects.filter(user=person).update(is_active=False)
        assert not Case.objects.visible_to(person).exists()
        auditor = AuditorFactory()
        assert Case.objects.visible_to(auditor).exists()
        auditor.is_active = False
        assert not Case.objects.visible_to(auditor).exists()

    def test_a_unit_that_was_closed_sees_nothing(self, company):
        case = make_case(company)
        unit = task_of(case).unit
        unit.is_active = False
        unit.save(update_fields=["is_active"])
        assert not Case.objects.visible_to(officer(unit)).exists()


class TestAttachments:
    def test_the_bytes_come_as_a_download(self, world, client):
        client.force_login(world.people["lead_handler"])
        answer = client.get(addresses(world)["attachment", "own"])
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert answer.content.startswith(b"%PDF-demo")

    def test_what_was_not_filed_is_not_served(self, world, client, company):
        late = put_file(world.own.application, "acceptance", shared=False, by=company.agent, content=b"%PDF-late")
        foreign = world.other.application.revisions.get().evidence[0]["attachment"]
        client.force_login(world.people["lead_handler"])
        for pk in (late.pk, foreign):
            assert client.get(reverse("reviews:attachment", args=[world.own.pk, pk])).status_code == 404

    def test_files_of_an_earlier_revision_stay_readable(self, company, client):
        case = open_case(revision=make_filed(company), at=company.enterprise.registered_at)
        first = case.application.revisions.get().evidence[0]["attachment"]
        client.force_login(officer("高新区"))
        assert client.get(reverse("reviews:attachment", args=[case.pk, first])).status_code == 200
