"""Groups of an account (同类型): which clauses stand to be chosen, what is recommended, what was chosen."""

from dataclasses import dataclass

from awards.models import Award, GroupChoice, YearAccount
from awards.queries.preview import awards_of, external_awards, governing_policy, stays
from common.errors import DomainError
from policies.rules.compile import compiled
from policies.rules.schema import PolicyDefinition


@dataclass(frozen=True)
class AccountGroup:
    """One group in which the enterprise has awards.

    awards: those that are open and give something, in the order of the clauses; standing: the one whose amount moves
    no more, if any; recommended: what stands without a choice (就高; of equals the first); choice: the newest one made.
    """

    name: str
    quote: str
    awards: tuple[Award, ...]
    standing: Award | None
    recommended: Award
    choice: GroupChoice | None
    #: What other city-level policies of this type gave (分); with the setting "block" nothing is left here.
    external_fen: int = 0
    is_blocked: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the enterprise may choose."""
        return self.standing is None and len(self.awards) > 1

    @property
    def counts(self) -> Award:
        """The award that the next settlement takes."""
        if self.standing is not None:
            return self.standing
        chosen = self.choice.clause_id if self.choice else None
        return next((award for award in self.awards if award.application.clause_id == chosen), self.recommended)


def groups_of(account: YearAccount, awards: list[Award] | None = None) -> list[AccountGroup]:
    """The groups of the account in the policy's order; awards: those of `awards_of` where they were read already."""
    awards = awards_of(account) if awards is None else awards
    if not awards:
        return []
    try:
        policy = governing_policy(awards)
    except DomainError:
        return []
    choices: dict[str, GroupChoice] = {
        row.group: row for row in account.choices.select_related("clause", "recommended", "chosen_by").order_by("pk")
    }
    external = external_awards(account)
    found = (_group(policy, name, awards, choices.get(name), external.get(name, 0)) for name in compiled(policy).groups)
    return [group for group in found if group is not None]


def group_of(account: YearAccount, name: str) -> AccountGroup | None:
    """The group of this name, where the enterprise has an award in it."""
    return next((group for group in groups_of(account) if group.name == name), None)


def _group(
    policy: PolicyDefinition, name: str, awards: list[Award], choice: GroupChoice | None, external: int
) -> AccountGroup | None:
    by_clause = {award.application.clause.clause_id: award for award in awards}
    members = [by_clause[clause] for clause in compiled(policy).groups[name] if clause in by_clause]
    if not members:
        return None
    standing = next((award for award in members if stays(award)), None)
    return AccountGroup(
        name=name,
        quote=next(group.quote for group in policy.groups if group.name == name),
        awards=tuple(award for award in members if not stays(award) and award.candidate_fen),
        standing=standing,
        recommended=max(members, key=lambda award: award.candidate_fen),  # the first of equals
        choice=choice,
        external_fen=external,
        is_blocked=external > 0 and policy.settings.external_award.value == "block",
    )
