import csv
import io
from dataclasses import replace

import pytest

from brain_tumor import CLASSES
from brain_tumor.reporting.origin import SliceOrigin
from brain_tumor.reporting.table import COLUMNS, table_csv
from tests.reporting.known import AWKWARD_NAMES, DATE, findings, stability


def read(data: bytes) -> list[dict[str, str]]:
    text = data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_row_holds_what_the_findings_hold() -> None:
    one = findings(2, patient="A, B", note='He said "yes"\nand left')
    (row,) = read(table_csv([one], ["01.png"]))

    assert tuple(row) == COLUMNS
    assert (row["file_name"], row["patient"], row["overlay"]) == ("scan.png", "A, B", "01.png")
    assert row["note"] == 'He said "yes"\nand left'
    assert row["date"] == DATE.isoformat()
    assert (row["label"], float(row["confidence"])) == ("notumor", one.confidence)
    assert [float(row[name]) for name in CLASSES] == list(one.probabilities)
    assert (row["accepted"], row["review"]) == ("yes", "clear")
    assert (row["plane"], row["slice"], row["crop_moved"]) == ("", "", "no")
    assert (row["heat_label"], row["colour_map"]) == ("notumor", "inferno")
    crop = [int(row[f"crop_{edge}"]) for edge in ("x0", "y0", "x1", "y1")]
    assert crop == list(one.crop.as_tuple())
    assert row["weights"] == one.provenance.weights
    assert row["stability_copies"] == ""
    assert "not a medical device" in row["disclaimer"]


def test_stability_has_columns() -> None:
    (row,) = read(table_csv([findings(stability=stability(0.25, 0.75, 0.8))]))
    names = ("copies", "agreeing", "lowest", "highest")
    assert [row[f"stability_{name}"] for name in names] == ["3", "2", "0.25", "0.8"]
    assert row["stability"] == "wavering"


def test_the_class_of_a_refused_image_is_marked() -> None:
    one = replace(findings(), accepted=False, reasons=("No head.",))
    (row,) = read(table_csv([one]))

    assert row["accepted"] == "no: outside what the model knows"
    assert (row["review"], row["reasons"]) == ("refused", "No head.")


def test_the_slice_and_the_moved_crop_have_columns() -> None:
    (row,) = read(table_csv([findings(crop_moved=True, origin=SliceOrigin("axial", 78, 155))]))
    assert (row["plane"], row["slice"], row["slices"]) == ("axial", "78", "155")
    assert row["crop_moved"] == "yes"


def test_lines_end_as_rfc_4180_says_and_excel_sees_utf_8() -> None:
    data = table_csv([findings(), findings()])

    assert data.startswith(b"\xef\xbb\xbffile_name,")
    assert data.count(b"\r\n") == data.count(b"\n") == 3


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "＋1", "－1", "＠A"]
)
def test_no_cell_starts_a_formula(formula: str) -> None:
    one = findings(file_name=f"{formula}.png", patient=formula, note=formula)
    (row,) = read(table_csv([one], [formula]))

    for name in ("file_name", "patient", "note", "overlay"):
        assert row[name].startswith("'"), name
        assert row[name].rstrip(".png").endswith(formula.strip()[-1])


def test_a_formula_inside_a_cell_is_text_and_stays() -> None:
    (row,) = read(table_csv([findings(note="a=1")]))
    assert row["note"] == "a=1"


def test_any_name_can_be_written() -> None:
    rows = read(table_csv([findings(file_name=name) for name in AWKWARD_NAMES]))
    assert [row["file_name"] for row in rows][:2] == list(AWKWARD_NAMES[:2])
    assert len(rows) == len(AWKWARD_NAMES)


def test_no_findings_are_a_header() -> None:
    assert read(table_csv([])) == []
    assert table_csv([]).count(b"\r\n") == 1


def test_each_row_has_its_overlay() -> None:
    with pytest.raises(ValueError, match="argument 2 is"):
        table_csv([findings(), findings()], ["one.png"])
