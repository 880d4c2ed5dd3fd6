"""What a signer of letters is, and the one that does not sign."""

from abc import ABC, abstractmethod
from datetime import datetime

from accounts.models import Unit


class Signer(ABC):
    """Signs the bytes of a letter for a unit. options: LETTER_SIGNER_OPTIONS; one object serves a whole process.

    `sign` runs while the letter's number is taken and other letters of its series wait: a signer that asks a service
    must give up after seconds and raise LetterSigningError. Then nothing is numbered, and the outbox tries anew.
    """

    def __init__(self, **options: str) -> None:
        self.options = options

    @abstractmethod
    def certificate_name(self, unit: Unit) -> str:
        """The name in the certificate that will sign for this unit, as printed; empty where nothing will be signed.

        Raises LetterSigningError where the certificate cannot be had.
        """

    @abstractmethod
    def sign(self, pdf: bytes, *, unit: Unit, at: datetime) -> bytes:
        """The letter with a signature over all of it, appended as an incremental update that keeps PDF/A-2.

        at: the instant of signing that the signature tells. Raises LetterSigningError.
        """


class Unsigned(Signer):
    """Letters carry no digital signature (the default)."""

    def certificate_name(self, unit: Unit) -> str:
        return ""

    def sign(self, pdf: bytes, *, unit: Unit, at: datetime) -> bytes:
        return pdf
