"""What a form sent is kept without its secrets, and only what our own page sent counts as ours."""

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from common.fields import EncryptedTextField
from common.kept import MAX_CHARS, SECRET, keep, sent_from

OWN = "https://ei.example.gov.cn"


def sent(query: str = "", /, **values: str) -> QueryDict:
    data = QueryDict(query, mutable=True)
    for name, value in values.items():
        data.appendlist(name, value)
    return data


def kept(data: QueryDict, *, never: tuple[str, ...] = (), **files):
    return keep(data, MultiValueDict(files), never=never)


def test_fields_are_kept_as_sent_with_every_value_of_a_name():
    found = kept(sent("csrfmiddlewaretoken=x&reasons=a%0D%0Ab&unit=1&unit=2&empty=&action=save"))
    assert found.fields == (("reasons", "a\r\nb"), ("unit", "1"), ("unit", "2"), ("empty", ""), ("action", "save"))
    assert (found.withheld, found.too_much) == (0, False)


@pytest.mark.parametrize(
    "name",
    [
        "password", "password1", "oldpassword", "new_password", "row.0.password2", "form-0-password", "client_secret",
        "otp", "totp_code", "api_token", "bank_account", "bank-bank_account", "bank_code", "account_number", "PASSWORD",
    ],
)  # fmt: skip
def test_secrets_are_never_kept(name):
    found = kept(sent(**{name: "6222021502000123456", "note": "说明"}))
    assert found.fields == (("note", "说明"),)
    assert found.withheld == 1
    assert "6222021502000123456" not in repr(found)


@pytest.mark.parametrize(
    "name", ["adopted_on", "footpath", "passed", "account", "bank", "conditions.0.code", "secretary"]
)
def test_names_that_only_look_like_it_are_kept(name):
    assert kept(sent(**{name: "甲"})).fields == ((name, "甲"),)


def test_what_one_form_declares_is_left_out_there():
    found = kept(sent(**{"name": "万建国", "row-0-name": "万建国", "text": "异议"}), never=("name",))
    assert (found.fields, found.withheld) == ((("text", "异议"),), 2)
    assert kept(sent(name="")).withheld == 0


def test_files_are_named_and_not_kept():
    files = [SimpleUploadedFile("营业执照.pdf", b"%PDF"), SimpleUploadedFile("发票.pdf", b"%PDF")]
    found = kept(sent(note="说明"), attachments=files)
    assert found.files == (("attachments", ("营业执照.pdf", "发票.pdf")),)
    assert found.fields == (("note", "说明"),)


def test_names_of_files_are_carried_on_until_they_are_chosen():
    files = [SimpleUploadedFile("甲|乙.pdf", b"%PDF"), SimpleUploadedFile("丙.pdf", b"%PDF")]
    carried = kept(sent(), proof=files).carried
    assert carried == ["proof|甲|乙.pdf", "proof|丙.pdf"]
    query = QueryDict(mutable=True)
    query.setlist("kept-files", carried)
    assert kept(query).files == (("proof", ("甲|乙.pdf", "丙.pdf")),)
    assert kept(query).fields == ()
    assert kept(query, proof=[SimpleUploadedFile("新.pdf", b"%PDF")]).files == (("proof", ("新.pdf",)),)


def test_what_a_person_typed_is_told_from_what_the_page_sends():
    data = sent(
        reasons="写了很久\r\n的意见", amount="1200.50", uscc="91360106MA35TEST0X", day="2026-11-05", outcome="agree",
        key="0" * 64, version="3", blank="  ", **{"rows-TOTAL_FORMS": "2", "base.edit": "7", "on": "on"},
    )  # fmt: skip
    assert kept(data).typed == ["写了很久\r\n的意见", "1200.50", "91360106MA35TEST0X", "2026-11-05"]


def test_more_than_a_page_bears_is_not_kept():
    assert kept(sent(text="甲" * (MAX_CHARS - 4))).too_much is False
    found = kept(sent(text="甲" * MAX_CHARS))
    assert (found.too_much, found.fields, found.typed) == (True, (), [])


#: Encrypted fields whose names are harmless elsewhere: where they are typed, the view declares them
#: (tests/accounts/test_unsent.py); the bodies of mails are typed nowhere.
DECLARED = {"awards.Objection": {"name", "phone", "address"}, "accounts.OutgoingMail": {"body", "html"}}


def test_every_encrypted_field_is_a_secret():
    """A new encrypted field is either of a name that is never kept, or somebody has thought about its form."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, EncryptedTextField):
                label = f"{model._meta.label}"
                assert SECRET.search(field.name) or field.name in DECLARED.get(label, ()), f"{label}.{field.name}"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": OWN}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Referer": f"{OWN}/reviews/tasks/1/?tab=1"}, True),
        ({}, False),
        ({"Referer": ""}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "null", "Referer": f"{OWN}/"}, False),
        ({"Origin": OWN, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": OWN, "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": OWN, "Sec-Fetch-Site": "none"}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "https://evil.example", "Referer": f"{OWN}/"}, False),
        ({"Origin": "http://ei.example.gov.cn"}, False),
        ({"Origin": f"{OWN}:8443"}, False),
        ({"Origin": "https://sub.ei.example.gov.cn"}, False),
        ({"Origin": f"{OWN}, https://evil.example"}, False),
        ({"Referer": f"{OWN}.evil.example/"}, False),
        ({"Referer": f"{OWN}@evil.example/"}, False),
        ({"Referer": "https://[broken"}, False),
        ({"Referer": "http://ei.example.gov.cn/"}, False),
    ],
)
def test_only_our_own_page_counts_as_ours(headers, ours):
    assert sent_from(headers, OWN) is ours
