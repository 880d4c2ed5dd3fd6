"""The small filed year of the simulations, and drafts on their way to publication."""

import copy
import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from accounts.models import User
from policies.actions.drafts import draft_from, save_draft
from policies.actions.versions import Version
from policies.drafts import ClauseContent, RulesContent
from policies.models import Document, Publication, PublicationItem
from policies.queries.publications import content_sum
from tests.awards.simulation.conftest import administrator, small_year, snapshot_folder
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import AT
from tests.factories.policies import clause_of

__all__ = ["administrator", "small_year", "snapshot_folder"]

FROM = dt.date(2025, 1, 1)
#: The group in which 3.3.2 and 3.4.5 would stand: whoever has both gets the higher one.
TOGETHER: dict[str, Any] = {
    "name": "产品与工厂",
    "clauses": ["3.3.2", "3.4.5"],
    "quote": "同一企业若同时符合市级层面同类型资金奖补条件，按照“就高不就低”原则自行选择，不重复获得奖励补贴",
    "reason": "测试用的一组。",
    "confirmed": False,
}


@pytest.fixture
def second(db) -> User:
    """The administrator who publishes."""
    return AdministratorFactory(name="管理员乙")


def rules_draft(document: Document, by: User, **changes: Any) -> Any:
    """A draft of the document's rules from 2025 on with these keys of the definition changed; `group` adds one."""
    draft = draft_from(document.rules.get(state="published"), valid_from=FROM, by=by, at=AT)
    content = RulesContent.of(draft)
    definition = copy.deepcopy(content.definition)
    if group := changes.pop("group", None):
        definition["groups"] = [*definition["groups"], group]
    definition |= changes
    return save_draft(draft, content=replace(content, definition=definition), expected_edit=1, by=by, at=AT)


def clause_draft(clause_id: str, by: User, change: Any) -> Any:
    """A draft of a clause from 2025 on; `change` alters its definition in place."""
    draft = draft_from(clause_of(clause_id).versions.get(state="published"), valid_from=FROM, by=by, at=AT)
    content = ClauseContent.of(draft)
    definition = copy.deepcopy(content.definition)
    change(definition)
    return save_draft(draft, content=content.with_definition(definition), expected_edit=1, by=by, at=AT)


def forty(definition: dict[str, Any]) -> None:
    """3.4.5 at 40 % instead of 50 %, quoted as if it were printed."""
    definition["award"]["each"]["rate"] |= {"value": "40%", "literal": "40%"}


def publication_of(document: Document, drafts: list[Version], by: User) -> Publication:
    """An open publication of these drafts, whatever the lints would say of them."""
    publication = Publication.objects.create(
        document=document, reason="按纪要调整", content_sha256=content_sum(drafts), submitted_by=by, submitted_at=AT
    )
    for draft in drafts:
        owner = {"clause_version": draft} if hasattr(draft, "clause_id") else {"rules": draft}
        PublicationItem.objects.create(publication=publication, **owner)
    return publication
