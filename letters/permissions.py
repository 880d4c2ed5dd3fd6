"""Who may do what with a letter (who may see one is `Letter.objects.visible_to`)."""

from accounts.enums import UnitRole
from accounts.models import User
from accounts.unit_names import with_former
from letters.enums import LetterState
from letters.models import Letter

VOIDERS = (UnitRole.APPROVER, UnitRole.LEADER)


def voids_for(user: User) -> set[int]:
    """Keys of the units whose letters the user may declare void: those in which the user is 审核 or 负责人 today, and
    those whose duties went over to one of them."""
    if not user.is_active:
        return set()
    own = user.unit_memberships.filter(role__in=VOIDERS, is_active=True, unit__is_active=True)
    return set(with_former(own.values("unit")).values_list("unit", flat=True))


def may_void(user: User, letter: Letter) -> bool:
    """Approvers and leaders of the issuing unit, or of the one that has its duties since, declare a letter void."""
    return letter.state == LetterState.ISSUED and letter.unit_id in voids_for(user)
