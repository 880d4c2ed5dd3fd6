"""Who takes part: people, enterprises, government units, and what each person is there."""

from accounts.models.change import PeopleImport, RightsReview, UnitChange
from accounts.models.enterprise import Ban, Enterprise, EnterpriseMember, YearlyFigures
from accounts.models.mail import OutgoingMail
from accounts.models.notification import NoticeChoice, Notification
from accounts.models.unit import Absence, Unit, UnitMember
from accounts.models.user import User

__all__ = [
    "Absence",
    "Ban",
    "Enterprise",
    "EnterpriseMember",
    "NoticeChoice",
    "Notification",
    "OutgoingMail",
    "PeopleImport",
    "RightsReview",
    "Unit",
    "UnitChange",
    "UnitMember",
    "User",
    "YearlyFigures",
]
