"""Pages of the public policy library."""

from policies.views.library import call, clause, document, index, search

__all__ = ["call", "clause", "document", "index", "search"]
