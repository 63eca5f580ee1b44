"""The findings of one scan on one A4 page."""

from typing import Final

from brain_tumor import CLASSES
from brain_tumor.reporting.findings import Findings
from brain_tumor.reporting.glyphs import MISSING
from brain_tumor.reporting.images import ReportImages
from brain_tumor.reporting.page import WIDTH, Page, Rgb
from brain_tumor.reporting.panel import draw_panel
from brain_tumor.reporting.sentences import slice_words, state_words
from brain_tumor.reporting.style import (
    AMBER,
    BAR,
    BLUE,
    CLEAR,
    GREY,
    INK,
    INNER,
    LEFT,
    PALE,
    REFUSED,
    REVIEW,
    TRACK,
)
from brain_tumor.verdict import Verdict
from brain_tumor.wording import CLASS_NAMES, OUTSIDE, meaning, percent, probability_name

TITLE: Final = "Brain MRI slice: what a network says of it"

_FOOT: Final = 267.0


def report_pdf(findings: Findings, images: ReportImages) -> bytes:
    """Return the report as a PDF of one page.

    Names and notes that are too long are cut and say so. The font, DejaVu Sans Condensed, covers
    Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian and Georgian script and the common symbols;
    every other character is shown as a box, which a line on the page explains. The same findings
    and images give the same bytes; the file's only date is that of the findings.
    """
    page = Page(TITLE, findings.disclaimer, findings.date)
    y = _head(page, findings)
    y = _answer(page, findings, y + 4)
    y = draw_panel(page, findings, images, y + 4)
    y = _sentences(page, findings, y + 4)
    _note(page, findings, y + 3)
    _foot(page, findings)
    return page.to_bytes()


def _head(page: Page, findings: Findings) -> float:
    page.box(0, 0, WIDTH, 2.2, fill=BLUE)
    page.text(LEFT, 10, INNER, TITLE, 17, bold=True, colour=INK)
    page.box(LEFT, 20.5, INNER, 8, fill=REVIEW[0])
    page.box(LEFT, 20.5, 1.2, 8, fill=AMBER)
    page.text(LEFT + 4, 22.55, INNER - 8, findings.disclaimer, 9, bold=True, colour=REVIEW[1])
    facts = (
        ("File" if findings.origin is None else "File or series", findings.file_name, 62.0),
        ("Patient label", findings.patient or "none given", 38.0),
        ("Answer given", _date(findings), 46.0),
        ("Image", _image(findings), 34.0),
    )
    x, bottom = LEFT, 0.0
    for name, value, width in facts:
        page.text(x, 32.5, width - 4, name, 7.5, colour=GREY)
        shown = page.text(
            x, 36.2, width - 3, value, 9, colour=INK, lines=2, align="L", keep_end=True
        )
        bottom = max(bottom, shown)
        x += width
    return bottom


def _image(findings: Findings) -> str:
    size = f"{findings.image_width} × {findings.image_height} px"
    return size if findings.origin is None else f"{size}\n{slice_words(findings.origin)}"


def _date(findings: Findings) -> str:
    offset = findings.date.strftime("%z")
    return f"{findings.date:%Y-%m-%d %H:%M} UTC{offset[:3]}:{offset[3:5]}"


_STATE_COLOURS: Final[dict[Verdict, tuple[Rgb, Rgb]]] = {
    Verdict.REFUSED: REFUSED,
    Verdict.UNSURE: REVIEW,
    Verdict.CLEAR: CLEAR,
}


def _answer(page: Page, findings: Findings, top: float) -> float:
    """The predicted class and the review state on the left, the probabilities on the right."""
    x, width, inside = LEFT + 5, 82.0, 5.0
    said = "Predicted class" if findings.accepted else "What the network says all the same"
    words, (fill, ink) = state_words(findings), _STATE_COLOURS[findings.verdict]
    name_ink = INK if findings.accepted else GREY
    reasons = " ".join(findings.reasons)
    reason_lines = min(page.lines_of(reasons, width, 8, limit=4), 4) if reasons else 0
    height = inside * 2 + 25.6 + (reason_lines * 3.75 + 1.3 if reasons else 0)
    page.box(LEFT, top, INNER, height, line=PALE, radius=2.5)
    y = top + inside
    y = page.text(x, y, width, said, 8, colour=GREY)
    y = page.text(
        x, y, width, CLASS_NAMES[findings.label], 20, bold=True, colour=name_ink, leading=1.2
    )
    share = percent(findings.confidence)
    page.text(x, y + 0.3, width, share, 12, bold=True, colour=name_ink)
    after = page.width_of(share, 12, bold=True) + 2
    name = probability_name(findings.provenance.temperature) if findings.accepted else "raw score"
    y = page.text(x + after, y + 1.15, width - after, name, 9, colour=GREY) + 2.8
    pill = page.width_of(words, 8.5, bold=True) + 7
    page.box(x, y, pill, 6, fill=fill, radius=1.2)
    page.text(x, y + 1.1, pill, words, 8.5, bold=True, colour=ink, align="C")
    if reasons:
        page.text(x, y + 7.3, width, reasons, 8, colour=INK, lines=4)
    _bars(page, findings, LEFT + 95, top + inside, INNER - 100, height - 2 * inside)
    return top + height


def _bars_title(findings: Findings) -> str:
    return "Probability of each class" if findings.accepted else f"Raw scores, {OUTSIDE}"


def _bars(
    page: Page, findings: Findings, x: float, top: float, width: float, height: float
) -> None:
    page.text(x, top, width, _bars_title(findings), 8, colour=GREY)
    names, number, bar = 27.0, 12.0, 3.4
    full = width - names - number
    first = top + 6.2
    step = min((height - 6.2) / len(CLASSES), 6.2)
    for row, (label, probability) in enumerate(zip(CLASSES, findings.probabilities, strict=True)):
        y = first + row * step
        chosen = label == findings.label
        ink = INK if chosen else GREY
        page.text(x, y, names, CLASS_NAMES[label], 9, bold=chosen, colour=ink)
        page.box(x + names, y + 0.4, full, bar, fill=TRACK)
        if probability * full >= 0.05:
            colour = BLUE if chosen and findings.accepted else BAR
            page.box(x + names, y + 0.4, full * probability, bar, fill=colour)
        share = percent(probability)
        page.text(x + width - number, y, number, share, 9, bold=chosen, colour=ink, align="R")


def _sentences(page: Page, findings: Findings, top: float) -> float:
    text = (
        meaning(findings.confidence, findings.provenance.temperature)
        if findings.accepted
        else "Nothing: this image is not taken for one that the model can know. The network gives "
        "one of its four classes to anything, a photograph as well, and often with a high number."
    )
    y = _section(page, "What it means", text, top, 3)
    if findings.stability is not None:
        y = _section(page, "Stability", findings.stability.sentence, y + 2.2, 4)
    return y


def _section(page: Page, title: str, text: str, top: float, lines: int) -> float:
    page.text(LEFT, top, 34, title, 8.5, bold=True, colour=INK)
    return page.text(LEFT + 36, top, INNER - 36, text, 8.5, colour=INK, lines=lines)


def _note(page: Page, findings: Findings, top: float) -> None:
    """The user's note in what is left of the page."""
    page.text(LEFT, top, 34, "Note", 8.5, bold=True, colour=INK)
    width, size, line = INNER - 36, 8.5, 8.5 * 1.32 * 25.4 / 72
    if not findings.note:
        page.text(LEFT + 36, top, width, "none given", size, colour=GREY)
        return
    room = int((_FOOT - 6 - top) / line)
    if page.lines_of(findings.note, width, size, limit=room) <= room:
        page.text(LEFT + 36, top, width, findings.note, size, colour=INK, lines=room)
        return
    y = page.text(LEFT + 36, top, width, findings.note, size, colour=INK, lines=room - 1)
    words = f"Cut to fit: the whole note, {len(findings.note):,} characters, is in the JSON file."
    page.text(LEFT + 36, y, width, words, 7.5, colour=GREY)


def _foot(page: Page, findings: Findings) -> None:
    source = findings.provenance
    columns = (
        (
            ("Software", f"brain-tumor-mri {source.software}"),
            ("Preprocessing", f"version {source.preprocessing}"),
            ("Temperature", f"{source.temperature:.4g}"),
            ("Review below", percent(findings.review_threshold)),
        ),
        (
            ("Weights (SHA-256)", source.weights),
            ("Training data (hash)", source.data),
            ("Image file (SHA-256)", findings.image_hash or "not recorded"),
        ),
    )
    page.rule(LEFT, _FOOT, INNER, PALE)
    for x, names, width, rows in ((LEFT, 20, 55, columns[0]), (LEFT + 58, 27, 122, columns[1])):
        y = _FOOT + 2.6
        for name, value in rows:
            page.text(x, y, names, name, 6.8, colour=GREY)
            y = page.text(x + names, y, width - names, value, 6.8, colour=INK, align="L")
    if page.replaced:
        words = f"{MISSING} stands for what this page's font cannot show; the JSON file holds it."
        page.text(LEFT + 58, _FOOT + 12.6, 122, words, 6.8, colour=GREY)
