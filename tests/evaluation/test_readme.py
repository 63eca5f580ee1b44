from pathlib import Path

import pytest

from brain_tumor.errors import BrainTumorError
from brain_tumor.evaluation.readme import replace_between, update_between


def test_replaces_what_stands_between_and_nothing_else() -> None:
    text = "a\n<s>\nold\n<e>\nb <s> c\n"
    assert replace_between(text, "<s>", "<e>", "new") == "a\n<s>\n\nnew\n\n<e>\nb <s> c\n"


@pytest.mark.parametrize("text", ["", "<s>", "<e>", "<e> <s>"])
def test_refuses_a_text_without_its_markers(text: str) -> None:
    with pytest.raises(BrainTumorError, match="between <s> and <e>"):
        replace_between(text, "<s>", "<e>", "new")


def test_says_whether_the_file_changed(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("<s><e>")
    assert update_between(file, "<s>", "<e>", "new")
    assert not update_between(file, "<s>", "<e>", "new")
    assert file.read_text() == "<s>\n\nnew\n\n<e>"


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BrainTumorError, match="must be readable"):
        update_between(tmp_path / "none.md", "<s>", "<e>", "new")
