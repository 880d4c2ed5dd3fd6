"""A counter per address and minute for the public pages; without a cache it lets everyone through.

Codes hold 80 random bits, so the limit guards the machine and not the secret: losing the cache must not close the page.
"""

import hashlib
import logging
from datetime import datetime

from django.core.cache import cache

logger = logging.getLogger(__name__)
WINDOW_SECONDS = 60


def allow(action: str, who: str, *, limit: int, at: datetime) -> bool:
    """Count one attempt; False once `who` made more than `limit` attempts at `action` in the running minute."""
    minute = int(at.timestamp()) // WINDOW_SECONDS
    digest = hashlib.sha256(who.encode()).hexdigest()[:32]
    key = f"letters:{action}:{digest}:{minute}"
    try:
        cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
        return int(cache.incr(key)) <= limit
    except Exception:  # any fault of the cache (gone, flushed between the two calls) means: do not limit
        logger.warning("rate limit of %s not counted: cache unavailable", action)
        return True
