"""Errors that carry a sentence for the user and the HTTP status of the answer.

Actions raise them; views let them pass (``common.middleware`` makes the page) or show them beside a field.
They know nothing of HTTP but the number, so that the domain stays free of django.http.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class DomainError(Exception):
    """A rule of the domain refuses what was asked.

    message: one Chinese sentence for the person. field: the form field it belongs to, if any.
    errors: every fault at once, field name → sentences (the key ``""`` holds those of no field).
    """

    status: ClassVar[int] = 422
    title: ClassVar[str] = "无法完成操作"

    def __init__(
        self, message: str, *, field: str | None = None, errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if errors is None:
            errors = {field or "": [message]}
        self.errors: dict[str, list[str]] = {name: list(sentences) for name, sentences in errors.items()}

    def __str__(self) -> str:
        return self.message

    def as_json(self) -> dict[str, Any]:
        """The body of an API answer: every fault with its path and a sentence."""
        faults = [{"path": name, "message": text} for name, texts in self.errors.items() for text in texts]
        return {"message": self.message, "errors": faults or [{"path": "", "message": self.message}]}


class Invalid(DomainError):
    """What was sent is not valid."""

    title = "填写的内容有误"


class NotAllowed(DomainError):
    """The person may see the thing but not do this to it."""

    status = 403
    title = "没有权限"


class NotFound(DomainError):
    """The thing does not exist, or does not exist for this person: the two are told apart nowhere."""

    status = 404
    title = "没有找到"

    def __init__(self, message: str = "没有找到您要查看的内容。", **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class Conflict(DomainError):
    """Somebody or something else changed the state meanwhile.

    changed_by: display name of who changed it, where known; what: the change, in words.
    """

    status = 409
    title = "内容已被更新"

    def __init__(self, message: str, *, changed_by: str | None = None, what: str | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.changed_by = changed_by
        self.what = what

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "changed_by": self.changed_by, "what": self.what}


class LateError(Conflict):
    """The period for this has ended."""

    title = "已过截止时间"


class Gone(DomainError):
    """The thing existed and has ended: an expired link, a draft that was discarded."""

    status = 410
    title = "内容已失效"


class TooLarge(DomainError):
    """More bytes, rows or files than accepted."""

    status = 413
    title = "内容过大"
