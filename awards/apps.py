"""App configuration of awards; its outbox handlers are found by common.outbox."""

from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "awards"
    verbose_name = "奖补核算"
