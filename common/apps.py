"""App configuration of what every room shares."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Money, working days, transitions, uploads, files; nouns of no domain."""

    name = "common"
    label = "common"
    verbose_name = "公共数据"
