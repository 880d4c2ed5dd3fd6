"""The evidence beside the figures: which files there are, and the page of one of them that is looked at."""

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse

from common.keys import VERSION_DIGITS, number_sent
from common.storage import DamagedFile, MissingFile
from reviews.previews import PREVIEWABLE, NoPreview, NoSuchPage, page_picture

#: Pages in the strip before and after the one that is looked at.
AROUND = 2
_BROKEN = "这份附件不能在页面内显示（可能已损坏或过于复杂），请下载后查看；确属损坏的，可退回补正。"
_OFFICE = "Word、Excel 文件不能在页面内显示，请下载后用办公软件查看。"

#: attachment id, page, size → address of the picture.
PictureUrl = Callable[[int, int, str], str]


def viewer(
    items: Sequence[dict[str, Any]],
    *,
    chosen: str | None,
    page: str | None,
    base: str,
    part: Callable[[int], str],
    picture: PictureUrl,
) -> dict[str, Any]:
    """What templates/reviews/_evidence_viewer.html draws.

    items: filed evidence as `filed` gives it ({attachment, label, name, kind, size, sha256, url}). chosen, page: as
    they stand in the address; what makes no sense there chooses nothing. base: address of the page around, for links
    that work without script; part: address of the viewer alone; picture: of a page's PNG.
    """

    def link(attachment: int, number: int) -> dict[str, str]:
        query = f"?evidence={attachment}&page={number}"
        return {"url": f"{base}{query}#evidence-view", "part": f"{part(attachment)}?page={number}&base={base}"}

    found = next((item for item in items if item["attachment"] == number_sent(chosen, digits=VERSION_DIGITS)), None)
    first = next((item for item in items if item["kind"] in PREVIEWABLE), None)
    shown = _shown(found, number_sent(page, digits=VERSION_DIGITS) or 1, link, picture) if found else None
    return {
        "items": [
            {**item, **link(item["attachment"], 1), "download": item["url"], "current": item is found} for item in items
        ],
        "shown": shown,
        # Until somebody chooses, the first file is fetched once the viewer comes into view.
        "first": link(first["attachment"], 1)["part"] if first and not found else "",
    }


def case_viewer(
    case_id: int, items: Sequence[dict[str, Any]], *, base: str, chosen: str | None, page: str | None
) -> dict[str, Any]:
    """The viewer of a case's evidence for its officers; see `viewer`."""
    return viewer(
        items,
        chosen=chosen,
        page=page,
        base=base,
        part=lambda attachment: reverse("reviews:evidence", args=[case_id, attachment]),
        picture=lambda attachment, number, size: (
            reverse("reviews:evidence_page", args=[case_id, attachment, number])
            + ("" if size == "page" else f"?size={size}")
        ),
    )


def _shown(
    item: dict[str, Any], page: int, link: Callable[[int, int], dict[str, str]], picture: PictureUrl
) -> dict[str, Any]:
    attachment = item["attachment"]
    about = {"label": item["label"], "name": item["name"], "download": item["url"], "page": page}
    if item["kind"] not in PREVIEWABLE:
        return about | {"problem": _OFFICE}
    try:
        drawn = page_picture(item["sha256"], item["kind"], page)
    except NoSuchPage:
        return about | {"problem": f"这份附件没有第 {page} 页。", "again": link(attachment, 1)}
    except (NoPreview, MissingFile, DamagedFile):
        return about | {"problem": _BROKEN}
    strip = range(max(1, page - AROUND), min(drawn.pages, page + AROUND) + 1)
    return about | {
        "pages": drawn.pages,
        "width": drawn.width,
        "height": drawn.height,
        "text": drawn.text,
        "has_text": item["kind"] == "pdf",
        "picture": picture(attachment, page, "page"),
        "large": picture(attachment, page, "large"),
        "previous": link(attachment, page - 1) if page > 1 else None,
        "next": link(attachment, page + 1) if page < drawn.pages else None,
        "thumbs": [
            {**link(attachment, number), "page": number, "picture": picture(attachment, number, "thumb")}
            for number in (strip if drawn.pages > 1 else ())
        ],
    }
