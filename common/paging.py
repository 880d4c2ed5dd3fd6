"""Pages of a list that is counted only so far."""

from typing import TYPE_CHECKING, Any, Protocol

from django.core.paginator import Paginator

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


class Sliced(Protocol):
    """A list of which a stretch can be had."""

    def slice(self, first: int, last: int) -> list[Any]:
        """The items from `first` up to, without, `last`."""
        ...


class CappedPaginator(_Paginator):
    """Pages over what was counted up to `most`; a larger list can be leafed through so far, and filtered further."""

    def __init__(self, items: Sliced, per_page: int, counted: int, *, most: int) -> None:
        sliced: Any = _Sliced(items, min(counted, most))
        super().__init__(sliced, per_page)
        self.is_capped = counted > most


class _Sliced:
    """A sequence for Django's paginator: its length is known, a slice is fetched when it is asked for."""

    def __init__(self, items: Sliced, length: int) -> None:
        self._items, self._length = items, length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: slice) -> list[Any]:
        return self._items.slice(place.start, place.stop)
