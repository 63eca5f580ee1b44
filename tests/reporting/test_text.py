import pytest

from brain_tumor.reporting.text import clean, one_line, plain_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("scan.png", "scan.png"),
        ("/home/someone/scan.png", "scan.png"),
        (r"C:\Users\someone\scan.png", "scan.png"),
        ("folder/", "folder"),
        ("", "unnamed"),
        ("\x00\n", "unnamed"),
        ("a\tb\nc.png", "a b c.png"),
        ("脑部.png", "脑部.png"),
    ],
)
def test_a_name_is_the_last_part_of_its_path_on_one_line(given: str, kept: str) -> None:
    assert plain_name(given) == kept


def test_line_ends_of_every_kind_become_line_feeds() -> None:
    assert clean("a\r\nb\rc\u2028d\x0be") == "a\nb\nc\nd\ne"


def test_what_turns_text_round_is_replaced_visibly() -> None:
    assert clean("a\u202egnp.exe\u2066") == "a\ufffdgnp.exe\ufffd"


def test_half_a_character_can_be_encoded_afterwards() -> None:
    assert clean("\ud83d.png").encode() == "\ufffd.png".encode()


def test_controls_go_and_markup_stays() -> None:
    assert clean("\x1b[31m<b>**x**</b>\x00\ufeff") == "[31m<b>**x**</b>"


def test_letters_are_composed() -> None:
    assert clean("e\u0301") == "é"


def test_one_line_has_no_line_ends() -> None:
    assert one_line(" a \n\n b ") == "a b"
