"""Digital signatures: over the whole file, PDF/A kept, and nothing numbered where signing fails."""

import io
import logging
import sys
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.core.checks import run_checks
from django.urls import reverse
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from common import storage
from common.audit.queries import history
from common.outbox.actions import run_owed
from common.outbox.models import OutboxMessage
from letters.actions import issue_letter
from letters.errors import LetterSigningError
from letters.models import Letter, NumberSeries
from letters.queries import by_token
from letters.rendering import render
from letters.signing import Signer, current_signer, read_signature
from letters.signing.pades import FileSigner, TokenSigner
from tests.letters.conftest import AT
from tests.letters.measure import flat
from tests.letters.samples import APPROVAL, RECEIPT, facts

PASSPHRASE = "throw-away"
HOLDER = "演示市工业和信息化局电子签名"


class Unit:
    """A unit without a database."""

    code = "unit-x"
    full_name = "演示市工业和信息化局"


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A throw-away certificate and key in a PKCS#12 file; the folder also has the certificate alone."""
    folder = tmp_path_factory.mktemp("keys")
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOLDER)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True)
        .sign(private, hashes.SHA256())
    )
    sealed = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    path = folder / "unit-x.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"letters", private, certificate, None, sealed))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def letter():
    return render(facts(APPROVAL, signed_by=HOLDER))


@pytest.fixture(scope="module")
def signed(key, letter):
    return FileSigner(file=str(key), passphrase=PASSPHRASE).sign(letter.pdf, unit=Unit, at=AT)


def judged(pdf, key):
    """pyHanko's own verdict with the throw-away certificate as the only root."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    root = load_cert_from_pemder(str(key.parent / "certificate.pem"))
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[root], allow_fetching=False))


# The signature ---------------------------------------------------------------------------------------------------


def test_the_signature_is_valid_over_the_whole_file(signed, key):
    status = judged(signed, key)
    assert status.bottom_line
    assert status.trusted
    assert status.modification_level == ModificationLevel.NONE
    told = read_signature(signed)
    assert (told.signer, told.issuer, told.signed_at) == (HOLDER, HOLDER, AT)
    assert told.intact
    assert told.whole


def test_one_changed_byte_makes_it_invalid(signed, letter, key):
    spoiled = bytearray(signed)
    spoiled[len(letter.pdf) // 2] ^= 1
    assert not judged(bytes(spoiled), key).bottom_line
    assert not read_signature(bytes(spoiled)).intact


def test_what_is_added_afterwards_is_not_covered(signed, key):
    assert not read_signature(signed + b"\n%added\n").whole
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        out = io.BytesIO()
        pdf.save(out)
    told = read_signature(out.getvalue())
    assert told is None or not (told.intact and told.whole)


def test_pdf_a_is_kept_by_an_appended_update_in_an_invisible_field(signed, letter):
    assert signed.startswith(letter.pdf)
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "2A"
        assert "/StructTreeRoot" in pdf.Root
        assert len(pdf.Root.OutputIntents) == 1
        (field,) = pdf.Root.AcroForm.Fields
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        assert [float(side) for side in field.Rect] == [0, 0, 0, 0]
        flags = int(field.F)
        assert flags & 0b100  # printed, as PDF/A asks of every annotation
        assert not flags & 0b100011  # neither invisible, hidden nor without view
    assert flat(signed) == flat(letter.pdf)


def test_the_paper_names_the_certificate(letter):
    assert f"此件未加盖印章，已由“{HOLDER}”电子签名，真伪以核验结果为准" in flat(letter.pdf)


def test_the_form_names_it_too_and_keeps_to_one_page():
    form = render(facts(RECEIPT, kind="receipt", kind_label="受理回执", title="受理回执", signed_by=HOLDER))
    assert form.pages == 1
    text = flat(form.pdf)  # three lines beside the code
    assert "（此件未加盖印章，已由“演示市工业和信息" in text
    assert "电子签名”电子签名，真伪以核验结果为" in text


def test_files_without_signature_or_sense_have_none(letter):
    assert read_signature(letter.pdf) is None
    assert read_signature(b"%PDF-1.7 /ByteRange nonsense") is None


# Signers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "LETTER_SIGNER_FILE"),
        ({"file": "/nowhere/key.p12"}, "FileNotFoundError"),
        ({"passphrase": "wrong"}, "PKCS#12"),
    ],
)
def test_a_key_that_cannot_be_had_is_told(key, options, words):
    if "passphrase" in options:
        options = options | {"file": str(key)}
    with pytest.raises(LetterSigningError, match=words):
        FileSigner(**options).certificate_name(Unit)


@pytest.mark.parametrize("years", [-10, 20])
def test_a_certificate_out_of_its_time_signs_nothing(key, letter, years):
    signer = FileSigner(file=str(key), passphrase=PASSPHRASE)
    with pytest.raises(LetterSigningError, match="不在有效期内"):
        signer.sign(letter.pdf, unit=Unit, at=AT + timedelta(days=365 * years))


def test_with_one_file_per_unit_a_unit_without_one_issues_unsigned(key, letter):
    signer = FileSigner(file=str(key.parent / "{unit}.p12"), passphrase=PASSPHRASE)

    class Other(Unit):
        code = "unit-y"

    assert signer.certificate_name(Unit) == HOLDER
    assert signer.certificate_name(Other) == ""
    assert signer.sign(letter.pdf, unit=Other, at=AT) == letter.pdf


def test_a_token_needs_a_package_that_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pkcs11", None)  # not among the locked requirements
    monkeypatch.delitem(sys.modules, "pyhanko.sign.pkcs11", raising=False)
    with pytest.raises(LetterSigningError, match="python-pkcs11"):
        TokenSigner(module="/nowhere.so", token="a", certificate="b").certificate_name(Unit)


@pytest.mark.parametrize(
    ("name", "options", "fault"),
    [
        ("none", {}, None),
        ("nowhere.Signer", {}, "letters.E001"),
        ("file", {}, "letters.E002"),
        ("pkcs11", {"module": "/nowhere.so", "token": "a"}, "letters.E002"),
        ("file", {"file": "/nowhere/at/all/key.p12"}, "letters.E003"),
        ("file", {"file": "/key-that-is-not-there.p12"}, "letters.E004"),
    ],
)
def test_a_wrong_setting_is_told_at_the_start(settings, name, options, fault):
    settings.LETTER_SIGNER, settings.LETTER_SIGNER_OPTIONS = name, options
    found = [message.id for message in run_checks() if message.id and message.id.startswith("letters.")]
    assert found == ([fault] if fault else [])


# Issuing ---------------------------------------------------------------------------------------------------------


class SealService(Signer):
    """Stands for a city's seal service; away until told otherwise."""

    away = True

    def certificate_name(self, unit):
        return "演示印章服务"

    def sign(self, pdf, *, unit, at):
        if self.away:
            raise LetterSigningError("印章服务没有应答。")
        return pdf + b"\n% sealed for " + unit.code.encode()


@pytest.mark.django_db
def test_a_class_of_the_city_takes_the_place_and_its_failure_costs_no_number(settings, order, caplog):
    settings.LETTER_SIGNER = f"{__name__}.SealService"
    letter = order()
    assert isinstance(current_signer(), SealService)
    with caplog.at_level(logging.CRITICAL):
        run_owed(at=AT)
    letter.refresh_from_db()
    assert (letter.state, letter.number) == ("queued", None)
    assert not NumberSeries.objects.filter(last_number__gt=0).exists()
    message = OutboxMessage.objects.get(kind="letters.render")
    assert "印章服务没有应答" in message.last_error
    SealService.away = False
    try:
        run_owed(at=AT + timedelta(hours=2))
    finally:
        SealService.away = True
    letter.refresh_from_db()
    assert letter.number == "演工信批〔2026〕1号"
    assert storage.read(letter.sha256).endswith(b"% sealed for " + letter.unit.code.encode())
    issued = next(event for event in history(letter) if event.event == "letters.issued")
    assert issued.data["signed_by"] == "演示印章服务"


@pytest.mark.django_db
def test_the_signed_bytes_are_the_stored_ones_and_the_page_tells_who_signed(
    settings, order, client, key, real_rendering
):
    settings.LETTER_SIGNER = "file"
    settings.LETTER_SIGNER_OPTIONS = {"file": str(key), "passphrase": PASSPHRASE}
    letter = issue_letter(letter_id=order().pk, at=AT)
    stored = storage.read(letter.sha256)
    assert judged(stored, key).bottom_line
    found = by_token(letter.token)
    assert found.signature.signer == HOLDER
    page = client.get(reverse("letters:verify_letter", args=[letter.token])).content.decode()
    assert f"由“{HOLDER}”签名" in page
    assert "覆盖整个文件" in page
    assert "2026年11月5日 10:30" in page


@pytest.mark.django_db
def test_the_page_says_that_a_letter_is_not_signed(issued, client):
    page = client.get(reverse("letters:verify_letter", args=[issued().token])).content.decode()
    assert "本件没有电子签名" in page
    assert Letter.objects.count() == 1
