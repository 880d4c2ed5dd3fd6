"""What every picture of the manuals needs: a photograph of a page or a part of it, small enough to keep."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page

from tests.e2e.conftest import People

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "manual" / "img"
WIDTH, PHONE, TALLEST, HEAVIEST = 1280, 375, 1600, 120_000
MARGIN = 16


def store(name: str, picture: bytes) -> None:
    """Save a picture with so few colours that it stays small."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (128, 64, 32, 16):
        buffer = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
        if buffer.tell() <= HEAVIEST:
            break
    (IMAGES / f"{name}.png").write_bytes(buffer.getvalue())
    print(f"{name}.png {image.width}×{image.height} {buffer.tell() // 1024} KB", flush=True)


def shot(page: Page, name: str, *parts: str | Locator, tallest: int = TALLEST) -> None:
    """Photograph the page from its top, or the rectangle around `parts` (selectors or locators)."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement && document.activeElement.blur()")
    top, bottom = 0.0, float(page.evaluate("document.documentElement.scrollHeight"))
    left, right = 0.0, float(page.viewport_size["width"] if page.viewport_size else WIDTH)
    if parts:
        page.evaluate("window.scrollTo(0, 0)")
        boxes = [
            box
            for part in parts
            if (box := (page.locator(part).first if isinstance(part, str) else part).bounding_box())
        ]
        assert len(boxes) == len(parts), f"{name}: a part is not on {page.url}"
        top = max(0.0, min(box["y"] for box in boxes) - MARGIN)
        bottom = min(bottom, max(box["y"] + box["height"] for box in boxes) + MARGIN)
        left = max(0.0, min(box["x"] for box in boxes) - MARGIN)
        right = min(right, max(box["x"] + box["width"] for box in boxes) + MARGIN)
    clip = {"x": left, "y": top, "width": right - left, "height": min(bottom - top, float(tallest))}
    store(name, page.screenshot(full_page=True, clip=clip, animations="disabled"))  # type: ignore[arg-type]


@dataclass
class Walk:
    """The people, and what one chapter leaves to the next."""

    people: People
    newcomer: str
    legal: str = ""
    application: str = ""
    number: str = ""


def until(page: Page, there: Callable[[], bool]) -> None:
    """Reload until a job has done its work."""
    for _ in range(120):
        if there():
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError(f"still waiting on {page.url}")


def phone(page: Page) -> Page:
    """The page as a phone shows it."""
    page.set_viewport_size({"width": PHONE, "height": 812})
    return page
