"""What people enter on an account, for tests: a short word for every gesture, by whoever usually makes it."""

from accounts.enums import UnitRole
from accounts.models import Unit, User
from awards.actions import enter_checked_figure, enter_external_award
from awards.documents import StoredDocument
from awards.explain import Explainer
from awards.models import Award, YearAccount
from common import storage
from policies.models import Clause
from tests.factories.accounts import UserFactory
from tests.factories.reviews import LATER, officer


def paper(content: bytes = b"%PDF-demo") -> StoredDocument:
    """A stored document."""
    return StoredDocument("批件.pdf", "pdf", "application/pdf", len(content), storage.put(content))


def clause(clause_id: str) -> Clause:
    return Clause.objects.get(clause_id=clause_id)


def unit(name: str = "市工信局") -> Unit:
    return Unit.objects.get(name=name)


def leader() -> User:
    """The 负责人 of the unit that decides on the cap."""
    return officer("市工信局", UnitRole.LEADER)


def colleague(role: UnitRole, name: str = "市工信局") -> User:
    """A person of the unit who has done nothing yet."""
    user = UserFactory(name=f"{name}另一名{role.label}")
    unit(name).members.create(user=user, role=role)
    return user


def sales(account: YearAccount, value: str, **values):
    """The sales as 市工信局 checked them."""
    given = {"unit": unit(), "by": officer("市工信局"), "source": "纳税申报表", "at": LATER} | values
    return enter_checked_figure(account=account, key="sales_ex_tax", value=value, **given)


def external(account: YearAccount, fen: int = 500_000_00, **values):
    given = {"group": "研发投入", "source": "洪科字〔2025〕8号", "document": paper(), "unit": unit("市科技局")}
    return enter_external_award(
        account=account, amount_fen=fen, **given | {"by": officer("市科技局"), "at": LATER} | values
    )


def fresh(award: Award) -> Award:
    return Award.objects.get(pk=award.pk)


def why_of(award: Award, *, inside: bool = False) -> str:
    explainer = Explainer.of_settlement(fresh(award).settled_in, inside=inside)
    return explainer.why(next(line for line in explainer.lines if line.award.pk == award.pk))
