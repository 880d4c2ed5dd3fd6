"""What a signature inside a letter says, checked anew against its bytes."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

MARK = b"/ByteRange"


@dataclass(frozen=True)
class Signature:
    """The digital signature of a letter. signer, issuer: names in the certificate. signed_at: as the signature tells.

    intact: what it covers is unchanged and was signed with the certificate's key. whole: it covers the whole file.
    Whether the certificate's issuer is to be trusted is for the reader's own software to say.
    """

    signer: str
    issuer: str
    signed_at: datetime | None
    intact: bool
    whole: bool


def read_signature(pdf: bytes) -> Signature | None:
    """The first signature of a PDF, or None where there is none or the file cannot be read."""
    if MARK not in pdf:
        return None
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    from letters.signing.pades import name_of

    try:
        found = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
        if not found:
            return None
        signature = found[0]
        certificate = signature.signer_cert
        # Its own anchor: whom to trust is not judged here, and nothing is fetched.
        context = ValidationContext(trust_roots=[certificate], allow_fetching=False)
        status = validate_pdf_signature(signature, context)
    except (PdfError, SigningError, SignatureValidationError, ValueError):
        return None
    issuer = certificate.issuer.native
    return Signature(
        signer=name_of(certificate),
        issuer=str(issuer.get("common_name") or issuer.get("organization_name") or certificate.issuer.human_friendly),
        signed_at=signature.self_reported_timestamp,
        intact=bool(status.intact and status.valid),
        whole=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    )
