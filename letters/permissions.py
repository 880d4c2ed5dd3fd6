"""Who may do what with a letter (who may see one is `Letter.objects.visible_to`)."""

from accounts.enums import UnitRole
from accounts.models import User
from letters.enums import LetterState
from letters.models import Letter

VOIDERS = (UnitRole.APPROVER, UnitRole.LEADER)


def may_void(user: User, letter: Letter) -> bool:
    """Approvers and leaders of the issuing unit declare a letter void."""
    return (
        user.is_active
        and letter.state == LetterState.ISSUED
        and user.unit_memberships.filter(
            unit=letter.unit, role__in=VOIDERS, is_active=True, unit__is_active=True
        ).exists()
    )
