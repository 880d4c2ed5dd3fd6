"""What the public learns about a letter: nothing but what the paper in their hand says, and whether it still holds."""

from dataclasses import dataclass
from datetime import datetime

from common import storage
from letters.codes import grouped_token, normalize_token
from letters.content import from_json
from letters.enums import LetterKind, LetterState
from letters.models import Letter, LetterQuerySet
from letters.signing import Signature, read_signature

VALID, SUPERSEDED, VOID = "valid", "superseded", "void"
# Amounts are told where the letter is about one; never accounts or identity numbers, which no field here can hold.
# A letter to nobody's enterprise, if it is not for everybody, is to a person (an objector): the page masks the name.
FOR_EVERYBODY = {LetterKind.PUBLICITY}
WITH_AMOUNT = {LetterKind.APPROVAL, LetterKind.PAYMENT_NOTICE, LetterKind.RECOVERY_NOTICE}


@dataclass(frozen=True)
class Verification:
    """Facts of an issued letter for anyone who holds its code. amount_fen: in 分, None where the kind tells none.

    recipient, title: a person's name is masked. signature: the digital signature in the stored file, checked anew, or
    None.
    """

    token: str
    code: str
    number: str
    kind: str
    unit: str
    recipient: str
    title: str
    issued_at: datetime
    pages: int
    sha256: str
    amount_fen: int | None
    state: str
    voided_at: datetime | None
    superseded_by: str | None
    signature: Signature | None = None

    def matches(self, digest: str) -> bool:
        """Whether a file with this SHA-256 is byte for byte the letter that was issued."""
        return digest == self.sha256


def masked_name(name: str) -> str:
    """A person's name as the public sees it: the first character and two stars, whatever its length."""
    return f"{name[:1]}**" if name else ""


def _signature(letter: Letter) -> Signature | None:
    try:
        return read_signature(storage.read(letter.sha256))
    except (storage.MissingFile, storage.DamagedFile):
        return None


def _issued() -> LetterQuerySet:
    return Letter.objects.numbered().select_related("unit")


def _verification(letter: Letter) -> Verification:
    content = from_json(letter.context)
    successor = letter.superseded_by.exclude(state=LetterState.QUEUED).order_by("pk").first()
    state = VOID if letter.state == LetterState.VOID else SUPERSEDED if successor else VALID
    recipient, title = content.recipient, letter.title
    if letter.enterprise_id is None and letter.kind not in FOR_EVERYBODY:
        masked = masked_name(recipient)
        recipient, title = masked, title.replace(recipient, masked)
    if letter.number is None or letter.issued_at is None or letter.pages is None:
        raise ValueError("only issued letters are verified")
    return Verification(
        token=letter.token,
        code=grouped_token(letter.token),
        number=letter.number,
        kind=letter.get_kind_display(),
        unit=letter.unit.full_name,
        recipient=recipient,
        title=title,
        issued_at=letter.issued_at,
        pages=letter.pages,
        sha256=letter.sha256,
        amount_fen=content.amount_fen if letter.kind in WITH_AMOUNT else None,
        state=state,
        voided_at=letter.voided_at,
        superseded_by=successor.number if successor else None,
        signature=_signature(letter),
    )


def by_token(entered: str) -> Verification | None:
    """The issued letter with this code (as typed or scanned), or None."""
    token = normalize_token(entered)
    letter = _issued().filter(token=token).first() if token else None
    return _verification(letter) if letter else None


def by_file(digest: str) -> Verification | None:
    """The issued letter whose bytes have this SHA-256, or None."""
    letter = _issued().filter(sha256=digest).order_by("pk").first()
    return _verification(letter) if letter else None
