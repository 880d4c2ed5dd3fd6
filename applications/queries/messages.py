"""The thread of messages about one application, in order, as each side reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from applications.models import Application, Message, MessageFile


@dataclass(frozen=True)
class Entry:
    """One message for a page: who wrote it in the reader's words, whether the reader's side did, its files."""

    message: Message
    who: str
    is_own: bool
    files: list[dict[str, Any]]


def thread(application: Application, *, officers: bool, address: Callable[[MessageFile], str]) -> list[Entry]:
    """Every message about the application, oldest first, in two questions however many there are.

    officers: whether the reader is one. address: where a file is downloaded on the reader's side.
    """
    rows = application.messages.select_related("unit", "author").prefetch_related("files").order_by("at", "pk")
    return [
        Entry(
            message=row,
            who=f"{row.unit.name if row.unit else application.enterprise.name} · {row.author.name}",
            is_own=(row.unit is not None) == officers,
            files=[
                {
                    "name": file.name,
                    "url": address(file),
                    "size": file.size,
                    "kind": file.kind.upper(),
                    "sha256": file.sha256,
                }
                for file in row.files.all()
            ],
        )
        for row in rows
    ]


def file_of(application: Application, pk: int) -> MessageFile | None:
    """A file of this application's messages; None for any other."""
    return MessageFile.objects.filter(pk=pk, message__application=application).first()
