"""Guards that rooms put on their tables alike."""

import pgtrigger

# Only the command that empties a test database is let through (the same switch as the audit tables have).
_TRUNCATE = r"""
    IF current_database() LIKE 'test\_%%%%' AND current_setting('audit.flush', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '%s: TRUNCATE is refused' USING ERRCODE = 'insufficient_privilege';
"""


def never_emptied(name: str, *, room: str) -> pgtrigger.Trigger:
    """The trigger that refuses TRUNCATE on a table, cascades included: triggers of rows do not see it.

    name: begins the trigger's name. room: the app, which the refusal names.
    """
    return pgtrigger.Trigger(
        name=f"{name}_no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=_TRUNCATE % room,
    )
