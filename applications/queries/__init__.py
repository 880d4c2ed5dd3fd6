"""Reads of applications."""

from applications.queries.completeness import evidence_status, missing
from applications.queries.differences import diff
from applications.queries.documents import evaluation_document
from applications.queries.estimates import estimate
from applications.queries.revisions import revision_digest

__all__ = ["diff", "estimate", "evaluation_document", "evidence_status", "missing", "revision_digest"]
