"""Reading a finished PDF: its words with their places, its pages as images, its red lines."""

import io
import re
import subprocess

from PIL import Image

DPI = 300
MM = 25.4 / DPI
PT = 25.4 / 72


def text_of(pdf):
    out = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return out.stdout.decode()


def flat(pdf):
    return re.sub(r"\s", "", text_of(pdf))


def page_image(pdf, page=1):
    command = ["pdftoppm", "-r", str(DPI), "-png", "-f", str(page), "-l", str(page), "-"]
    out = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(out.stdout)).convert("RGB")


def words(pdf):
    out = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    pages = out.split("<page ")[1:]
    pattern = re.compile(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<')
    return [[(*map(float, m.groups()[:4]), m.group(5)) for m in pattern.finditer(page)] for page in pages]


def red_lines(image):
    """(top, bottom, left, right) in mm of every horizontal band that is red over most of the page's width."""
    pixels = image.load()
    bands, start, extent = [], None, (0, 0)
    for y in range(image.height + 1):
        reds = []
        if y < image.height:
            reds = [x for x in range(0, image.width, 2) if is_red(pixels[x, y])]
        if len(reds) > image.width / 2 * 0.6:
            start, extent = (y if start is None else start), (reds[0], reds[-1])
        elif start is not None:
            bands.append((start * MM, y * MM, extent[0] * MM, extent[1] * MM))
            start = None
    return bands


def is_red(pixel):
    return pixel[0] > 150 and pixel[1] < 90 and pixel[2] < 90
