"""Reading the account for payments in full: whoever looks is on record, with the reason and the masked account only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.actions.bank import BANK_FIELDS
from accounts.models import Enterprise, User
from common.audit.actions import record
from common.fields import mask_account


@dataclass(frozen=True)
class BankAccount:
    """户名, 开户行, 行号, 账号 of an enterprise, in full."""

    name: str
    bank: str
    code: str
    number: str

    @property
    def is_complete(self) -> bool:
        """Whether money can be sent to it."""
        return all((self.name, self.bank, self.code, self.number))


def read_bank_accounts(
    enterprises: Iterable[Enterprise], *, purpose: str, by: User, at: datetime
) -> Mapping[int, BankAccount]:
    """The accounts of enterprises as they stand now, by primary key; one audit event for each that has one.

    Raises RuntimeError outside a transaction. Who may look is decided by the caller.
    """
    wanted = {enterprise.pk for enterprise in enterprises}
    found: dict[int, BankAccount] = {}
    for row in Enterprise.objects.filter(pk__in=wanted).only("pk", *BANK_FIELDS).order_by("pk"):
        found[row.pk] = account = BankAccount(row.bank_account_name, row.bank_name, row.bank_code, row.bank_account)
        if account.number:
            record(
                "accounts.bank_account_read",
                subject=row,
                by=by,
                at=at,
                data={"account": mask_account(account.number), "purpose": purpose},
            )
    return found
