"""Figures of speed of the letters: ``python -m tests.bench`` prints them. Nothing is asserted."""

import os
import time


def figures() -> list[tuple[str, str]]:
    """How long one letter takes to render, the first one and a later one."""
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    os.environ["DJANGO_SETTINGS_MODULE"] = "nanchang_ei.settings.test"
    import django

    django.setup()
    from letters.rendering import render
    from tests.letters.samples import APPROVAL, facts

    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        letter = render(facts(APPROVAL))
        seconds.append(time.perf_counter() - start)
    shown = f"{seconds[0]:.2f} s cold, {min(seconds[1:]):.2f} s warm, {len(letter.pdf) // 1024} KiB"
    return [(f"approval letter of {letter.pages} page(s)", shown)]
