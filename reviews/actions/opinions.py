"""Opinions by point, and what a corrected revision does to them."""

from datetime import datetime

from applications.models import Revision
from reviews.models import Case, Task


def void_changed(*, case: Case, revision: Revision, at: datetime) -> list[Task]:
    """Void the points of consulted units that rest on what the revision changed; the tasks to be asked again."""
    return []
