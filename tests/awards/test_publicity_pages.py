"""The pages of 公示 and 异议: what everybody sees, what the lead sees, and what nobody sees."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from awards.actions.returning import return_award
from awards.enums import AwardState, ItemState, ObjectionState, RoundState
from awards.models import Objection, PublicityRound
from common.audit.models import AuditEvent
from common.outbox.actions import run_owed
from common.workdays import end_of_day
from letters.models import Letter
from tests.awards.test_objections import picture
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import make_company
from tests.factories.awards import make_award
from tests.factories.publicity import CONTACT, WORDS, answer, make_draft_round, make_round, object_to
from tests.factories.reviews import approver, officer

pytestmark = pytest.mark.django_db
ACCOUNT = "3602000109001234567"
XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.fixture
def award(company):
    """A settled award of 市工信局, of an enterprise with an account."""
    enterprise = company.enterprise
    enterprise.bank_account = ACCOUNT
    enterprise.save(update_fields=["bank_account"])
    return make_award(company, "3.4.5")


@pytest.fixture
def publicity(award):
    """A round that runs now."""
    return make_round(award, at=timezone.now())


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return response.content.decode()


def object_online(client, publicity, **values):
    item = publicity.items.get()
    data = {"name": "万建国", "phone": "13970812345", "text": WORDS} | values
    return client.post(reverse("awards:public_object", args=[publicity.pk, item.pk]), data)


# What everybody sees -------------------------------------------------------------------------------------------------


def test_everybody_reads_name_clause_amount_and_nothing_else(publicity, award):
    page = Client().get(reverse("awards:public_round", args=[publicity.pk]))
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    item = publicity.items.get()
    for shown in (item.name, item.clause, "9,000,000.00", CONTACT):
        assert shown in text(page)
    enterprise = award.application.enterprise
    for secret in (
        ACCOUNT,
        enterprise.uscc,
        enterprise.contact_phone,
        award.application.number,
        award.unit.members.first().user.name,
    ):
        assert secret not in text(page)
    listed = Client().get(reverse("awards:public_rounds"))
    assert publicity.title in text(listed)
    assert award.application.number not in text(listed)


def test_the_pdf_says_no_more(publicity, award):
    run_owed(at=timezone.now())
    address = reverse("awards:public_round_pdf", args=[publicity.pk])
    assert address in text(Client().get(reverse("awards:public_round", args=[publicity.pk])))
    response = Client().get(address)
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    words = pdf_text(response.content)
    assert publicity.items.get().name in words
    enterprise = award.application.enterprise
    for secret in (ACCOUNT, enterprise.uscc, enterprise.contact_phone, award.application.number):
        assert secret not in words


def pdf_text(data: bytes) -> str:
    """The words of a PDF without line ends."""
    import subprocess

    done = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return re.sub(r"\s", "", done.stdout.decode())


def test_a_draft_is_nobody_elses(award):
    draft = make_draft_round(award)
    for name in ("public_round", "public_round_pdf"):
        assert Client().get(reverse(f"awards:{name}", args=[draft.pk])).status_code == 404
    item = draft.items.get()
    assert Client().get(reverse("awards:public_object", args=[draft.pk, item.pk])).status_code == 404
    assert draft.title not in text(Client().get(reverse("awards:public_rounds")))


def test_running_rounds_stand_apart_from_those_that_are_over(award, stranger):
    over = make_round(award)
    running = make_round(make_award(stranger, "3.4.5"), at=timezone.now())
    response = Client().get(reverse("awards:public_rounds"))
    assert [row["round"] for row in response.context["running"]] == [running]
    assert [row["round"] for row in response.context["over"]] == [over]
    page = text(Client().get(reverse("awards:public_round", args=[over.pk])))
    assert "不再受理" in page
    assert "提出异议<span" not in page


def test_the_lists_ask_as_often_for_three_rounds_as_for_one(award, django_assert_num_queries, company):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_round(award, at=timezone.now())
    person = signed_in(officer(award.unit))

    def asked(client, name):
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    names = [(Client(), "awards:public_rounds"), (person, "awards:rounds"), (person, "awards:objections")]
    object_to(PublicityRound.objects.get().items.get(), at=timezone.now())
    before = [asked(*one) for one in names]
    for _ in range(2):
        more = make_round(make_award(make_company(), "3.4.5"), at=timezone.now())
        object_to(more.items.get(), at=timezone.now())
    assert [asked(*one) for one in names] == before


# Objecting -----------------------------------------------------------------------------------------------------------


def test_an_objection_from_the_form_to_the_answer(publicity, award):
    client = Client()
    response = object_online(
        client, publicity, attachments=SimpleUploadedFile("发票.png", picture(), content_type="image/png")
    )
    objection = Objection.objects.get()
    assert response.status_code == 302
    # The code stands in no address.
    assert response["Location"] == reverse("awards:public_objection")
    page = text(client.get(response["Location"]))
    assert objection.number in page
    assert "正在核查" in page
    grouped = "-".join(re.findall("....", objection.code))
    assert grouped in page
    run_owed(at=timezone.now())
    letter = Letter.objects.get(subject_key=f"objection:{objection.pk}")
    address = reverse("awards:public_objection_letter", args=[letter.pk])
    assert client.get(address)["Content-Type"] == "application/pdf"
    assert Client().get(address).status_code == 404

    answer(objection, upheld=False, at=timezone.now(), text="经核对，发票与验收单一致。")
    again = Client()
    assert again.post(reverse("awards:public_objection"), {"code": grouped.lower()}).status_code == 302
    page = text(again.get(reverse("awards:public_objection")))
    assert "异议不成立" in page
    assert "经核对，发票与验收单一致。" in page
    again.post(reverse("awards:public_objection"), {"leave": "1"})
    assert objection.number not in text(again.get(reverse("awards:public_objection")))


def test_a_drafted_answer_is_not_seen_outside(publicity):
    client = Client()
    object_online(client, publicity)
    objection = Objection.objects.get()
    signed_in(officer(publicity.unit)).post(
        reverse("awards:objection_draft", args=[objection.pk]),
        {"upheld": "yes", "answer": "拟认定成立。", "expected_version": objection.version},
    )
    assert Objection.objects.get().state == ObjectionState.DRAFTED
    page = text(client.get(reverse("awards:public_objection")))
    assert "正在核查" in page
    assert "拟认定" not in page
    assert "待审核" not in page


def test_the_code_opens_the_page_for_a_while_only(publicity):
    client = Client()
    object_online(client, publicity)
    session = client.session
    session["objection"] = session["objection"] | {"until": (timezone.now() - timedelta(seconds=1)).isoformat()}
    session.save()
    assert Objection.objects.get().number not in text(client.get(reverse("awards:public_objection")))


def test_faults_are_shown_beside_what_was_typed(publicity):
    response = object_online(Client(), publicity, name="匿名", phone="1", text="不公平")
    assert response.status_code == 422
    page = text(response)
    assert "错误：" in page
    for sentence in ("异议须实名提出，匿名异议不能受理", "电话号码格式不正确", "至少 10 字", "不公平"):
        assert sentence in page
    assert not Objection.objects.exists()


def test_late_is_told_with_the_day_and_keeps_what_was_typed(award):
    over = make_round(award)
    item = over.items.get()
    address = reverse("awards:public_object", args=[over.pk, item.pk])
    assert "公示期已结束" in text(Client().get(address))
    response = object_online(Client(), over)
    assert response.status_code == 409
    assert "公示期已于2026年3月10日二十四时结束" in text(response)
    assert WORDS in text(response)
    assert not Objection.objects.exists()


def test_an_item_that_went_back_takes_no_objection(publicity):
    item = publicity.items.get()
    address = reverse("awards:public_object", args=[publicity.pk, item.pk])
    assert "<textarea" in text(Client().get(address))
    answer(object_to(item, at=timezone.now()), upheld=True, at=timezone.now())
    page = text(Client().get(address))
    assert "<textarea" not in page
    assert "无需再提出异议" in page
    shown = text(Client().get(reverse("awards:public_round", args=[publicity.pk])))
    assert address not in shown
    assert "已退回重新审核" in shown


def test_sent_twice_is_one_objection(publicity):
    client = Client()
    assert object_online(client, publicity).status_code == 302
    assert object_online(client, publicity).status_code == 302
    assert Objection.objects.count() == 1


def test_a_flood_of_one_address_is_held_back(publicity):
    client = Client()
    answers = [object_online(client, publicity, text=f"{WORDS}第{number}次").status_code for number in range(7)]
    assert 429 in answers
    assert Objection.objects.count() == answers.count(302) == 5


def test_guessing_codes_is_held_back(publicity):
    client = Client()
    address = reverse("awards:public_objection")
    answers = [client.post(address, {"code": f"ABCD-EFGH-JKLM-NPQ{digit}"}).status_code for digit in "23456789" * 3]
    assert set(answers) == {422, 429}


@pytest.mark.parametrize("code", ["", "kurz", "ABCD-EFGH-JKLM-NPQR", "' OR 1=1 --", "0" * 60])
def test_a_wrong_code_opens_nothing(publicity, code):
    client = Client()
    object_online(Client(), publicity)
    response = client.post(reverse("awards:public_objection"), {"code": code})
    assert response.status_code == 422
    assert Objection.objects.get().number not in text(response)


def test_an_item_of_another_round_is_not_there(publicity, stranger):
    other = make_round(make_award(stranger, "3.4.5"), at=timezone.now())
    address = reverse("awards:public_object", args=[publicity.pk, other.items.get().pk])
    assert Client().get(address).status_code == 404
    assert Client().post(address, {"name": "万建国", "phone": "13970812345", "text": WORDS}).status_code == 404


# The lead ------------------------------------------------------------------------------------------------------------


def test_drafting_and_publishing_on_the_pages(award):
    handler, chief = signed_in(officer(award.unit)), signed_in(approver(award.unit))
    page = handler.get(reverse("awards:round_new"))
    assert award.application.enterprise.name in text(page)
    refused = handler.post(reverse("awards:round_new"), {"title": "", "contact": CONTACT})
    assert refused.status_code == 422
    assert "请填写公示标题" in text(refused)
    response = handler.post(
        reverse("awards:round_new"), {"title": "2024年度公示", "contact": CONTACT, "awards": [award.pk]}
    )
    publicity = PublicityRound.objects.get()
    assert response["Location"] == reverse("awards:round", args=[publicity.pk])
    address = reverse("awards:round", args=[publicity.pk])
    assert "发布公示</a>" not in text(handler.get(address))
    assert "将公示 1 项，合计 9,000,000.00 元" in text(chief.get(address))
    # A page that was opened before the draft changed publishes nothing.
    stale = chief.post(reverse("awards:round_publish", args=[publicity.pk]), {"expected_version": 99})
    assert stale.status_code == 409
    done = chief.post(reverse("awards:round_publish", args=[publicity.pk]), {"expected_version": publicity.version})
    assert done.status_code == 302
    publicity.refresh_from_db()
    assert publicity.state == RoundState.OPEN
    assert "还剩" in text(handler.get(address))


def test_a_draft_whose_only_award_went_back_says_so_and_offers_no_publishing(award):
    publicity = make_draft_round(award)
    award.refresh_from_db()
    return_award(
        award=award, reason="附件有误", expected_version=award.version, by=approver(award.unit), at=timezone.now()
    )
    for person in (officer(award.unit), approver(award.unit)):
        page = text(signed_in(person).get(reverse("awards:round", args=[publicity.pk])))
        assert "名单已空，不能发布" in page
        assert "等待发布" not in page
        assert "发布公示</a>" not in page
    change = signed_in(officer(award.unit)).get(reverse("awards:round_change", args=[publicity.pk]))
    assert change.status_code == 200


def test_a_change_of_a_draft_keeps_what_was_typed_when_it_is_refused(award):
    draft = make_draft_round(award)
    handler = signed_in(officer(award.unit))
    address = reverse("awards:round_change", args=[draft.pk])
    assert handler.get(address).status_code == 200
    response = handler.post(
        address, {"title": "新的标题", "contact": CONTACT, "awards": [award.pk], "expected_version": 77}
    )
    assert response.status_code == 409
    assert "新的标题" in text(response)
    response = handler.post(
        address, {"title": "新的标题", "contact": CONTACT, "awards": [award.pk], "expected_version": draft.version}
    )
    assert response.status_code == 302
    assert PublicityRound.objects.get().title == "新的标题"


def test_forged_awards_are_refused(award, stranger):
    foreign = make_award(stranger, "3.2.3")
    response = signed_in(officer(award.unit)).post(
        reverse("awards:round_new"), {"title": "公示", "contact": CONTACT, "awards": [foreign.pk, "x", "9" * 30]}
    )
    assert response.status_code in {409, 422}
    assert not PublicityRound.objects.exists()


def test_the_identity_is_shown_once_and_recorded(publicity):
    object_to(publicity.items.get(), at=timezone.now(), name="万建国", address="南昌市测试路 1 号")
    objection = Objection.objects.get()
    client = signed_in(officer(publicity.unit))
    address = reverse("awards:objection", args=[objection.pk])
    page = text(client.get(address))
    for secret in ("万建国", "13970812345", "测试路", objection.code):
        assert secret not in page
    shown = text(client.post(reverse("awards:objection_identity", args=[objection.pk])))
    for secret in ("万建国", "13970812345", "测试路"):
        assert secret in shown
    assert objection.code not in shown
    event = AuditEvent.objects.get(event="objection.identity_seen")
    assert event.actor_id == officer(publicity.unit).pk
    assert "万建国" not in str(event.data)


@pytest.mark.parametrize("who", ["leader", "auditor"])
def test_leaders_and_auditors_read_the_case_but_not_the_name(publicity, who):
    objection = object_to(publicity.items.get(), at=timezone.now(), files=[enclosure()])
    user = officer(publicity.unit, "leader") if who == "leader" else AuditorFactory()
    client = signed_in(user)
    page = text(client.get(reverse("awards:objection", args=[objection.pk])))
    assert WORDS in page
    assert "万建国" not in page
    assert "查看异议人身份" not in page
    refused = client.post(reverse("awards:objection_identity", args=[objection.pk]))
    assert refused.status_code == 403
    assert "万建国" not in text(refused)
    file = objection.files.get()
    assert client.get(reverse("awards:objection_file", args=[objection.pk, file.pk])).status_code == 403
    assert not AuditEvent.objects.filter(event="objection.identity_seen").exists()


def enclosure():
    import io

    from applications.actions.messages import Enclosure

    return Enclosure("发票.png", io.BytesIO(picture()))


def test_files_and_letters_are_recorded_and_never_interpreted(publicity):
    objection = object_to(publicity.items.get(), at=timezone.now(), files=[enclosure()])
    run_owed(at=timezone.now())
    client = signed_in(approver(publicity.unit))
    file = objection.files.get()
    response = client.get(reverse("awards:objection_file", args=[objection.pk, file.pk]))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    letter = Letter.objects.get(subject_key=f"objection:{objection.pk}")
    assert client.get(reverse("awards:objection_letter", args=[objection.pk, letter.pk])).status_code == 200
    looks = AuditEvent.objects.filter(event="objection.identity_seen").order_by("pk")
    assert [event.data["what"] for event in looks] == [f"file:{file.pk}", f"letter:{letter.pk}"]
    # The unit's list of letters does not give the name away.
    assert client.get(reverse("letters:pdf", args=[letter.pk])).status_code == 404
    assert letter.title not in text(client.get(reverse("letters:list")))


def test_the_enterprise_learns_that_there_is_an_objection_and_not_from_whom(publicity, award, company):
    objection = object_to(publicity.items.get(), at=timezone.now())
    client = signed_in(company.agent)
    for address in (reverse("awards:award", args=[award.pk]), reverse("accounts:notifications")):
        page = text(client.get(address))
        assert "异议" in page
        for secret in ("万建国", "13970812345", WORDS, objection.number):
            assert secret not in page
    assert client.get(reverse("awards:objection", args=[objection.pk])).status_code == 403


def test_answering_on_the_pages(publicity, award):
    objection = object_to(publicity.items.get(), at=timezone.now())
    handler, chief = signed_in(officer(publicity.unit)), signed_in(approver(publicity.unit))
    address = reverse("awards:objection", args=[objection.pk])
    draft = reverse("awards:objection_draft", args=[objection.pk])
    refused = handler.post(draft, {"answer": "写了一半", "expected_version": 1})
    assert refused.status_code == 422
    assert "写了一半" in text(refused)
    assert "请选择异议是否成立" in text(refused)
    handler.post(draft, {"upheld": "no", "answer": "经核查不属实。", "expected_version": 1})
    assert "审核答复" not in text(handler.get(address))
    returned = chief.post(reverse("awards:objection_return", args=[objection.pk]), {"note": "", "expected_version": 2})
    assert returned.status_code == 422
    chief.post(reverse("awards:objection_return", args=[objection.pk]), {"note": "补充依据。", "expected_version": 2})
    page = text(handler.get(address))
    assert "补充依据。" in page
    assert "经核查不属实。" in page
    handler.post(draft, {"upheld": "no", "answer": "经核查不属实，见验收单。", "expected_version": 3})
    stale = chief.post(reverse("awards:objection_decide", args=[objection.pk]), {"expected_version": 2})
    assert stale.status_code == 409
    chief.post(reverse("awards:objection_decide", args=[objection.pk]), {"expected_version": 4})
    objection.refresh_from_db()
    award.refresh_from_db()
    assert (objection.state, award.state) == (ObjectionState.UNFOUNDED, AwardState.PUBLIC)


def test_what_strangers_write_is_shown_as_text(publicity):
    client = Client()
    object_online(client, publicity, name=f"万建国{XSS}"[:60], text=f"{WORDS}{XSS}", address=XSS)
    objection = Objection.objects.get()
    officers = signed_in(officer(publicity.unit))
    officers.post(
        reverse("awards:objection_draft", args=[objection.pk]),
        {"upheld": "no", "answer": f"核查完毕。{XSS}", "expected_version": 1},
    )
    chief = signed_in(approver(publicity.unit))
    address = reverse("awards:objection", args=[objection.pk])
    pages = [
        client.get(reverse("awards:public_objection")),
        officers.get(address),
        chief.get(address),
        officers.post(reverse("awards:objection_identity", args=[objection.pk])),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in text(page)
        assert "<img src=x" not in text(page)
        assert "&lt;script&gt;alert(1)" in text(page)
    chief.post(reverse("awards:objection_decide", args=[objection.pk]), {"expected_version": 2})
    run_owed(at=timezone.now())
    reply = Letter.objects.get(request_key=f"objection.reply:{objection.pk}")
    assert reply.number


def test_the_desk_puts_first_what_is_due_first(publicity, stranger):
    item = publicity.items.get()
    now = timezone.now()
    first = object_to(item, at=now)
    later = object_to(item, name="熊志强", at=now)
    Objection.objects.filter(pk=later.pk).update(due_on=first.due_on - timedelta(days=1))
    response = signed_in(officer(publicity.unit)).get(reverse("awards:objections"))
    assert [row["objection"].pk for row in response.context["rows"]] == [later.pk, first.pk]
    answer(first, upheld=False, at=now)
    done = signed_in(officer(publicity.unit)).get(reverse("awards:objections"), {"view": "done"})
    assert [row["objection"].pk for row in done.context["rows"]] == [first.pk]
    assert publicity.items.get().state == ItemState.HELD


def test_another_lead_sees_nothing(publicity):
    objection = object_to(publicity.items.get(), at=timezone.now())
    client = signed_in(officer("市商务局"))
    for name, pk in (("round", publicity.pk), ("objection", objection.pk), ("round_pdf", publicity.pk)):
        assert client.get(reverse(f"awards:{name}", args=[pk])).status_code == 404
    assert publicity.title not in text(client.get(reverse("awards:rounds")))
    assert end_of_day(publicity.last_day) > timezone.now()
