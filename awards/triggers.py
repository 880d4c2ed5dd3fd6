"""What the database refuses on the tables of the money, whoever asks."""

from functools import partial

from common.triggers import never_emptied as _never_emptied

#: Entries of budgets, results and receipts are referred to by nothing: without this one statement takes them away, and
#: the totals beside them stand.
never_emptied = partial(_never_emptied, room="awards")
