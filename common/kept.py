"""What a form sent and nobody has carried out yet, kept so that it can be sent once more.

Secrets and files are left out: secrets must not come back in a page, and a browser takes no file from a page. Whether a
request comes from a page of our own is told here as well, since only such a request is ever shown again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.datastructures import MultiValueDict

#: Characters of names and values that one page keeps. No form of the site comes near it; Django itself accepts 5 MB,
#: and a page that repeats so much, escaped and twice, would let strangers fill the memory of a server.
MAX_CHARS = 1_000_000

#: Names of fields that are secret wherever they stand, without the form's prefix. What a form keeps encrypted under a
#: name that is harmless elsewhere (name, phone) is declared at its view (accounts.access.confidential).
SECRET = re.compile(
    r"""(^|_)(old)?(password|passwd|passphrase|secret|otp|totp|token|csrfmiddlewaretoken)\d*($|_)
    |^(bank_account|bank_account_name|bank_name|bank_code|account_number|account_name)$""",
    re.IGNORECASE | re.VERBOSE,
)
#: The field in which the page carries the names of files on to the next one: a file that was not chosen is not sent.
CARRIED = "kept-files"
#: What a page sends by itself: choices and buttons, digests, counts of rows. Kept, but not shown as typed.
_MACHINE = re.compile(r"[a-z][a-z0-9_:.-]*|[0-9a-f]{32,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OWN = re.compile(r"(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$|(^|[-._])(version|revision|seen|edit|sha256|next|id|pk)$")


@dataclass(frozen=True)
class Kept:
    """fields: name and value as sent, in the order of the form. files: name of the field → names of the files.
    withheld: how many filled fields were left out as secret. too_much: more was sent than is kept, and nothing is."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, tuple[str, ...]], ...] = ()
    withheld: int = 0
    too_much: bool = False

    @property
    def carried(self) -> list[str]:
        """The values of CARRIED for these files."""
        return [f"{field}|{name}" for field, names in self.files for name in names]

    @property
    def typed(self) -> list[str]:
        """The values that a person can have typed, in the order of the form."""
        return [
            value
            for name, value in self.fields
            if value.strip() and not _MACHINE.fullmatch(value) and not _OWN.search(name)
        ]


def keep(data: MultiValueDict[str, str], files: MultiValueDict[str, Any], *, never: Iterable[str] = ()) -> Kept:
    """What was sent, without the token of the page and without secrets.

    never: further names, without the form's prefix, that are secret in this form.
    """
    secret, fields, withheld, size = frozenset(never), [], 0, 0
    chosen = {name: tuple(file.name for file in sent) for name, sent in files.lists() if sent}
    before = MultiValueDict[str, str]()
    for name, values in data.lists():
        if name == CARRIED:
            for value in values:
                before.appendlist(*value.partition("|")[::2])
            continue
        last = re.split(r"[-.]", name)[-1]
        if last in secret or SECRET.search(last):
            withheld += name != "csrfmiddlewaretoken" and any(values)
            continue
        for value in values:
            size += len(name) + len(value)
            fields.append((name, value))
    if size > MAX_CHARS:
        return Kept(withheld=withheld, too_much=True)
    chosen = {name: tuple(names) for name, names in before.lists()} | chosen
    return Kept(fields=tuple(fields), files=tuple(chosen.items()), withheld=withheld)


def sent_from(headers: Mapping[str, str], origin: str) -> bool:
    """Whether the browser says that a page of this origin (scheme://host[:port]) sent the request.

    No script and no form of another site can set these headers. Every one that is there must agree, and a request with
    none of them proves nothing. A subdomain (`same-site`) is another origin.
    """
    site, sender = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if sender is not None:
        return sender == origin
    if site is not None:
        return True
    try:
        page = urlsplit(headers.get("Referer", ""))
    except ValueError:
        return False
    return f"{page.scheme}://{page.netloc}" == origin
