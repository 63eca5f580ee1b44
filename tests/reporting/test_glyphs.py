import pytest

from brain_tumor.reporting.glyphs import MISSING, anchored, is_right_to_left, printable


def test_printable_keeps_lines_and_drops_what_is_invisible() -> None:
    assert printable("a\nb\ufe0f\u200dc", {ord(char) for char in "abc"}) == "a\nbc"
    assert printable("ab", {ord("a")}) == f"a{MISSING}"


def test_marks_that_pile_up_are_thinned_visibly() -> None:
    known = {ord(char) for char in "ab\u0301"}
    assert printable("a" + "\u0301" * 8 + "b", known) == "a" + "\u0301" * 8 + "b"
    assert printable("a" + "\u0301" * 9000 + "b", known) == "a" + "\u0301" * 8 + MISSING + "b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scan", False),
        ("12 scan صورة", False),
        ("12 صورة scan", True),
        ("שלום", True),
        ("12", False),
    ],
)
def test_the_first_letter_decides_on_the_direction(text: str, expected: bool) -> None:
    assert is_right_to_left(text) is expected


def test_ordinary_text_needs_no_marks() -> None:
    text = "Compare with FLAIR, 3 mm: no change.\n" * 40 + "صورة الدماغ " * 40
    assert anchored(text) == text


@pytest.mark.parametrize(("start", "mark"), [("a", "\u200e"), ("ص", "\u200f"), ("", "\u200e")])
def test_long_runs_without_direction_are_marked(start: str, mark: str) -> None:
    text = start + "." * 1000
    marked = anchored(text)

    assert marked.replace(mark, "") == text
    assert max(len(run) for run in marked.split(mark)) <= 17
