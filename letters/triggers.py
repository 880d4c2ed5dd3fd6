"""What the database refuses, whoever asks: the guards behind "issued bytes never change"."""

import pgtrigger

from common.triggers import never_emptied

# While a letter is queued only what issuing fills in may change; once issued only voiding; once void nothing.
_LETTER_UPDATE = """
    IF OLD.state = 'queued' THEN
        IF NEW.state = 'void' OR (to_jsonb(NEW) - ARRAY['state','number','year','seq','series_id','sha256','pages',
                'issued_at']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['state','number','year','seq','series_id',
                'sha256','pages','issued_at']) THEN
            RAISE EXCEPTION 'letters: the content of a queued letter does not change'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'issued' AND NEW.state = 'void' AND
            (to_jsonb(NEW) - ARRAY['state','voided_at','voided_by_id','void_reason']) =
            (to_jsonb(OLD) - ARRAY['state','voided_at','voided_by_id','void_reason']) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'letters: an issued letter can only be declared void' USING ERRCODE = 'insufficient_privilege';
"""

# A counter moves up one at a time; whose it is never changes, and its prefix stands once a number was given.
_SERIES_UPDATE = """
    IF NEW.unit_id <> OLD.unit_id OR NEW.kind <> OLD.kind OR NEW.year <> OLD.year
            OR NEW.last_number NOT IN (OLD.last_number, OLD.last_number + 1)
            OR (NEW.prefix <> OLD.prefix AND OLD.last_number > 0) THEN
        RAISE EXCEPTION 'letters: a number series only counts up by one' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
"""


def _keep(name: str) -> list[pgtrigger.Trigger]:
    kept = pgtrigger.Protect(name=f"{name}_no_delete", operation=pgtrigger.Delete)
    return [kept, never_emptied(name, room="letters")]


LETTER_TRIGGERS = [
    pgtrigger.Trigger(name="letter_guard", when=pgtrigger.Before, operation=pgtrigger.Update, func=_LETTER_UPDATE),
    *_keep("letter"),
]
SERIES_TRIGGERS = [
    pgtrigger.Trigger(name="series_guard", when=pgtrigger.Before, operation=pgtrigger.Update, func=_SERIES_UPDATE),
    *_keep("series"),
]
TEXT_TRIGGERS = [
    pgtrigger.Protect(name="text_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    never_emptied("text", room="letters"),
]
