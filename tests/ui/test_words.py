from brain_tumor.ui.words import DISCLAIMER_MARKDOWN, bullets, plain
from brain_tumor.wording import DISCLAIMER


def test_the_disclaimer_stresses_what_this_is_not() -> None:
    assert "**not a medical device**" in DISCLAIMER_MARKDOWN
    assert DISCLAIMER_MARKDOWN.replace("**", "") == DISCLAIMER


def test_plain_puts_a_backslash_before_all_punctuation_and_nothing_else() -> None:
    assert plain("a *b* :red[c] $x$ <b>\n# d é 9") == (r"a \*b\* \:red\[c\] \$x\$ \<b\> \# d é 9")


def test_bullets_are_a_list_only_for_several() -> None:
    assert bullets(["One."]) == r"One\."
    assert bullets(["One.", "Two."]) == "- One\\.\n- Two\\."
