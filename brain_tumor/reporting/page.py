"""One A4 page on which text of any length and script stays where it belongs.

Text is drawn letter by letter: fpdf2's Markdown and its alias for the number of pages are off.
Characters that the font lacks are replaced by a box, visibly, before fpdf2 sees them: it would
draw nothing and write them to the log.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from fpdf import FPDF
from fpdf.enums import Corner, MethodReturnValue, RenderStyle
from fpdf.fonts import TTFFont
from numpy.typing import NDArray
from PIL import Image

from brain_tumor.reporting.glyphs import MISSING, anchored, is_right_to_left, printable

WIDTH: Final = 210.0
HEIGHT: Final = 297.0

CUT: Final = " \u2026"
"""Stands where a text was cut."""

Rgb = tuple[int, int, int]

_FONTS: Final = Path(__file__).resolve().parent / "fonts"
_FILES: Final = {"": "DejaVuSansCondensed.ttf", "B": "DejaVuSansCondensed-Bold.ttf"}
_MM_A_POINT: Final = 25.4 / 72
_CHARACTERS_A_MM: Final = 2.0
"""More letters than fit at the smallest size used. Text with more is cut unmeasured: it is long, or
piles up marks that have no width."""


class Page:
    """One A4 page; millimetres from the top left corner, sizes of type in points.

    Attributes:
        replaced: whether a character was replaced because the font lacks it.
    """

    def __init__(self, title: str, subject: str, date: datetime) -> None:
        self.replaced = False
        self._pdf = pdf = FPDF(format="A4")
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        self._known_to: dict[str, frozenset[int]] = {}
        for style, file in _FILES.items():
            pdf.add_font("body", style, _FONTS / file)
            font = pdf.fonts[f"body{style}"]
            assert isinstance(font, TTFFont)
            self._known_to[style] = frozenset(font.cmap)
        pdf.alias_nb_pages("")
        pdf.set_text_shaping(True)
        pdf.set_lang("en")
        pdf.set_title(title)
        pdf.set_subject(subject)
        pdf.set_creation_date(date)
        pdf.add_page()

    def to_bytes(self) -> bytes:
        """Return the PDF."""
        return bytes(self._pdf.output())

    def width_of(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return how wide a line of text is."""
        self._pdf.set_font("body", "B" if bold else "", size)
        return float(self._pdf.get_string_width(self._known(text, bold)))

    def text(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        *,
        colour: Rgb = (0, 0, 0),
        bold: bool = False,
        align: str = "",
        lines: int = 1,
        leading: float = 1.32,
        keep_end: bool = False,
    ) -> float:
        """Write text into a column of so many lines at most; return the y below its last.

        What does not fit is cut at its end or, to ``keep_end``, in its middle. Right-to-left text
        stands on the right, unless ``align`` ("L", "C" or "R") says otherwise.
        """
        pdf = self._pdf
        pdf.set_font("body", "B" if bold else "", size)
        pdf.set_text_color(*colour)
        shown = self._fitted(self._known(text, bold), width, lines, keep_end)
        height = size * leading * _MM_A_POINT
        for paragraph in shown.split("\n"):
            if not paragraph.strip():
                y += height
                continue
            pdf.set_xy(x, y)
            side = align or ("R" if is_right_to_left(paragraph) else "L")
            pdf.multi_cell(width, height, paragraph, align=side, new_x="LEFT", new_y="NEXT")
            y = float(pdf.get_y())
        return y

    def lines_of(self, text: str, width: float, size: float, *, limit: int) -> int:
        """Return how many lines text takes in a column; one more than ``limit`` if above it."""
        self._pdf.set_font("body", "", size)
        known = self._known(text, False)
        if len(known) > _most_characters(width, limit):
            return limit + 1
        return self._count(known, width, limit)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Rgb | None = None,
        line: Rgb | None = None,
        radius: float = 0.0,
    ) -> None:
        """Draw a rectangle."""
        pdf = self._pdf
        if fill:
            pdf.set_fill_color(*fill)
        if line:
            pdf.set_draw_color(*line)
            pdf.set_line_width(0.25)
        style = RenderStyle.DF if fill and line else RenderStyle.F if fill else RenderStyle.D
        corners: Any = tuple(Corner) if radius else False
        pdf.rect(x, y, width, height, style, round_corners=corners, corner_radius=radius)

    def rule(self, x: float, y: float, width: float, colour: Rgb) -> None:
        """Draw a thin horizontal line."""
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(0.2)
        self._pdf.line(x, y, x + width, y)

    def disc(self, x: float, y: float, radius: float, colour: Rgb) -> None:
        """Draw a filled circle round a point."""
        self._pdf.set_fill_color(*colour)
        self._pdf.circle(x, y, radius, RenderStyle.F)

    def line(
        self,
        points: NDArray[np.float64] | Sequence[tuple[float, float]],
        colour: Rgb,
        width: float,
        *,
        closed: bool = True,
        dash: float = 0.0,
    ) -> None:
        """Draw a line through points (n, 2); dashes are ``dash`` long, 0 for none."""
        pdf = self._pdf
        pdf.set_draw_color(*colour)
        pdf.set_line_width(width)
        if dash:
            pdf.set_dash_pattern(dash, dash * 0.7)
        pdf.polyline([(float(x), float(y)) for x, y in points], polygon=closed)
        pdf.set_dash_pattern()

    def picture(
        self,
        pixels: NDArray[np.uint8],
        x: float,
        y: float,
        width: float,
        height: float,
        description: str,
    ) -> None:
        """Place uint8 (h, w) or (h, w, 3), without loss, with a description for who cannot see."""
        image = Image.fromarray(pixels)
        self._pdf.image(image, x, y, width, height, alt_text=description)

    def _known(self, text: str, bold: bool) -> str:
        known = printable(text, self._known_to["B" if bold else ""])
        self.replaced |= known.count(MISSING) > text.count(MISSING)
        return anchored(known)

    def _count(self, text: str, width: float, limit: int) -> int:
        """Return how many lines text takes in the current font; ``limit`` + 1 if above it."""
        count = 0
        for paragraph in text.split("\n"):
            count += len(self._broken(paragraph, width)) if paragraph.strip() else 1
            if count > limit:
                return limit + 1
        return count

    def _broken(self, paragraph: str, width: float) -> list[str]:
        lines = self._pdf.multi_cell(
            width, 1, paragraph, dry_run=True, output=MethodReturnValue.LINES
        )
        assert isinstance(lines, list)
        return [str(line) for line in lines]

    def _fitted(self, text: str, width: float, lines: int, keep_end: bool) -> str:
        """Return as much of the text as the lines hold, in the current font."""
        most = _most_characters(width, lines)
        if len(text) <= most and self._count(text, width, lines) <= lines:
            return text
        low, high = 0, min(len(text) - 1, most)
        while low < high:
            middle = (low + high + 1) // 2
            if self._count(_shortened(text, middle, keep_end), width, lines) <= lines:
                low = middle
            else:
                high = middle - 1
        return _shortened(text, low, keep_end)


def _shortened(text: str, length: int, keep_end: bool) -> str:
    """Return the first characters of a text, or its first and its last ones, and ``CUT``."""
    if keep_end:
        end = length * 2 // 5
        return text[: length - end].rstrip() + CUT + text[len(text) - end :]
    start = text[:length]
    words, space, rest = start.rpartition(" ")
    # Between words, unless that wastes half a line: not every script has spaces.
    return (words if space and len(rest) < 30 and text[length] != " " else start).rstrip() + CUT


def _most_characters(width: float, lines: int) -> int:
    return int(width * _CHARACTERS_A_MM * lines)
