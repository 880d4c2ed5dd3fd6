"""The reasons that people write beside a step."""

from applications.drafts import storable
from common.errors import Invalid

REASON_LIMIT = 500


def read_reason(text: str) -> str:
    """The reason as it is recorded, without blanks around it; a line end counts as one character, as in the browser.

    Raises Invalid (field "reason") for a longer one: nothing that a person wrote is cut off silently.
    """
    plain = text.replace("\r\n", "\n").strip()
    if len(plain) > REASON_LIMIT:
        raise Invalid(f"原因最多填写 {REASON_LIMIT} 个字，现在有 {len(plain)} 个。", field="reason")
    return storable(plain)
