"""A fetcher that fetches nothing: a letter is made from what is in memory, never from an address in a text."""

from typing import NoReturn

from weasyprint.urls import FatalURLFetchingError, URLFetcher


class DeniedFetch(FatalURLFetchingError):
    """A letter's source tried to load something; the rendering stops. url: the address that was asked for."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class DenyAllFetcher(URLFetcher):
    """Refuses every address of every scheme (http, file, data, …) before any handler can open it.

    The parent's constructor registers handlers for HTTP, FTP, files and data; none is registered here, so that
    even a path around ``fetch`` finds nothing that could open a socket or a file.
    """

    def __init__(self) -> None:
        # What was asked for: drawing an SVG swallows every exception, so the refusal is also kept here.
        self.denied: list[str] = []
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        for registered in ("handlers", "handle_open", "handle_error", "process_request", "process_response"):
            getattr(self, registered).clear()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> NoReturn:
        self.denied.append(url)
        raise DeniedFetch(url)

    def open(self, url: object, data: object = None, timeout: object = None) -> NoReturn:
        self.fetch(str(getattr(url, "full_url", url)))
