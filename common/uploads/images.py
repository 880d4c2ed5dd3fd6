"""Images: decoded within limits and encoded anew; only pixels remain, no metadata, no place of the photograph."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image, ImageFile, ImageOps

from common.uploads.errors import UploadRejected

MAX_PIXELS: Final = 60_000_000
"""A4 at 600 dpi has 35 million."""

MAX_SIDE: Final = 20_000

_FORMATS: Final = {"jpg": "JPEG", "png": "PNG"}
_MODES: Final = {"jpg": {"L", "RGB", "CMYK"}, "png": {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}}


_STRICT = threading.Lock()


@contextmanager
def _strict_decoding() -> Iterator[None]:
    """Decode whole pictures only.

    WeasyPrint tells Pillow, for the whole process, to fill what is missing of a cut picture with grey; evidence that
    arrived half must be refused instead. The lock keeps two uploads from restoring each other's setting; letters
    rendered meanwhile lose nothing, their pictures are whole.
    """
    with _STRICT:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def clean_image(data: bytes, kind: str) -> bytes:
    """The image of ``kind`` (jpg, png), upright and encoded anew. Raises UploadRejected."""
    try:
        with _strict_decoding(), Image.open(io.BytesIO(data), formats=[_FORMATS[kind]]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise UploadRejected(f"图片过大（{width}×{height} 像素），请缩小到 {MAX_PIXELS // 10_000} 万像素以内。")
            image.load()
            upright: Image.Image = ImageOps.exif_transpose(image)
            if upright.mode not in _MODES[kind]:
                upright = upright.convert("RGBA" if kind == "png" and upright.has_transparency_data else "RGB")
            plain = upright.copy()
            transparency = plain.info.get("transparency")
            plain.info = {} if transparency is None else {"transparency": transparency}
            out = io.BytesIO()
            if kind == "jpg":
                plain.save(out, "JPEG", quality=92)
            else:
                plain.save(out, "PNG")
            return out.getvalue()
    except UploadRejected:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UploadRejected("图片像素过大，无法接收。") from None
    except Exception as error:  # a decoder fed with hostile bytes may fail in any way; each of them means: unreadable
        raise UploadRejected("图片已损坏或不完整，请重新拍摄或扫描后上传。") from error
