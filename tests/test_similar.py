from pathlib import Path

import numpy as np
import pytest

from brain_tumor.similar import SimilarCases, open_similar_cases, reduce
from tests.fakes import fake_classifier

MEAN = np.array([1.0, 1.0, 0.0], np.float32)
COMPONENTS = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], np.float32)
POINTS = np.array([[3, 1, 9], [1, 5, 9], [3, 3, 9], [-1, 1, 9]], np.float32)


@pytest.fixture
def cases(tmp_path: Path) -> SimilarCases:
    path = tmp_path / "thumbnails.bin"
    path.write_bytes(b"abbccc")
    return SimilarCases(
        mean=MEAN,
        components=COMPONENTS,
        codes=reduce(POINTS, MEAN, COMPONENTS),
        labels=np.array([0, 1, 2, 3]),
        names=("w", "x", "y", "z"),
        starts=np.array([0, 1, 3, 6, 6]),
        thumbnails=path,
    )


def test_the_nearest_come_first_with_their_cosine_and_thumbnail(cases: SimilarCases) -> None:
    found = cases.nearest(np.array([11.0, 1.0, 0.0], np.float32), count=3)
    assert [one.name for one in found] == ["w", "y", "x"]
    assert [one.label for one in found] == ["glioma", "notumor", "meningioma"]
    assert [one.thumbnail for one in found] == [b"a", b"ccc", b"bb"]
    assert [one.similarity for one in found] == pytest.approx([1, np.sqrt(0.5), 0], abs=1e-6)


def test_more_than_there_are_gives_all(cases: SimilarCases) -> None:
    assert len(cases) == 4
    assert len(cases.nearest(MEAN, count=9)) == 4


def test_the_mean_itself_is_like_nothing(cases: SimilarCases) -> None:
    assert {one.similarity for one in cases.nearest(MEAN)} == {0.0}


def test_an_index_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a code, a label, a name and a thumbnail"):
        SimilarCases(
            MEAN,
            COMPONENTS,
            np.zeros((2, 2), np.float32),
            np.zeros(2),
            ("w",),
            np.zeros(3),
            tmp_path,
        )


def test_without_a_file_there_is_no_index(tmp_path: Path) -> None:
    assert open_similar_cases(fake_classifier(tmp_path).bundle) is None
