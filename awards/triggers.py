"""What the database refuses on every table of the money, whoever asks: emptying it.

Triggers of rows do not see a TRUNCATE, and the entries of budgets, results of payments and receipts are referred to by
nothing: without this one statement takes them away, and the totals beside them stand. Cascades are seen as well.
"""

import pgtrigger

# Only the command that empties a test database is let through (the same switch as the audit tables have).
_TRUNCATE = r"""
    IF current_database() LIKE 'test\_%%' AND current_setting('audit.flush', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'awards: TRUNCATE is refused' USING ERRCODE = 'insufficient_privilege';
"""


def never_emptied(name: str) -> pgtrigger.Trigger:
    """The trigger that refuses TRUNCATE on a table; `name` begins its name."""
    return pgtrigger.Trigger(
        name=f"{name}_no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=_TRUNCATE,
    )
