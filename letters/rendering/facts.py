"""What a rendering needs to know, free of any database row."""

from dataclasses import dataclass
from datetime import date

from letters.content import LetterContent


@dataclass(frozen=True)
class LetterFacts:
    """One letter ready to print.

    kind, kind_label: see LetterKind. unit: the issuing unit's full name (red header). number: 发文字号. token and
    verify_url: verification code and the public address behind the QR code. issued_on: day of issue in Shanghai.
    supersedes: number of the letter this one replaces, if any. signed_by: name of the certificate that will sign the
    bytes, empty where none does.
    """

    kind: str
    kind_label: str
    unit: str
    number: str
    token: str
    verify_url: str
    issued_on: date
    title: str
    content: LetterContent
    supersedes: str = ""
    signed_by: str = ""
