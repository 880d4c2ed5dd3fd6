"""Public verification of the kinds that have no enterprise: 公示 for everybody, answers to persons."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from common import storage
from letters.actions import void_letter
from letters.queries import by_file, by_token
from letters.queries.verification import masked_name
from tests.letters.conftest import AT, content, officer

pytestmark = pytest.mark.django_db
OBJECTOR = "张小演"


def page_of(client, letter):
    return client.get(reverse("letters:verify_letter", args=[letter.token])).content.decode()


@pytest.fixture
def publicity(issued):
    def make(**values):
        return issued(
            kind="publicity",
            enterprise=None,
            title="关于2025年度奖补资金的公示",
            context=content(recipient="各有关单位和个人"),
            **values,
        )

    return make


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("objection_reply", f"关于{OBJECTOR}所提异议的答复"),
        ("objection_reply", "关于公示异议的答复"),
        ("receipt", "异议受理回执"),
    ],
)
def test_a_persons_name_is_not_told_to_the_public(client, issued, kind, title):
    letter = issued(
        kind=kind, enterprise=None, title=title, context=content(recipient=OBJECTOR, signer="演示局", contact=OBJECTOR)
    )
    page = page_of(client, letter)
    assert OBJECTOR not in page
    assert OBJECTOR[1:] not in page
    assert "张**" in page
    assert letter.number in page
    upload = SimpleUploadedFile("a.pdf", storage.read(letter.sha256), content_type="application/pdf")
    answer = client.post(reverse("letters:verify"), {"file": upload}).content.decode()
    assert "文件一致" in answer
    assert OBJECTOR not in answer


def test_an_enterprise_is_named_whatever_the_kind(client, issued):
    letter = issued(kind="objection_reply", title="关于公示异议的答复", context=content())
    assert "演示晨星电子有限公司" in page_of(client, letter)


@pytest.mark.parametrize(("name", "shown"), [("张三", "张**"), ("欧阳演示", "欧**"), ("阿·演示", "阿**"), ("", "")])
def test_the_length_of_a_name_is_not_told_either(name, shown):
    assert masked_name(name) == shown


def test_a_public_document_is_for_everybody(client, publicity):
    page = page_of(client, publicity())
    assert "各有关单位和个人" in page
    assert "文书有效" in page
    assert "2,000,000.00" not in page  # only decisions on one sum tell it


def test_replaced_and_void_public_documents_say_so(client, publicity, unit):
    old = publicity()
    new = publicity(supersedes=old)
    assert new.number in page_of(client, old)
    assert "文书已被取代" in page_of(client, old)
    void_letter(new, reason="名单有误", by=officer(unit, "approver"), at=AT)
    page = page_of(client, new)
    assert "文书已作废" in page
    assert "名单有误" not in page


def test_a_copy_that_was_changed_is_recognised_for_every_kind(client, publicity):
    letter = publicity()
    changed = storage.read(letter.sha256) + b" "
    upload = SimpleUploadedFile("a.pdf", changed, content_type="application/pdf")
    page = client.post(reverse("letters:verify_letter", args=[letter.token]), {"file": upload}).content.decode()
    assert "文件不一致" in page
    assert by_file("0" * 64) is None


def test_a_file_that_is_gone_does_not_close_the_page(client, issued):
    letter = issued()
    storage.path_of(letter.sha256).unlink()
    assert by_token(letter.token).signature is None
    assert letter.number in page_of(client, letter)
