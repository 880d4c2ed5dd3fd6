"""Published awards in the terms of the 360Giving Data Standard, as JSON and as a table (docs/adr/0011-open-data.md).

Field names, column titles and formats are those of its schema 1.1. Everything is written piece by piece, so that any
number of awards takes the same memory.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from awards.queries.open_data import OpenAward
from common.money import yuan
from common.sheets import defused
from common.workdays import SHANGHAI, local_day

VERSION = "1.1"
#: Nanchang's code in GB/T 2260 makes our own identifiers unique; no prefix is registered with 360Giving.
PREFIX = "CN-360100"
CURRENCY = "CNY"
COUNTRY = "CN"
#: [S] Said on the page and in the package until the city names a licence of its own.
REUSE = "本数据依法公开，可以免费获取、使用和传播；使用时请注明来源和获取日期，不得歪曲原意。"
PUBLISHER = "南昌市电子信息产业政策兑现"

#: Address of a clause, made from the slug of its document and its number.
ClauseUrl = Callable[[str, str], str]

COLUMNS = (
    "Identifier",
    "Title",
    "Description",
    "Currency",
    "Amount Awarded",
    "Amount Disbursed",
    "Award Date",
    "Recipient Org:Identifier",
    "Recipient Org:Name",
    "Beneficiary Location:Name",
    "Beneficiary Location:Country Code",
    "Funding Org:Identifier",
    "Funding Org:Name",
    "Grant Programme:Code",
    "Grant Programme:Title",
    "Grant Programme:Description",
    "Grant Programme:URL",
    "From an open call?",
    "Last modified",
    "Data Source",
)


def identifier(row: OpenAward) -> str:
    """The name of an award in every file: the same as long as it is published."""
    return f"{PREFIX}-award-{row.pk}"


def title(row: OpenAward) -> str:
    """What was awarded, in fewer than 140 characters."""
    return f"{row.year}年度{row.clause}"


def description(row: OpenAward) -> str:
    """For what and on which rule it was awarded."""
    return (
        f"依据《{row.document}》（{row.document_number}）条款{row.clause_id}，{row.unit}核定的{row.year}年度奖补资金。"
    )


def programme(row: OpenAward) -> str:
    """Which clause of which document it is: the code alone is a number that several documents may have."""
    return f"{row.document_number}《{row.document}》条款{row.clause_id}"


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def grant(row: OpenAward, *, clause_url: ClauseUrl, source: str) -> dict[str, Any]:
    """One award as a grant of the standard; amounts are strings of 元 here and become numbers when written."""
    return {
        "id": identifier(row),
        "title": title(row),
        "description": description(row),
        "currency": CURRENCY,
        "amountAwarded": yuan(row.awarded_fen),
        "amountDisbursed": yuan(row.disbursed_fen),
        "awardDate": local_day(row.approved).isoformat(),
        "recipientOrganization": [{"id": f"{PREFIX}-recipient-{row.recipient_id}", "name": row.recipient}],
        "beneficiaryLocation": [{"name": row.district, "countryCode": COUNTRY}],
        "fundingOrganization": [{"id": f"{PREFIX}-unit-{row.unit_code}", "name": row.unit}],
        "grantProgramme": [
            {
                "code": row.clause_id,
                "title": row.clause,
                "description": programme(row),
                "url": clause_url(row.slug, row.clause_id),
            },
        ],
        "fromOpenCall": "Yes",
        "dateModified": _instant(row.changed),
        "dataSource": source,
    }


def _written(found: dict[str, Any]) -> str:
    """A grant as JSON. Amounts are numbers with two decimals, written from the digits: no float comes near them."""
    amounts = {name: found[name] for name in ("amountAwarded", "amountDisbursed")}
    words = json.dumps({name: value for name, value in found.items() if name not in amounts}, ensure_ascii=False)
    numbers = ", ".join(f'"{name}": {digits}' for name, digits in amounts.items())
    return f"{words[:-1]}, {numbers}}}"


def package(
    rows: Iterable[OpenAward], *, clause_url: ClauseUrl, source: str, address: str, modified: datetime | None
) -> Iterator[str]:
    """The JSON package, piece by piece. source: the page; address: that of this file; modified: the latest change."""
    head: dict[str, Any] = {
        "version": VERSION,
        "title": "南昌市电子信息产业政策奖补公开数据",
        "description": f"公示期满并已批复的奖补。{REUSE}",
        "identifier": f"{PREFIX}-awards",
        "publisher": {"name": PUBLISHER, "identifier": PREFIX},
        "downloadURL": address,
        "accessURL": source,
    }
    if modified is not None:
        head["modified"] = _instant(modified)
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "grants": ['
    for place, row in enumerate(rows):
        yield ("\n" if place == 0 else ",\n") + _written(grant(row, clause_url=clause_url, source=source))
    yield "\n]}\n"


def table(rows: Iterable[OpenAward], *, clause_url: ClauseUrl, source: str) -> Iterator[str]:
    """The table, line by line, with the mark by which spreadsheet programs know UTF-8; no cell is ever a formula."""
    yield "\ufeff" + _line(COLUMNS)
    for row in rows:
        found = grant(row, clause_url=clause_url, source=source)
        recipient, unit = found["recipientOrganization"][0], found["fundingOrganization"][0]
        place, scheme = found["beneficiaryLocation"][0], found["grantProgramme"][0]
        yield _line(
            (
                found["id"],
                found["title"],
                found["description"],
                found["currency"],
                found["amountAwarded"],
                found["amountDisbursed"],
                found["awardDate"],
                recipient["id"],
                recipient["name"],
                place["name"],
                place["countryCode"],
                unit["id"],
                unit["name"],
                scheme["code"],
                scheme["title"],
                scheme["description"],
                scheme["url"],
                found["fromOpenCall"],
                found["dateModified"],
                found["dataSource"],
            )
        )


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([defused(cell) for cell in cells])
    return out.getvalue()
