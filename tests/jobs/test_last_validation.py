import json
from pathlib import Path

import pytest

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.last_validation import last_validation

WORST = {
    "name": "Training/glioma/x.jpg",
    "label": "glioma",
    "predicted": "notumor",
    "probability": 0.9,
    "picture": "mistakes/epoch-1-1.png",
}


def write(folder: Path, **changes: object) -> None:
    record = {"epoch": 1, "confusion": [[1, 2, 3, 4]] * 4, "worst": [WORST], **changes}
    (folder / layout.VALIDATION).write_text(json.dumps(record))


def test_there_is_none_before_the_first(tmp_path: Path) -> None:
    assert last_validation(tmp_path) is None


def test_holds_the_matrix_and_the_pictures(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / layout.MISTAKES).mkdir()
    (tmp_path / layout.MISTAKES / "epoch-1-1.png").write_bytes(b"png")
    found = last_validation(tmp_path)

    assert found is not None
    assert found.epoch == 1 and found.confusion[0] == (1, 2, 3, 4)
    assert found.worst[0].picture == b"png"
    assert (found.worst[0].label, found.worst[0].predicted) == ("glioma", "notumor")


def test_a_picture_that_is_gone_is_none_and_no_path_leads_out(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    write(tmp_path, worst=[{**WORST, "picture": "../secret.png"}])
    found = last_validation(tmp_path)

    assert found is not None and found.worst[0].picture is None


@pytest.mark.parametrize(
    "changes",
    [{"confusion": [[1, 2]]}, {"epoch": None}, {"worst": [{"name": "x"}]}, {"confusion": None}],
)
def test_a_damaged_record_is_a_named_error(tmp_path: Path, changes: dict[str, object]) -> None:
    write(tmp_path, **changes)
    with pytest.raises(RunFolderError, match="must hold a validation"):
        last_validation(tmp_path)
