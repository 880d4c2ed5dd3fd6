"""Signing with pyHanko: PAdES in an invisible field, appended to the letter, with a key from a file or a token.

pyHanko is imported when the first letter is signed.
"""

import threading
from abc import abstractmethod
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from accounts.models import Unit
from letters.errors import LetterSigningError
from letters.signing.base import Signer

FIELD = "Signature"
REASON = "签发"
ROOM = 4096  # bytes of a signature besides the certificates in it
NO_PKCS11 = (
    "LETTER_SIGNER=pkcs11 需要 Python 软件包 python-pkcs11，请在运行环境中安装（pip install python-pkcs11）后重试。"
)


def name_of(certificate: Any) -> str:
    """What a certificate (asn1crypto's) calls its holder: the common name, else the organisation, else everything."""
    subject: dict[str, Any] = certificate.subject.native
    found = subject.get("common_name") or subject.get("organization_name")
    return str(found or certificate.subject.human_friendly)


def sign_pdf(pdf: bytes, signer: Any, *, unit: str, at: datetime) -> bytes:
    """The bytes with a signature of `signer` (pyHanko's) appended. at: the time that the signature tells."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers.pdf_signer import PdfSigningSession

    class At(PdfSigner):
        """The clock is an argument here too; pyHanko would ask the system's."""

        def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:
            session = super().init_signing_session(pdf_out, existing_fields_only)
            session.system_time = at
            return session

    details = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=REASON, name=unit
    )
    field = SigFieldSpec(FIELD, readable_field_name=f"{unit}电子签名")
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    # Room for the signature in hexadecimal, known without the trial signature that pyHanko would make.
    room = 2 * (ROOM + sum(len(certificate.dump()) for certificate in (signer.signing_cert, *signer.cert_registry)))
    signed: bytes = At(details, signer, new_field_spec=field).sign_pdf(writer, bytes_reserved=room).getvalue()
    return signed


class _PyHankoSigner(Signer):
    """What a file and a token have in common."""

    @abstractmethod
    def _key(self, unit: Unit) -> Any | None:
        """pyHanko's signer for a unit, or None for a unit that has none. Raises whatever goes wrong."""

    def certificate_name(self, unit: Unit) -> str:
        try:
            key = self._key(unit)
            return name_of(key.signing_cert) if key else ""
        except Exception as error:
            raise _told(error) from error

    def sign(self, pdf: bytes, *, unit: Unit, at: datetime) -> bytes:
        try:
            key = self._key(unit)
            if key is None:
                return pdf
            certificate = key.signing_cert
            if not certificate.not_valid_before <= at <= certificate.not_valid_after:
                raise LetterSigningError(f"签名证书“{name_of(certificate)}”不在有效期内，文书未签发。")
            return sign_pdf(pdf, key, unit=unit.full_name, at=at)
        except Exception as error:
            self._failed()
            raise _told(error) from error

    def _failed(self) -> None:
        """After a fault nothing half-open is kept."""


def _told(error: Exception) -> LetterSigningError:
    if isinstance(error, LetterSigningError):
        return error
    return LetterSigningError(f"电子签名失败，文书未签发，系统将自动重试：{type(error).__name__}：{error}")


class FileSigner(_PyHankoSigner):
    """A PKCS#12 file. options: file (path; ``{unit}`` stands for the unit's code, one file per unit), passphrase.

    With ``{unit}`` a unit without a file issues unsigned, and the copy says so.
    """

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self._keys: dict[str, tuple[int, Any]] = {}

    def _key(self, unit: Unit) -> Any | None:
        from pyhanko.sign import SimpleSigner

        pattern = self.options.get("file", "")
        if not pattern:
            raise LetterSigningError("LETTER_SIGNER=file 需要设置 LETTER_SIGNER_FILE（PKCS#12 文件的路径）。")
        path = Path(pattern.replace("{unit}", unit.code))
        if "{unit}" in pattern and not path.exists():
            return None
        changed = path.stat().st_mtime_ns
        kept = self._keys.get(unit.code)
        if kept is None or kept[0] != changed:
            passphrase = self.options.get("passphrase", "").encode() or None
            kept = (changed, SimpleSigner.load_pkcs12_data(path.read_bytes(), (), passphrase))
            self._keys[unit.code] = kept
        return kept[1]


class TokenSigner(_PyHankoSigner):
    """A key in a token or HSM behind PKCS#11. options: module (path of the library), token, certificate, key (labels;
    ``{unit}`` stands for the unit's code), passphrase (the PIN). Needs the package python-pkcs11,
    which the locked requirements leave out: it is compiled on installation.
    """

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self._lock = threading.Lock()
        self._session: Any | None = None
        self._keys: dict[str, Any] = {}

    def _key(self, unit: Unit) -> Any:
        try:
            from pyhanko.config.pkcs11 import TokenCriteria
            from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
        except ImportError as error:
            raise LetterSigningError(NO_PKCS11) from error
        with self._lock:
            if self._session is None:
                self._session = open_pkcs11_session(
                    self.options["module"],
                    token_criteria=TokenCriteria(label=self.options["token"]),
                    user_pin=self.options.get("passphrase") or None,
                )
            if unit.code not in self._keys:
                certificate = self.options["certificate"].replace("{unit}", unit.code)
                key = (self.options.get("key") or self.options["certificate"]).replace("{unit}", unit.code)
                self._keys[unit.code] = PKCS11Signer(self._session, cert_label=certificate, key_label=key)
            return self._keys[unit.code]

    def _failed(self) -> None:
        with self._lock:
            session, self._session = self._session, None
            self._keys.clear()
        if session is not None:
            try:
                session.close()
            except Exception:  # the token is gone already
                return
