import json
from pathlib import Path

import pytest

from brain_tumor.errors import WeightsError
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.companion import (
    Companion,
    CompanionKind,
    open_companion,
    write_companion,
)
from tests.fakes import fake_classifier

KIND = CompanionKind("box of facts", "facts.json", 3, "python -m brain_tumor facts")


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return fake_classifier(tmp_path).bundle


def write(bundle: Bundle) -> Path:
    hashes = bundle.info.weights_hash
    return write_companion(bundle.folder, KIND, hashes, {"facts.bin": b"abc"}, {"answer": 42})


def edit(path: Path, **changes: object) -> None:
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | changes))


def test_what_was_written_is_read(bundle: Bundle) -> None:
    write(bundle)
    found = open_companion(bundle, KIND)
    assert isinstance(found, Companion)
    assert found.record["answer"] == 42
    assert found.file("facts.bin").read_bytes() == b"abc"


def test_none_is_said_with_the_command_that_makes_it(bundle: Bundle) -> None:
    said = open_companion(bundle, KIND)
    assert isinstance(said, str)
    assert "There is no box of facts" in said
    assert KIND.command in said


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"weights_hash": "f" * 64}, "other weights"),
        ({"preprocess_version": "0"}, "other preprocessing"),
        ({"format": 2}, "other format"),
    ],
)
def test_one_made_for_something_else_is_left_aside(
    bundle: Bundle, changes: dict[str, object], what: str
) -> None:
    edit(write(bundle), **changes)
    said = open_companion(bundle, KIND)
    assert isinstance(said, str)
    assert what in said


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"format": 3}', b"\xff\xfe"])
def test_a_damaged_record_is_refused(bundle: Bundle, content: bytes) -> None:
    write(bundle).write_bytes(content)
    with pytest.raises(WeightsError, match="record is damaged"):
        open_companion(bundle, KIND)


@pytest.mark.parametrize("content", [None, b"abd"])
def test_a_missing_or_changed_file_is_refused(bundle: Bundle, content: bytes | None) -> None:
    path = write(bundle).parent / "facts.bin"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"Missing or changed: facts\.bin"):
        open_companion(bundle, KIND)


def test_a_file_outside_the_folder_is_refused(bundle: Bundle) -> None:
    edit(write(bundle), hashes={"../facts.bin": "0" * 64})
    with pytest.raises(WeightsError, match="Missing or changed"):
        open_companion(bundle, KIND)
