"""Rendered text and interfaces: pages, forms, tables, code, windows, dialogs, codes, slides."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from brain_tumor.gate.strangers.canvas import Generator, Picture, clouds

_FONTS: Final = Path(__file__).resolve().parents[2] / "reporting" / "fonts"
_WORDS: Final = [
    "patient",
    "report",
    "of",
    "the",
    "finding",
    "was",
    "normal",
    "left",
    "right",
    "axial",
    "image",
    "series",
    "contrast",
    "without",
    "evidence",
    "signal",
    "follow",
    "date",
    "name",
    "total",
    "price",
    "order",
    "value",
    "time",
    "page",
    "open",
    "file",
    "edit",
    "view",
    "help",
    "settings",
    "user",
    "account",
    "search",
    "home",
    "data",
    "model",
    "class",
    "result",
    "answer",
    "yes",
    "no",
    "and",
    "or",
    "the",
    "a",
    "in",
    "on",
]


@cache
def _font(points: int, bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansCondensed-Bold.ttf" if bold else "DejaVuSansCondensed.ttf"
    return ImageFont.truetype(_FONTS / name, points)


def _sentence(rng: Generator, words: int) -> str:
    return " ".join(rng.choice(_WORDS, words)).capitalize()


def _sheet(rng: Generator, dark: float = 0.25) -> tuple[Image.Image, int, int]:
    """Return an empty page with its ink and paper levels."""
    width = int(rng.integers(260, 760))
    height = round(width * float(rng.choice([1.41, 0.75, 0.5625, 1.0, 0.62])))
    ink, paper = int(rng.integers(0, 90)), int(rng.integers(200, 256))
    if rng.random() < dark:
        ink, paper = int(rng.integers(150, 256)), int(rng.integers(0, 50))
    return Image.new("L", (width, height), paper), ink, paper


def _paragraph(
    rng: Generator, draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], ink: int, points: int
) -> None:
    left, top, right, bottom = box
    font = _font(points, bool(rng.random() < 0.2))
    y = top
    while y + points < bottom:
        words = max(1, round((right - left) / (points * 3)))
        if rng.random() < 0.15:
            words = max(1, words // 2)
        draw.text((left, y), _sentence(rng, words)[: (right - left) * 2 // points], ink, font)
        y += round(points * 1.35)
        if rng.random() < 0.08:
            y += points


def page(rng: Generator) -> Picture:
    """A page of text with headings, perhaps in columns; flat, or photographed with a shadow."""
    sheet, ink, paper = _sheet(rng)
    draw = ImageDraw.Draw(sheet)
    width, height = sheet.size
    margin, points = round(width * rng.uniform(0.03, 0.12)), int(rng.integers(9, 28))
    y = margin
    if rng.random() < 0.7:
        title = _sentence(rng, int(rng.integers(1, 5)))
        draw.text((margin, y), title, ink, _font(points * 2, True))
        y += points * 3
    columns = int(rng.choice([1, 1, 2, 3]))
    wide = (width - 2 * margin) // columns
    for column in range(columns):
        left = margin + column * wide
        stop = height - margin - int(rng.integers(0, height // 3))
        _paragraph(rng, draw, (left, y, left + wide - points, stop), ink, points)
    if rng.random() < 0.3:
        x0, y0 = int(rng.integers(0, width // 2)), int(rng.integers(0, height // 2))
        draw.rectangle((x0, y0, x0 + width // 3, y0 + height // 4), (ink + paper) // 2)
    picture = np.asarray(sheet)
    if rng.random() < 0.3:
        shade = 0.8 + 0.12 * clouds(rng, height, width, 2.2)
        picture = np.asarray(np.clip(picture * shade, 0, 255), np.uint8)
    return picture


def word(rng: Generator) -> Picture:
    """One large word, letter or number."""
    sheet, ink, _ = _sheet(rng, dark=0.5)
    text = _sentence(rng, 1) if rng.random() < 0.5 else str(int(rng.integers(0, 1000)))
    points = round(sheet.width * float(rng.uniform(0.12, 0.6)))
    place = (round(sheet.width * rng.uniform(0.02, 0.3)), round(sheet.height * rng.uniform(0, 0.3)))
    ImageDraw.Draw(sheet).text(place, text, ink, _font(points, bool(rng.random() < 0.5)))
    return np.asarray(sheet)


def table(rng: Generator) -> Picture:
    """Rows and columns with rules and short cells."""
    sheet, ink, paper = _sheet(rng)
    draw = ImageDraw.Draw(sheet)
    width, height = sheet.size
    rows, columns = int(rng.integers(4, 30)), int(rng.integers(2, 9))
    tall, wide = height / rows, width / columns
    points = max(7, round(min(tall * 0.6, wide * 0.2)))
    for row in range(rows):
        if row % 2 and rng.random() < 0.8:
            shade = round(paper * 0.9 + ink * 0.1)
            draw.rectangle((0, row * tall, width, (row + 1) * tall), shade)
        for column in range(columns):
            text = str(rng.choice([rng.choice(_WORDS), f"{rng.normal():.2f}"]))
            place = (column * wide + 4, row * tall + 2)
            draw.text(place, text, ink, _font(points, row == 0))
        if rng.random() < 0.9:
            draw.line((0, row * tall, width, row * tall), (ink + paper) // 2)
    return np.asarray(sheet)


def window(rng: Generator) -> Picture:
    """An interface: bars, a side panel, cards, buttons, fields, icons, now and then a picture."""
    sheet, ink, paper = _sheet(rng, dark=0.45)
    draw = ImageDraw.Draw(sheet)
    width, height = sheet.size
    tone = lambda share: round(paper * (1 - share) + ink * share)  # noqa: E731
    bar, side = round(height * rng.uniform(0.04, 0.12)), round(width * rng.uniform(0, 0.3))
    points = int(rng.integers(9, 18))
    draw.rectangle((0, 0, width, bar), tone(rng.uniform(0.02, 0.9)))
    draw.rectangle((0, bar, side, height), tone(rng.uniform(0.02, 0.3)))
    for row in range(bar + points, height - points, points * 2):
        if side > 40 and rng.random() < 0.8:
            draw.text((6, row), _sentence(rng, 2)[: side // 6], ink, _font(points, False))
    for _ in range(int(rng.integers(2, 12))):
        x0, y0 = int(rng.integers(side, width - 20)), int(rng.integers(bar, height - 20))
        x1, y1 = x0 + int(rng.integers(30, width // 2)), y0 + int(rng.integers(15, height // 2))
        kind = int(rng.integers(0, 5))
        if kind == 0:
            draw.rounded_rectangle((x0, y0, x1, y1), 6, tone(rng.uniform(0, 0.2)), tone(0.4))
            _paragraph(rng, draw, (x0 + 6, y0 + 4, x1 - 6, y1), ink, points)
        elif kind == 1:
            draw.rounded_rectangle((x0, y0, x0 + 80, y0 + 24), 5, tone(rng.uniform(0.3, 1)))
            draw.text((x0 + 8, y0 + 4), _sentence(rng, 1)[:9], paper, _font(points, True))
        elif kind == 2:
            for x in range(x0, min(x1, width), 26):
                draw.ellipse((x, y0, x + 16, y0 + 16), tone(rng.uniform(0.1, 1)))
        elif kind == 3:
            shade = clouds(rng, max(y1 - y0, 2), max(x1 - x0, 2)) * 50 + 128
            sheet.paste(Image.fromarray(np.asarray(np.clip(shade, 0, 255), np.uint8)), (x0, y0))
        else:
            _paragraph(rng, draw, (x0, y0, x1, y1), ink, points)
    return np.asarray(sheet)


def code(rng: Generator) -> Picture:
    """Indented lines as in an editor or a terminal, mostly bright on dark."""
    sheet, ink, paper = _sheet(rng, dark=0.8)
    draw = ImageDraw.Draw(sheet)
    points = int(rng.integers(8, 20))
    indent = 0
    for row, y in enumerate(range(4, sheet.height - points, round(points * 1.4))):
        indent = int(np.clip(indent + rng.integers(-1, 2), 0, 5))
        level = round(ink * rng.uniform(0.5, 1) + paper * 0.1)
        text = f"{row:3d}  {'    ' * indent}{_sentence(rng, int(rng.integers(1, 7))).lower()}"
        draw.text((4, y), text, min(level, 255), _font(points, False))
    return np.asarray(sheet)


def squares_code(rng: Generator) -> Picture:
    """A QR-like code or a bar code, with a margin."""
    count = int(rng.integers(21, 50))
    if rng.random() < 0.5:
        cells = np.repeat(rng.integers(0, 2, (1, count * 2)), count, axis=0)
    else:
        cells = rng.integers(0, 2, (count, count))
        for corner in (np.s_[:7, :7], np.s_[:7, -7:], np.s_[-7:, :7]):
            cells[corner] = 1
            cells[corner][1:-1, 1:-1] = 0
            cells[corner][2:-2, 2:-2] = 1
    padded = np.pad(cells, int(rng.integers(0, 8)))
    picture = np.kron(1 - padded, np.ones((int(rng.integers(4, 9)),) * 2)) * 255
    return np.asarray(255 - picture if rng.random() < 0.2 else picture, np.uint8)


def slide(rng: Generator) -> Picture:
    """A slide or diagram: boxes with words, joined by lines."""
    sheet, ink, paper = _sheet(rng, dark=0.4)
    draw = ImageDraw.Draw(sheet)
    width, height = sheet.size
    spots = [
        (int(rng.integers(0, width * 3 // 4)), int(rng.integers(0, height * 3 // 4)))
        for _ in range(int(rng.integers(3, 10)))
    ]
    for start, end in pairwise(spots):
        draw.line((*start, *end), (ink + paper) // 2, int(rng.integers(1, 4)))
    for x, y in spots:
        box = (x, y, x + int(rng.integers(40, 160)), y + int(rng.integers(24, 80)))
        fill = round(paper * 0.85 + ink * 0.15) if rng.random() < 0.6 else paper
        shape = draw.ellipse if rng.random() < 0.25 else draw.rectangle
        shape(box, fill, ink)
        draw.text(
            (x + 6, y + 6), _sentence(rng, 2)[:18], ink, _font(int(rng.integers(9, 20)), False)
        )
    return np.asarray(sheet)
