"""What every letter about an application has in common: its subject, its addressee, its placeholders."""

from datetime import datetime

from accounts.models import Unit, User
from applications.models import Application
from letters.actions import request_letter
from letters.content import LetterContent
from letters.enums import LetterKind
from letters.models import Letter


def subject_of(application: Application) -> str:
    """The key under which all letters of one application are found."""
    return f"application:{application.pk}"


def placeholders_of(application: Application, unit: Unit) -> dict[str, str]:
    """What every letter about an application puts in place of the placeholders that administrators may write."""
    return {
        "企业名称": application.enterprise.name,
        "单位名称": unit.full_name,
        "事项名称": f"{application.clause.clause_id} {application.clause.title}",
        "条款编号": application.clause.clause_id,
        "条款名称": application.clause.title,
        "受理编号": application.number or "",
        "政策年度": str(application.policy_year),
    }


def order_letter(
    application: Application,
    *,
    kind: LetterKind,
    unit: Unit,
    request_key: str,
    title: str,
    content: LetterContent,
    by: User | None,
    at: datetime,
    supersedes: Letter | None = None,
) -> Letter:
    """Order a letter of `unit` to the enterprise about its application; the same request_key gives the same letter.

    supersedes: the letter in force, of the same unit, that this one replaces.
    """
    return request_letter(
        kind=kind,
        unit=unit,
        enterprise=application.enterprise,
        subject_key=subject_of(application),
        request_key=request_key,
        title=title,
        context=content,
        by=by,
        at=at,
        supersedes=supersedes,
    )
