"""What a daily digest says: sections given by whoever knows them (due work), then the messages by topic.

The rooms to the left cannot be imported here; reviews registers its sections when it starts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.conf import settings
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.enums import NoticeTopic
from accounts.models import Notification, User

#: Lines that a section prints; the rest is counted and linked.
LINES = 10


def absolute(path: str) -> str:
    """The address of a path of this site for a mail; "" for anything that is no path of this site."""
    inside = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return settings.SITE_URL + path if inside else ""


@dataclass(frozen=True)
class Line:
    """One thing to look at: a sentence and a path of this site ("" where there is no page)."""

    text: str
    url: str = ""

    @property
    def address(self) -> str:
        """The absolute address, or "" where there is no page."""
        return absolute(self.url)


@dataclass(frozen=True)
class Section:
    """A titled list. `count` is how many there are, `lines` the first of them, `url` the page with all.

    `topic`: whoever wants no mail about it gets no section. `brief`: the words of the subject (“2 件已逾期”).
    """

    title: str
    count: int
    counter: str
    lines: Sequence[Line]
    url: str
    topic: NoticeTopic
    brief: str = ""

    @property
    def more(self) -> int:
        """How many are not printed."""
        return self.count - len(self.lines)

    @property
    def address(self) -> str:
        """The absolute address of the page with all."""
        return absolute(self.url)


@dataclass(frozen=True)
class Digest:
    """Everything one mail says."""

    sections: Sequence[Section]
    news: Sequence[Section]

    @classmethod
    def of(cls, notices: Iterable[Notification], sections: Iterable[Section]) -> Self:
        """Group the messages by topic, in the order of the topics."""
        rows = list(notices)
        news = []
        for topic in NoticeTopic:
            own = [row for row in rows if row.topic == topic]
            if own:
                lines = [Line(" ".join(row.title.split()), row.url) for row in own[:LINES]]
                page = f"{reverse('accounts:notifications')}?topic={topic.value}"
                news.append(Section(topic.label, len(own), "条", lines, page, topic))
        return cls([part for part in sections if part.count], news)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.sections and not self.news

    @property
    def subject(self) -> str:
        """What the mail's subject says: 每日汇总：2 件已逾期，3 条新消息."""
        parts = [part.brief for part in self.sections if part.brief]
        if self.news:
            parts.append(f"{sum(part.count for part in self.news)} 条新消息")
        return "每日汇总：" + "，".join(parts)


#: Who may have something in the sections of a day, as keys of users: cheap, for the whole city at once.
PeopleSource = Callable[[date], Iterable[int]]
#: One person's sections of a day, in their order.
SectionSource = Callable[[User, date], Sequence[Section]]

_SOURCES: list[tuple[PeopleSource, SectionSource]] = []


def register_sections(people: PeopleSource, sections: SectionSource) -> None:
    """Let a room add sections to everybody's digest; registered twice is once."""
    if (people, sections) not in _SOURCES:
        _SOURCES.append((people, sections))


def people_with_sections(*, today: date) -> set[int]:
    """Keys of the users for whom some room may have a section today."""
    return {pk for people, _ in _SOURCES for pk in people(today)}


def sections_for(user: User, *, today: date) -> list[Section]:
    """One person's sections, in the order in which the rooms registered."""
    return [section for _, sections in _SOURCES for section in sections(user, today)]
