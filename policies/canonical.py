"""One canonical JSON of a definition: what caches and hashes are keyed by."""

import json
from typing import Any


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no blanks, non-ASCII as it is; dates must be strings already."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
