"""The files of a sent list: written once, kept encrypted, every look at an account in full on record."""

import hashlib
from datetime import datetime

from django.db import transaction

from accounts.models import User
from awards.enums import ListState, PaymentState
from awards.exports_payment import payment_pdf, payment_spreadsheet
from awards.models import Payment, PaymentList
from common.audit.actions import record
from common.errors import Conflict
from common.fields import mask_account
from common.sealed import seal, unseal

XLSX, PDF = "xlsx", "pdf"
#: States in which a list has files, or will have them in a moment.
LOCKED = (ListState.SENT, ListState.CLOSED)


def write_files(*, list_id: int, at: datetime) -> PaymentList:
    """Write Excel and PDF of a sent list (the worker); called again it leaves what stands."""
    with transaction.atomic():
        listing = (
            PaymentList.objects.select_for_update(of=("self",))
            .select_related("unit", "district", "prepared_by", "sent_by")
            .get(pk=list_id)
        )
        if listing.pdf_sha256:
            return listing
        if listing.state not in LOCKED:
            raise RuntimeError(f"payment list {list_id} is {listing.state}, not sent")
        rows = list(listing.rows.exclude(state=PaymentState.DROPPED).order_by("row"))
        xlsx, pdf = payment_spreadsheet(listing, rows), payment_pdf(listing, rows).pdf
        listing.xlsx_sha256, listing.pdf_sha256 = hashlib.sha256(xlsx).hexdigest(), hashlib.sha256(pdf).hexdigest()
        listing.xlsx_sealed, listing.pdf_sealed = seal(xlsx), seal(pdf)
        listing.save(update_fields=["xlsx_sha256", "pdf_sha256", "xlsx_sealed", "pdf_sealed"])
        record(
            "payment_list.files_written",
            subject=listing,
            by=None,
            at=at,
            data={"list": listing.number, "xlsx": listing.xlsx_sha256, "pdf": listing.pdf_sha256},
        )
        return listing


def read_file(*, payment_list: PaymentList, kind: str, by: User, at: datetime) -> bytes:
    """The bytes of one file (`XLSX` or `PDF`), with the accounts of every row in full; who took it is on record.

    Who may is decided by `PaymentList.objects.visible_to`. Raises Conflict while there is no file.
    """
    sha256, sealed = {
        XLSX: (payment_list.xlsx_sha256, payment_list.xlsx_sealed),
        PDF: (payment_list.pdf_sha256, payment_list.pdf_sealed),
    }[kind]
    if not sha256:
        waiting = payment_list.state in LOCKED
        raise Conflict("文件正在生成，请稍候刷新再下载。" if waiting else "清单送拨付后才有文件。", what="文件尚未生成")
    data = unseal(sealed, sha256=sha256)
    with transaction.atomic():
        record(
            "payment_list.downloaded",
            subject=payment_list,
            by=by,
            at=at,
            data={"list": payment_list.number, "file": kind, "sha256": sha256, "rows": payment_list.count},
        )
    return data


def reveal_account(*, payment: Payment, by: User, at: datetime) -> str:
    """The account of one row in full, for whoever may read its list; the look is on record, the account is not."""
    with transaction.atomic():
        record(
            "payment.account_read",
            subject=payment,
            by=by,
            at=at,
            data={
                "list": payment.list.number,
                "row": payment.row,
                "account": mask_account(payment.account_number),
            },
        )
    return payment.account_number
