"""One canonical JSON and its SHA-256: what revisions, definitions, receipts and caches are compared by."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no blanks, non-ASCII as it is; dates must be strings already. Refuses NaN (ValueError)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON in UTF-8, hexadecimal; lone surrogates are hashed as they are."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()
