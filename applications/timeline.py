"""The stages of the review on the enterprise's page, given by whoever knows them.

reviews stands to the left of this app and cannot be imported; it registers a function here when it starts.
"""

from collections.abc import Callable
from typing import Any

from applications.models import Application

#: Gives steps for templates/components/timeline.html: {label, unit, state, at, due, days_left, note}.
StageSource = Callable[[Application], list[dict[str, Any]]]

_SOURCES: list[StageSource] = []


def register_stages(source: StageSource) -> StageSource:
    """Let `source` add the stages that the enterprise may see; usable as a decorator, twice is once."""
    if source not in _SOURCES:
        _SOURCES.append(source)
    return source


def stages(application: Application) -> list[dict[str, Any]]:
    """The stages of the review as far as they are told, in order."""
    return [step for source in _SOURCES for step in source(application)]
