"""Load demonstration data: invented people, enterprises, calls and files at every stage."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.demo import load_demo
from accounts.models import Enterprise
from nanchang_ei.demo import LARGE, MATERIALS, TERMINALS, load_files
from nanchang_ei.demo_money import load_money
from policies.demo import load as load_calls


class Command(BaseCommand):
    help = "载入演示数据（仅用于空库或已有演示数据的库），并列出演示账号。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", help="全部演示账号的密码；默认用本安装保存的演示密码")

    def handle(self, *args: Any, **options: Any) -> None:
        password = options["password"] or getattr(settings, "DEMO_PASSWORD", "")
        if not password:
            raise CommandError("此环境没有演示密码（DEMO_PASSWORD），不载入演示数据。")
        if Enterprise.objects.exists() and not Enterprise.objects.filter(name=LARGE).exists():
            self.stdout.write("库中已有真实数据，不载入演示数据。")
            return
        now = timezone.now()
        standing = Enterprise.objects.filter(name=LARGE).exists()
        # Checking sixty passwords takes seconds; a start after the first one only lists the accounts.
        accounts = load_demo(at=now, password=options["password"] if standing else password)
        load_calls(timezone.localdate(now), at=now)
        made = load_files(now=now)
        load_money(now=now, large=LARGE, materials=MATERIALS, terminals=TERMINALS)
        if made:
            self.stdout.write(f"新增演示申报 {made} 件。")
        self.stdout.write(f"演示账号（密码均为 {password}）：")
        for account in accounts:
            self.stdout.write(f"  {account.username:<22} {account.organisation} · {account.role} · {account.name}")
