"""Who may not apply for a while, and how that is said; read by rooms that start and file applications."""

from datetime import date

from django.db.models import QuerySet

from accounts.models import Ban, Enterprise


def bans_on(day: date) -> QuerySet[Ban]:
    """The bans that hold on this day and were not lifted."""
    return Ban.objects.filter(first_day__lte=day, last_day__gte=day, lifted_at=None)


def standing_ban(enterprise: Enterprise, *, on: date) -> Ban | None:
    """The ban of an enterprise that holds on a day, of several the one that lasts longest; None where it may apply."""
    return bans_on(on).filter(enterprise=enterprise).order_by("-last_day", "-pk").first()


def ban_sentence(ban: Ban) -> str:
    """Why the enterprise may not apply and until when, as a sentence."""
    return f"本企业限制申报至{ban.last_day:%Y年%-m月%-d日}（{ban.reason.rstrip('。')}），期满或解除后才能申报。"
