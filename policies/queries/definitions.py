"""Definitions that were kept by their content."""

from functools import lru_cache

from common.canonical import canonical_json, digest
from policies.models import KeptDefinition
from policies.rules.schema import PolicyDefinition


class KeptDefinitionFault(Exception):
    """A kept definition is not what its hash says (``altered``), or cannot be read any more.

    The message is a Chinese sentence.
    """

    def __init__(self, message: str, *, altered: bool) -> None:
        super().__init__(message)
        self.altered = altered


def kept_definition(sha256: str) -> PolicyDefinition | None:
    """The definition that was kept under this SHA-256, None where none was.

    Raises KeptDefinitionFault: the stored content has another hash, or the schema of today does not accept it.
    """
    definition = KeptDefinition.objects.filter(sha256=sha256).values_list("definition", flat=True).first()
    if definition is None:
        return None
    # The stored JSON is hashed, not its reading: a field that the schema gained since would be in the reading.
    if digest(definition) != sha256:
        raise KeptDefinitionFault("留存的条款定义与其校验值不符，可能被改动。", altered=True)
    try:
        return _read(canonical_json(definition))
    except ValueError as error:
        message = "留存的条款定义不能由现在的程序读取，请用出具时的程序版本核验。"
        raise KeptDefinitionFault(message, altered=False) from error


@lru_cache(maxsize=16)
def _read(definition: str) -> PolicyDefinition:
    """Validated once per distinct content, and one object for it, so that its compiled form is found again."""
    return PolicyDefinition.model_validate_json(definition)
