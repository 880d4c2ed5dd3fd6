"""One page of a document as PNG, drawn in a process of its own: a decoder fed with a stranger's bytes may hang, eat
memory or crash, and takes nothing with it but this process.

Run as a script, without Django:  preview_worker.py KIND PATH PAGE WIDTH
It answers on standard output: one line of JSON {"pages", "width", "height", "text"}, then the bytes of the picture;
{"error": "range" | "unreadable"} where there is none.
"""

import io
import json
import resource
import sys
from typing import Any

MEMORY = 1536 * 1024 * 1024
CPU_SECONDS = 10
MAX_PIXELS = 4_000_000
MAX_SOURCE_PIXELS = 60_000_000
"""As many as an upload may have."""
LONGEST_TEXT = 6000


class PageRange(Exception):
    """The document has no such page."""


def limit() -> None:
    """Bounds that the kernel keeps: memory, time, no file written, few opened."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def scale_for(width: float, height: float, wanted: int) -> float:
    """The factor that makes a page `wanted` pixels wide, smaller where the picture would have too many pixels."""
    factor = wanted / width
    pixels = width * height * factor * factor
    return factor if pixels <= MAX_PIXELS else factor * float(MAX_PIXELS / pixels) ** 0.5


def pdf_page(path: str, page: int, wanted: int) -> tuple[int, Any, str]:
    """Number of pages, the picture of one of them, and its text."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(path)
    pages = len(document)
    if not 1 <= page <= pages:
        raise PageRange
    sheet = document[page - 1]
    width, height = sheet.get_size()
    picture = sheet.render(scale=scale_for(width, height, wanted)).to_pil()
    text = sheet.get_textpage().get_text_range()
    return pages, picture, text


def image(path: str, kind: str, page: int, wanted: int) -> tuple[int, Any, str]:
    """A picture as it is, never larger than it came."""
    from PIL import Image

    if page != 1:
        raise PageRange
    Image.MAX_IMAGE_PIXELS = MAX_SOURCE_PIXELS
    with Image.open(path, formats=["JPEG" if kind == "jpg" else "PNG"]) as source:
        if source.width * source.height > MAX_SOURCE_PIXELS:
            raise ValueError("too many pixels")
        factor = min(scale_for(source.width, source.height, wanted), 1.0)
        size = (max(1, round(source.width * factor)), max(1, round(source.height * factor)))
        source.draft("RGB", size)  # a JPEG is decoded at a fraction of its size
        plain = source.convert("RGBA" if source.has_transparency_data else "RGB")
        return 1, plain.resize(size, Image.Resampling.LANCZOS), ""


def main(kind: str, path: str, page: str, width: str) -> None:
    """Draw and answer."""
    limit()
    try:
        if kind == "pdf":
            pages, picture, text = pdf_page(path, int(page), int(width))
        else:
            pages, picture, text = image(path, kind, int(page), int(width))
        out = io.BytesIO()
        picture.save(out, "PNG", compress_level=4)
    except PageRange:
        answer: dict[str, object] = {"error": "range"}
        data = b""
    except Exception:  # whatever a decoder says of hostile bytes, it means: unreadable
        answer, data = {"error": "unreadable"}, b""
    else:
        words = " ".join(text.split())[:LONGEST_TEXT]
        answer, data = {"pages": pages, "width": picture.width, "height": picture.height, "text": words}, out.getvalue()
    # Escaped as ASCII: text of a page may hold surrogates that no encoding takes.
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n" + data)


if __name__ == "__main__":
    main(*sys.argv[1:])
