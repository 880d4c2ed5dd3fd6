"""Titles in centred lines: few, of similar length, complete in meaning (pure)."""

from collections.abc import Iterable
from itertools import pairwise
from math import ceil

TITLE_LINE = 20  # characters of 22 pt in 156 mm
LATIN = 0.6  # width of a Latin letter or figure, in characters
CLOSERS = set("，。；：、！？）》〉」』】〕”’")
OPENERS = set("（《〈「『【〔“‘")
FORBIDDEN = 1_000_000  # the price of a line break that must not be
# Words that a line break leaves whole where it can.
_KEPT = """
关于 同意 给予 不予 支持 拟支持 奖励 奖补 奖补资金 补助 资金 申报 项目 事项 年度 企业 重点 研发 投入 产业 电子 信息
电子信息 名单 批次 核定 结果 异议 公示 批复 告知书 通知 答复 回执 材料 补正 追回 拨付 市级 区级 县级
"""
KEPT_WORDS = tuple(_KEPT.split())


def title_lines(title: str, keep: Iterable[str] = (), width: int = TITLE_LINE) -> list[str]:
    """Break a long title into centred lines: few, of similar length, complete in meaning (GB/T 9704-2012 7.3.1).

    keep: names that stay in one piece where they fit on a line. width: characters of a line; Latin letters and figures
    are narrower. Never breaks inside a Latin word or number, before a closing or after an opening sign; likes to break
    before 关于.
    """
    kept = [*KEPT_WORDS, *(name for name in keep if name and title_width(name) <= width)]
    fewest = max(1, ceil(title_width(title) / width))
    layouts = [_title_layout(title, kept, count, width) for count in (fewest, fewest + 1)]
    cost, cuts = min(layouts[:1] if fewest == 1 else layouts)
    edges = [0, *cuts, len(title)]
    return [title[start:end] for start, end in pairwise(edges)] if cost < FORBIDDEN else [title]


def title_width(text: str) -> float:
    """Printed width in characters of the title's size."""
    return sum(LATIN if character.isascii() else 1 for character in text)


def _title_layout(title: str, kept: list[str], count: int, width: int) -> tuple[float, tuple[int, ...]]:
    """The cheapest way to cut a title into `count` lines: its cost and the places of the cuts."""
    target = title_width(title) / count
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0, ())}
    for line in range(count):
        last = line == count - 1
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        for start, (cost, cuts) in best.items():
            for end in [len(title)] if last else range(start + 1, len(title)):
                length = title_width(title[start:end])
                if length > width and not last:
                    break
                price = cost + (length - target) ** 2 + (FORBIDDEN if length > width else 0)
                if not last:
                    price += _cut_price(title, end, kept) + 20
                entry = (price, cuts if last else (*cuts, end))
                if end not in following or entry < following[end]:
                    following[end] = entry
        best = following
    return best.get(len(title), (FORBIDDEN, ()))


def _cut_price(title: str, cut: int, kept: list[str]) -> int:
    """How bad it is to begin a new line at this place."""
    before, after = title[cut - 1], title[cut]
    inside_word = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
    if inside_word or after in CLOSERS or before in OPENERS:
        return FORBIDDEN
    for word in kept:
        start = title.find(word)
        while start >= 0:
            if start < cut < start + len(word):
                return 400
            start = title.find(word, start + 1)
    return -10 if title.startswith("关于", cut) else 0
