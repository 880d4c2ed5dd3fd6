"""How often one address may ask, counted in the cache by fixed windows; while the cache is gone everybody is served."""

import ipaddress
import math
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle


class RateThrottle(BaseThrottle):
    """At most `settings.API_RATES[name]` = (requests, seconds) for one client; None: no limit.

    Windows are fixed (each full minute), so that nothing but the clock is needed to say when the next one begins: one
    object serves all threads, and ninja's own throttle keeps the request at hand on itself.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the request, and whether it is still within the rate."""
        rate = settings.API_RATES[self.name]
        if rate is None:
            return True
        most, seconds = rate
        key = f"api:{self.name}:{client_of(self.get_ident(request))}:{int(time.time() // seconds)}"
        if cache.add(key, 1, seconds + 1):  # also where the cache is gone
            return most >= 1
        try:
            return bool(cache.incr(key) <= most)
        except ValueError:  # it ended between the two
            return True

    def wait(self) -> float | None:
        """Whole seconds until the next window begins."""
        rate = settings.API_RATES[self.name]
        return None if rate is None else float(math.ceil(rate[1] - time.time() % rate[1]))


def client_of(address: str | None) -> str:
    """Whom an address stands for: of IPv6 the network of 64 bits that one subscriber gets as a whole."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
