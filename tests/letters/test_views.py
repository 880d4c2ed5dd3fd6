"""Pages of letters: who sees what, public verification, downloads."""

import hashlib

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions.unit_changes import merge_unit
from common import storage
from letters.actions import void_letter
from letters.codes import grouped_token, new_token
from letters.content import Paragraph
from letters.errors import LetterStateError
from letters.models import Letter
from letters.permissions import may_void
from letters.views import verification
from tests.letters.conftest import AT, agent, content, make_enterprise, make_unit, make_user, officer

pytestmark = pytest.mark.django_db


def pdf_file(data, name="批复.pdf"):
    return SimpleUploadedFile(name, data, content_type="application/pdf")


def address(letter):
    return reverse("letters:verify_letter", args=[letter.token])


# Public verification ---------------------------------------------------------------------------------------------


def test_a_code_leads_to_the_letter(client, issued):
    letter = issued()
    answer = client.post(reverse("letters:verify"), {"code": grouped_token(letter.token).lower()})
    assert answer.status_code == 302
    assert answer["Location"] == address(letter)
    page = client.get(answer["Location"]).content.decode()
    for expected in (
        letter.number,
        "批复",
        letter.unit.full_name,
        "演示晨星电子有限公司",
        "2026年11月5日",
        letter.sha256,
    ):
        assert expected in page
    assert "2,000,000.00" in page
    assert "贰佰万元整" in page
    assert "文书有效" in page


def test_verification_never_tells_what_is_not_on_its_list(client, issued, enterprise):
    enterprise.bank_account = "6222020000000012345"
    enterprise.save()
    secret = "付款账号6222020000000012345，身份证360102199001011234"
    letter = issued(context=content(paragraphs=(Paragraph(secret),), contact="演示电话", remarks=(secret,)))
    page = client.get(address(letter)).content.decode()
    assert "6222020000000012345" not in page
    assert "360102199001011234" not in page
    assert enterprise.uscc not in page
    assert "award:7" not in page


def test_amounts_are_told_for_decisions_on_money_only(client, issued):
    page = client.get(address(issued(kind="receipt", title="受理回执"))).content.decode()
    assert "2,000,000.00" not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_code_that_nobody_holds_is_not_found(client, order, method):
    waiting = order()
    for token in (new_token(), "x", waiting.token):
        answer = getattr(client, method)(reverse("letters:verify_letter", args=[token]))
        assert answer.status_code == 404


def test_wrong_and_empty_entries_are_told_on_the_form(client, issued):
    issued()
    url = reverse("letters:verify")
    for entered, sentence in (
        ({}, "请填写核验码"),
        ({"code": "123"}, "16 位"),
        ({"code": new_token()}, "没有找到"),
        ({"file": pdf_file(b"%PDF-other")}, "不一致"),
        ({"file": pdf_file(b"")}, "空文件"),
    ):
        answer = client.post(url, entered)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert "error-summary" in answer.content.decode()


def test_the_file_itself_is_recognised_and_compared(client, issued):
    letter, other = issued(), issued(kind="refusal", title="告知书")
    data = storage.read(letter.sha256)
    same = client.post(address(letter), {"file": pdf_file(data)})
    assert "逐字节一致" in same.content.decode()
    changed = client.post(address(letter), {"file": pdf_file(data + b" ")})
    assert "文件不一致" in changed.content.decode()
    wrong = client.post(address(other), {"file": pdf_file(data)})
    assert "文件不一致" in wrong.content.decode()
    by_file = client.post(reverse("letters:verify"), {"file": pdf_file(data)})
    assert letter.number in by_file.content.decode()
    both = client.post(reverse("letters:verify"), {"code": other.token, "file": pdf_file(data)})
    assert "文件不一致" in both.content.decode()


def test_an_offered_file_is_kept_nowhere(client, issued, settings):
    letter = issued()
    before = sorted(path for path in settings.MEDIA_ROOT.rglob("*"))
    client.post(address(letter), {"file": pdf_file(b"%PDF-private")})
    assert sorted(path for path in settings.MEDIA_ROOT.rglob("*")) == before
    assert not storage.exists(hashlib.sha256(b"%PDF-private").hexdigest())


def test_a_file_above_ten_megabytes_is_refused(client, issued):
    answer = client.post(address(issued()), {"file": pdf_file(b"%" * (10 * 1024 * 1024 + 1))})
    assert answer.status_code == 422
    assert "10 MB" in answer.content.decode()


def test_void_and_replaced_letters_say_so(client, issued, unit):
    old = issued()
    new = issued(supersedes=old)
    page = client.get(address(old)).content.decode()
    assert "文书已被取代" in page
    assert new.number in page
    void_letter(new, reason="内部原因不公开", by=officer(unit, "approver"), at=AT)
    page = client.get(address(new)).content.decode()
    assert "文书已作废" in page
    assert "文书有效" not in page
    assert "内部原因不公开" not in page


def test_verification_is_limited_per_address_and_falls_open(client, issued, monkeypatch):
    letter = issued()
    monkeypatch.setattr(verification, "LOOKUPS_PER_MINUTE", 3)
    monkeypatch.setattr("letters.views.verification.timezone.now", lambda: AT)
    statuses = [client.get(address(letter)).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert client.get(address(letter), REMOTE_ADDR="198.51.100.7").status_code == 200
    monkeypatch.setattr(cache, "incr", lambda key: 1 / 0)
    assert client.get(address(letter)).status_code == 200


def test_posting_without_a_csrf_token_is_refused(issued):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(issued()), {"file": pdf_file(b"x")}).status_code == 403


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_markup_in_a_letter_is_text_on_every_page(client, issued, enterprise, payload):
    letter = issued(title=f"关于{payload}", context=content(recipient=payload))
    client.force_login(agent(enterprise))
    for url in (address(letter), reverse("letters:list")):
        page = client.get(url).content.decode()
        assert payload not in page
        assert "&lt;" in page


def test_verification_pages_are_not_cached_and_have_no_inline_code(client, issued):
    for url in (reverse("letters:verify"), address(issued())):
        answer = client.get(url)
        assert "no-store" in answer["Cache-Control"]
        page = answer.content.decode()
        assert "style=" not in page
        assert "onclick" not in page


# Downloads and lists ---------------------------------------------------------------------------------------------


def people(unit, district, enterprise):
    """(name, person, sees the letter of `unit` to `enterprise`)"""
    other = make_enterprise(district, "演示别的企业")
    former, suspended, closed = agent(enterprise), agent(enterprise), officer(unit)
    former.enterprise_memberships.update(is_active=False)
    suspended.is_active = False
    suspended.save()
    closed.unit_memberships.update(is_active=False)
    return [
        ("agent", agent(enterprise), True),
        ("other enterprise", agent(other), False),
        ("former agent", former, False),
        ("handler", officer(unit), True),
        ("finance", officer(unit, "finance"), True),
        ("leader", officer(unit, "leader"), True),
        ("former officer", closed, False),
        ("district", officer(district), False),
        ("auditor", make_user(system_role="auditor"), True),
        ("administrator", make_user(system_role="administrator"), False),
        ("nobody", make_user(), False),
        ("suspended", suspended, False),
    ]


def test_who_sees_a_letter(client, issued, order, unit, district, enterprise):
    letter, waiting = issued(), order()
    for name, person, sees in people(unit, district, enterprise):
        assert Letter.objects.visible_to(person).filter(pk=letter.pk).exists() == sees, name
        client.logout()
        if person.is_active:
            client.force_login(person)
        answer = client.get(reverse("letters:pdf", args=[letter.pk]))
        assert (answer.status_code == 200) == sees, name
        if not sees:
            assert answer.status_code in {302, 403, 404}, name
        assert client.get(reverse("letters:pdf", args=[waiting.pk])).status_code != 200, name


def test_strangers_with_a_reading_role_get_404_for_foreign_and_missing_alike(client, issued, district):
    client.force_login(officer(district))
    assert client.get(reverse("letters:pdf", args=[issued().pk])).status_code == 404
    assert client.get(reverse("letters:pdf", args=[999999])).status_code == 404


def test_a_waiting_letter_is_seen_by_its_unit_only(order, unit, enterprise):
    letter = order()
    assert Letter.objects.visible_to(officer(unit)).get() == letter
    assert not Letter.objects.visible_to(agent(enterprise)).exists()


def test_the_file_is_sent_as_it_was_issued(client, issued, enterprise):
    letter = issued()
    client.force_login(agent(enterprise))
    answer = client.get(reverse("letters:pdf", args=[letter.pk]))
    assert hashlib.sha256(answer.content).hexdigest() == letter.sha256
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_a_damaged_file_is_never_sent(client, issued, enterprise):
    letter = issued()
    path = storage.path_of(letter.sha256)
    path.chmod(0o600)
    path.write_bytes(b"%PDF-tampered")
    client.force_login(agent(enterprise))
    with pytest.raises(storage.DamagedFile):
        client.get(reverse("letters:pdf", args=[letter.pk]))


def test_the_list_shows_own_letters_and_filters_in_the_address(client, issued, enterprise, district):
    mine = issued()
    receipt = issued(kind="receipt", title="受理回执")
    foreign = issued(enterprise=make_enterprise(district, "演示别的企业"))
    client.force_login(agent(enterprise))
    page = client.get(reverse("letters:list")).content.decode()
    assert mine.number in page
    assert receipt.number in page
    assert foreign.number not in page
    assert "我的文书" in page
    page = client.get(reverse("letters:list"), {"kind": "receipt"}).content.decode()
    assert receipt.number in page
    assert mine.number not in page
    page = client.get(reverse("letters:list"), {"q": "没有这样的标题"}).content.decode()
    assert "没有符合条件的文书" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"q": "长" * 101}, "文号或标题最多 100 个字"),
        ({"q": "\x00"}, "含有无法识别的字符"),
        ({"kind": "god"}, "没有这个文种"),
    ],
)
def test_a_filter_that_cannot_be_read_is_a_sentence_and_lists_nothing(client, issued, enterprise, query, words):
    letter = issued()
    client.force_login(agent(enterprise))
    response = client.get(reverse("letters:list"), query)
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert "<title>错误：" in html
    assert letter.number not in html


def test_an_empty_list_says_what_to_expect(client, enterprise):
    client.force_login(agent(enterprise))
    assert "还没有文书" in client.get(reverse("letters:list")).content.decode()


def test_the_list_needs_as_many_queries_for_many_letters_as_for_one(client, order, unit):
    client.force_login(officer(unit))
    counts = []
    for how_many in (1, 20):
        for _ in range(how_many):
            order()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("letters:list"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_approver_declares_a_letter_void_on_its_page(client, issued, unit):
    letter = issued()
    client.force_login(officer(unit, "approver"))
    url = reverse("letters:void", args=[letter.pk])
    assert url in client.get(reverse("letters:list")).content.decode()
    assert client.get(url).status_code == 200
    empty = client.post(url, {"reason": ""})
    assert empty.status_code == 422
    assert "请填写作废原因" in empty.content.decode()
    assert client.post(url, {"reason": "金额录入有误"}).status_code == 302
    letter.refresh_from_db()
    assert letter.state == "void"
    assert "现在不能作废" in client.get(url).content.decode()


@pytest.mark.parametrize("role", ["handler", "finance"])
def test_others_cannot_open_the_page_that_declares_void(client, issued, unit, role):
    client.force_login(officer(unit, role))
    assert client.get(reverse("letters:void", args=[issued().pk])).status_code == 403


def test_an_approver_of_another_unit_finds_nothing(client, issued, district):
    client.force_login(officer(district, "approver"))
    letter = issued()
    assert client.post(reverse("letters:void", args=[letter.pk]), {"reason": "x"}).status_code == 404


def test_the_anonymous_are_sent_to_sign_in(client, issued):
    for name, args in (("letters:list", []), ("letters:pdf", [issued().pk]), ("letters:void", [1])):
        answer = client.get(reverse(name, args=args))
        assert answer.status_code == 302
        assert "login" in answer["Location"]


def test_the_successor_reads_and_voids_what_a_merged_unit_issued(client, issued, unit):
    letter, successor = issued(), make_unit("演示新设局", "演新设")
    merge_unit(
        unit=unit, successor=successor, effective_on=timezone.localdate(), move_members=False, reason="机构改革文件",
        by=make_user(system_role="administrator"), at=timezone.now(),
    )  # fmt: skip
    reader, stranger = officer(successor), officer(make_unit("演示他局", "演他"))
    assert Letter.objects.visible_to(reader).get() == letter
    assert not Letter.objects.visible_to(stranger).exists()
    client.force_login(reader)
    assert client.get(reverse("letters:pdf", args=[letter.pk])).status_code == 200
    assert not may_void(reader, letter)
    client.force_login(officer(successor, "approver"))
    page = client.get(reverse("letters:list")).content.decode()
    assert "作废" in page
    assert "演示市工信局签发" in page
    assert client.post(reverse("letters:void", args=[letter.pk]), {"reason": "金额有误。"}).status_code == 302
    letter.refresh_from_db()
    assert letter.state == "void"


def test_the_successor_replaces_a_letter_of_a_merged_unit(issued, order, unit):
    letter, successor, other = issued(), make_unit("演示新设局", "演新设"), make_unit("演示他局", "演他")
    merge_unit(
        unit=unit, successor=successor, effective_on=timezone.localdate(), move_members=False, reason="机构改革文件",
        by=make_user(system_role="administrator"), at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(LetterStateError, match="本单位"):
        order(unit=other, request_key="by-another", supersedes=letter)
    assert order(unit=successor, request_key="by-successor", supersedes=letter).supersedes == letter
