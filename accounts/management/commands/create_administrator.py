"""Open the first administrator's account of an installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actions.people import open_account
from accounts.enums import SystemRole
from common.errors import DomainError


class Command(BaseCommand):
    help = "Open an administrator's account and print the one-time link to choose its password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True)
        parser.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            invitation = open_account(
                username=options["username"],
                name=options["name"],
                email=options["email"],
                system_role=SystemRole.ADMINISTRATOR,
                organisation="系统管理",
                by=None,
                at=timezone.now(),
            )
        except DomainError as error:
            raise CommandError("；".join(text for texts in error.errors.values() for text in texts)) from error
        self.stdout.write(invitation.link)
