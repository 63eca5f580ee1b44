"""The report's dark panel: scan with its crop, what the network saw, and the heat map."""

from typing import Final

import numpy as np

from brain_tumor.drawing.display import BOX_COLOUR, CONTOUR_COLOUR
from brain_tumor.drawing.overlay import legend
from brain_tumor.reporting.findings import Findings
from brain_tumor.reporting.images import Line, ReportImages
from brain_tumor.reporting.page import Page, Rgb
from brain_tumor.reporting.sentences import heat_words
from brain_tumor.reporting.style import (
    BLACK,
    INNER,
    LEFT,
    MIST,
    NIGHT,
    WHITE,
)
from brain_tumor.wording import CLASS_NAMES

_PANE: Final = 55.0
_GAP: Final = 3.75


def draw_panel(page: Page, findings: Findings, images: ReportImages, top: float) -> float:
    """Draw the panel from ``top`` on; return the y of its lower edge. All in millimetres."""
    height = _PANE + 34
    page.box(LEFT, top, INNER, height, fill=NIGHT, radius=2.5)
    crop = findings.crop
    heat_title = f"Grad-CAM: {CLASS_NAMES[findings.heat_label]}"
    titles = ("Scan and crop box", "Cropped brain", heat_title)
    xs = [LEFT + _GAP + i * (_PANE + _GAP) for i in range(3)]
    for number, (x, title) in enumerate(zip(xs, titles, strict=True), 1):
        page.text(x, top + 3.4, _PANE, f"{number}  {title}", 9, bold=True, colour=WHITE)
        page.box(x, top + 9, _PANE, _PANE, fill=BLACK)
    y = top + 9
    frame = _frame(images, xs[0], y)
    page.picture(images.scan, *frame, "The scan")
    _scan_lines(page, images, frame)
    page.picture(images.square, xs[1], y, _PANE, _PANE, "The part of the scan inside the crop box")
    frame = _frame(images, xs[2], y)
    described = f"Heat map of what speaks for {CLASS_NAMES[findings.heat_label]}, over the scan"
    page.picture(images.overlay, *frame, described)
    for line in images.strongest:
        _rimmed(page, _placed(line, frame), WHITE, 0.3)
    y += _PANE + 2.6
    _scan_key(page, findings, images, xs[0], y)
    text = (
        f"Columns {crop.x0} to {crop.x1 - 1}, rows {crop.y0} to {crop.y1 - 1}: "
        f"{crop.width} × {crop.height} pixels, squeezed to a square, contrast stretched. "
        "This is what the network saw."
    )
    page.text(xs[1], y, _PANE, text, 7.5, colour=MIST, lines=4)
    _heat_key(page, findings, images, xs[2], y)
    return top + height


Frame = tuple[float, float, float, float]
"""x, y, width and height of a picture on the page."""


def _frame(images: ReportImages, x: float, y: float) -> Frame:
    """Centre the scan in its pane, with a margin for lines along its edges."""
    rows, columns = images.scan.shape
    scale = (_PANE - 2) / max(rows, columns)
    width, height = columns * scale, rows * scale
    return x + (_PANE - width) / 2, y + (_PANE - height) / 2, width, height


def _placed(line: Line, frame: Frame) -> Line:
    x, y, width, height = frame
    return np.asarray(line * [width, height] + [x, y])


def _rimmed(page: Page, line: Line, colour: Rgb, width: float, dash: float = 0.0) -> None:
    page.line(line, BLACK, width * 2.2)
    page.line(line, colour, width, dash=dash)


def _scan_lines(page: Page, images: ReportImages, frame: Frame) -> None:
    for contour in images.contours:
        _rimmed(page, _placed(contour, frame), CONTOUR_COLOUR, 0.3)
    _rimmed(page, _placed(images.box, frame), BOX_COLOUR, 0.4, dash=1.2)
    for x, y in _placed(images.points, frame):
        page.disc(x, y, 1.05, BLACK)
        page.disc(x, y, 0.8, WHITE)


def _scan_key(page: Page, findings: Findings, images: ReportImages, x: float, y: float) -> None:
    page.line([(x, y + 1.6), (x + 6, y + 1.6)], BOX_COLOUR, 0.5, closed=False, dash=1.2)
    if not images.found:
        words = "Crop box: the whole image, as no head was found"
        if findings.crop_moved:
            words = "Crop box, moved by hand: no head was found"
        page.text(x + 8, y, _PANE - 8, words, 7.5, colour=MIST, lines=2)
        return
    names = ["Crop box, moved by hand" if findings.crop_moved else "Crop box"]
    page.line([(x, y + 5.6), (x + 6, y + 5.6)], CONTOUR_COLOUR, 0.5, closed=False)
    names.append("Contour of the head")
    if len(images.points):
        page.disc(x + 3, y + 9.6, 0.9, WHITE)
        names.append("Its four extreme points")
    for row, text in enumerate(names):
        page.text(x + 8, y + row * 4, _PANE - 8, text, 7.5, colour=MIST)


def _heat_key(page: Page, findings: Findings, images: ReportImages, x: float, y: float) -> None:
    style, width = findings.heat_style, _PANE
    words = "Legend: from nothing (left) to the strongest heat (right)"
    page.picture(np.repeat(legend(style), 8, axis=0), x, y + 0.3, width, 2.4, words)
    if style.opacity > 0:
        at = x + width * style.line_level
        page.line([(at, y + 0.3), (at, y + 2.7)], WHITE, 0.4, closed=False)
    for mark, align in (("0: nothing", "L"), ("1: strongest", "R")):
        page.text(x, y + 3.3, width, mark, 7, colour=MIST, align=align)
    page.text(x, y + 3.3, width, f"line: {style.line_name}", 7, colour=MIST, align="C")
    y = page.text(x, y + 7.2, width, f"Colours: {heat_words(style)}.", 7, colour=MIST, lines=2)
    text = (
        "Nothing in this scan speaks for this class: the heat map is empty."
        if images.empty
        else "Where the network found what speaks for this class; not an outline of a tumor."
    )
    page.text(x, y, width, text, 7.5, colour=MIST, lines=2)
