"""Tells which typefaces letters are printed with on this machine, and whether every common character prints."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from letters.rendering.pdf import faces, missing_characters

# Rare characters of names that have been missing elsewhere, and the signs that letters use.
SAMPLE = "祥喆㙍𬭎〔〕—①㎡％《》“”（）·"
ROLES = {
    "红色机关标志、标题（小标宋）": '<p class="mark mark-l">演示</p><h1>演示</h1>',
    "正文（仿宋）": "<p>演示</p>",
    "一级标题（黑体）": '<p class="level-1">演示</p>',
    "二级标题（楷体）": '<p class="level-2">演示</p>',
}


def level_one_characters() -> str:
    """The 3,755 characters of GB/T 2312 level one."""
    rows = (bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return "".join(row.decode("gb2312", errors="ignore") for row in rows)


class Command(BaseCommand):
    """manage.py letter_fonts"""

    help = "显示文书实际使用的字体，并检查常用字和生僻字能否打印。"

    def handle(self, *args: Any, **options: Any) -> None:
        for role, markup in ROLES.items():
            self.stdout.write(f"{role}：{'、'.join(faces(markup))}")
        missing = missing_characters(SAMPLE + level_one_characters())
        if missing:
            raise CommandError(f"以下字符无法打印，请安装收有这些字符的字体：{''.join(sorted(missing))}")
        self.stdout.write("常用汉字和抽查的生僻字均可打印。")
