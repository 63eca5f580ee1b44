"""Files that were not read: in full where they matter, never a wall of red."""

from collections.abc import Sequence

from streamlit.testing.v1 import AppTest

from brain_tumor.intake.study import Problem

NOTE = Problem("README.txt", "IncidentalFileError", "This is a note. Nothing is needed.", "CD")


def failed(name: str, message: str = "This file is damaged. Copy it again.") -> Problem:
    return Problem(name, "DecodeError", message)


def shown(problems: Sequence[Problem], read: int, kept: bool = False) -> AppTest:
    def page(problems, read, kept):  # run as a script of its own, without these imports
        from brain_tumor.ui import unread

        unread.show(problems, read, kept)

    arguments = {"problems": problems, "read": read, "kept": kept}
    app = AppTest.from_function(page, kwargs=arguments).run()
    assert not app.exception
    return app


def folds(app: AppTest) -> list[str]:
    return [one.label for one in app.expander]


def test_a_single_failure_is_told_in_full() -> None:
    app = shown([failed("a.png")], read=1)
    assert "This file is damaged" in app.error[0].value and not app.expander
    assert [one.value for one in app.text] == ["a.png"]


def test_what_stays_open_is_said() -> None:
    assert "still shown" in shown([failed("a.png")], read=0, kept=True).error[0].value
    assert "still shown" not in shown([failed("a.png")], read=0).error[0].value


def test_notes_beside_a_scan_are_folded_and_without_a_scan_they_are_failures() -> None:
    beside = shown([NOTE], read=1)
    assert folds(beside) == ["1 file was passed over"] and not beside.error
    assert [one.value for one in beside.text] == ["CD/README.txt"]
    assert shown([NOTE], read=0).error


def test_failures_and_notes_are_told_apart() -> None:
    app = shown([failed("a"), failed("b"), NOTE, NOTE], read=1)
    assert folds(app) == ["2 files were not read", "2 other files were passed over"]


def test_where_a_table_lists_the_scans_a_failure_is_folded() -> None:
    app = shown([failed("a.png")], read=2)
    assert folds(app) == ["1 file was not read"] and not app.error


def test_where_nothing_was_read_three_are_told_in_full() -> None:
    app = shown([failed(f"{i}.png") for i in range(5)], read=0)
    assert len(app.error) == 3 and folds(app) == ["2 more were not read"]


def test_one_reason_is_given_once_and_long_lists_are_cut() -> None:
    app = shown([*(failed(f"{i}.png") for i in range(30)), failed("x", "Too large. Cut it.")], 9)
    assert len(app.caption) == 2
    lines = app.text[0].value.split("\n")
    assert (len(lines), lines[-1]) == (21, "and 10 more")


def test_names_are_no_markup() -> None:
    app = shown([failed("<b>**x**.png")], read=1)
    assert app.text[0].value == "<b>**x**.png"
