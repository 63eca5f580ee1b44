import json
from math import sqrt

import numpy as np
import pytest

from brain_tumor.evaluation.localisation import (
    Localisation,
    heat_inside,
    localisation_report,
    localise,
    peak,
    pointing_chance,
    pointing_hit,
    tolerance_at,
)


def spots(*places, shape=(8, 10), value=1.0):
    heat = np.zeros(shape)
    for place in places:
        heat[place] = value
    return heat


def outline(*places, shape=(8, 10)):
    return spots(*places, shape=shape).astype(bool)


MASK = outline((2, 3))


def test_peak_inside_is_a_hit_without_tolerance():
    assert pointing_hit(spots((2, 3)), MASK, 0) is True
    assert pointing_hit(spots((2, 4)), MASK, 0) is False


@pytest.mark.parametrize(
    ("place", "distance"),
    [((2, 4), 1), ((3, 4), sqrt(2)), ((4, 5), sqrt(8)), ((5, 7), 5), ((7, 3), 5)],
)
def test_tolerance_is_euclidean_and_includes_its_rim(place, distance):
    assert pointing_hit(spots(place), MASK, distance)
    assert not pointing_hit(spots(place), MASK, distance - 0.01)


def test_distance_is_to_the_nearest_pixel_of_the_outline():
    assert pointing_hit(spots((0, 9)), outline((7, 0), (1, 9)), 1)


def test_rows_and_columns_are_not_swapped():
    assert not pointing_hit(spots((3, 2)), MASK, 1)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_flat_map_points_nowhere(value):
    heat = np.full((8, 10), value)
    assert peak(heat) is None
    assert pointing_hit(heat, np.ones((8, 10), dtype=bool), 99) is False


def test_a_plateau_is_read_at_its_middle():
    assert peak(spots((4, 2), (4, 3), (4, 4))) == (4, 3)


def test_two_equal_peaks_give_the_first_in_reading_order():
    assert peak(spots((1, 8), (6, 1))) == (1, 8)
    assert peak(spots((5, 6), (5, 2))) == (5, 2)
    # The mean is (5/3, 7/3); the first two are both sqrt(26)/3 away, but for rounding.
    assert peak(spots((0, 2), (2, 4), (3, 1))) == (0, 2)


def test_more_pixels_of_a_tie_draw_the_peak_to_them():
    assert peak(spots((0, 0), (6, 5), (6, 6), (6, 7))) == (6, 5)


def test_a_plateau_uneven_in_its_last_digit_is_still_a_plateau():
    heat = spots((4, 2), (4, 3), (4, 4)).astype(np.float32)
    heat[4, 4] += np.finfo(np.float32).eps
    assert peak(heat) == (4, 3)


def test_a_peak_higher_by_a_thousandth_is_no_tie():
    heat = spots((0, 0), (6, 6))
    heat[6, 6] = 1.001
    assert peak(heat) == (6, 6)


def test_heat_inside_by_hand():
    heat = spots((2, 3), value=3.0) + spots((0, 0), value=1.0)
    assert heat_inside(heat, MASK) == 0.75
    assert heat_inside(spots((0, 0)), MASK) == 0
    assert heat_inside(spots((2, 3), value=1e-30), MASK) == 1
    assert heat_inside(np.ones((8, 10), np.float32), MASK) == pytest.approx(1 / 80)


def test_heat_inside_of_a_zero_map_is_zero():
    assert heat_inside(np.zeros((8, 10)), MASK) == 0.0


def test_chance_is_the_share_of_pixels_that_would_hit():
    assert pointing_chance(MASK, 0) == pytest.approx(1 / 80)
    assert pointing_chance(MASK, 1) == pytest.approx(5 / 80)
    assert pointing_chance(MASK, 1.5) == pytest.approx(9 / 80)
    assert pointing_chance(MASK, np.float64(sqrt(5))) == pytest.approx(21 / 80)
    assert pointing_chance(MASK, 99) == 1


def test_chance_equals_the_hits_of_every_single_pixel():
    mask = outline((2, 3), (2, 4), (6, 9))
    hits = [pointing_hit(spots((r, c)), mask, 2) for r in range(8) for c in range(10)]
    assert pointing_chance(mask, 2) == pytest.approx(sum(hits) / 80)


def test_inputs_are_left_alone():
    heat, mask = spots((2, 3)), MASK.copy()
    localise(heat, mask, 0)
    np.testing.assert_array_equal(heat, spots((2, 3)))
    np.testing.assert_array_equal(mask, MASK)


@pytest.mark.parametrize("measure", [heat_inside, lambda h, m: pointing_hit(h, m, 1)])
@pytest.mark.parametrize(
    ("heat", "mask", "message"),
    [
        (np.zeros((8, 9)), MASK, r"on the outline's pixels \(\(8, 10\)\)"),
        (np.zeros((8, 10, 1)), MASK, "heat map must be"),
        (np.full((8, 10), np.nan), MASK, "finite and 0 or more"),
        (np.full((8, 10), -1.0), MASK, "apply it first"),
        (np.ones((8, 10)), np.zeros((8, 10), bool), "at least one pixel set"),
        (np.ones((8, 10)), np.ones((8, 10), np.uint8), "bool array"),
        (np.ones((0, 0)), np.ones((0, 0), bool), "at least one pixel set"),
    ],
)
def test_maps_and_outlines_that_do_not_fit_are_refused(measure, heat, mask, message):
    with pytest.raises(ValueError, match=message):
        measure(heat, mask)


@pytest.mark.parametrize("tolerance", [-1.0, np.nan, np.inf])
def test_an_impossible_tolerance_is_refused(tolerance):
    with pytest.raises(ValueError, match="tolerance must be"):
        pointing_hit(spots((2, 3)), MASK, tolerance)


def test_tolerance_follows_the_size_of_the_image():
    assert tolerance_at(224, 224) == 7
    assert tolerance_at(448, 448) == 14
    assert tolerance_at(448, 112) == pytest.approx(7)
    assert tolerance_at(112, 112, 10) == 5
    with pytest.raises(ValueError, match="1x1"):
        tolerance_at(0, 224)


def test_localise_measures_one_image():
    # 32x32 of 224: the tolerance is 1 pixel.
    heat, mask = spots((5, 6), shape=(32, 32)), outline((5, 5), shape=(32, 32))
    assert localise(heat, mask, 3) == Localisation(3, True, 0.0, 5 / 1024, 1 / 1024)
    assert not localise(heat, mask, 3, tolerance_at_224=6.9).hit


def test_report_groups_by_class_and_leaves_absent_ones_out():
    results = [
        Localisation(0, True, 0.5, 0.1, 0.02),
        Localisation(0, False, 0.1, 0.3, 0.04),
        Localisation(3, True, 0.9, 0.2, 0.06),
    ]
    report = localisation_report(results)
    assert list(report.classes) == ["glioma", "pituitary"]
    glioma = report.classes["glioma"]
    assert (glioma.images, glioma.pointing.successes, glioma.pointing.n) == (2, 1, 2)
    assert glioma.pointing.low < 0.5 < glioma.pointing.high
    assert glioma.inside == pytest.approx(0.3) and glioma.chance_hit == pytest.approx(0.2)
    assert (report.overall.images, report.overall.pointing.value) == (3, pytest.approx(2 / 3))
    assert report.overall.inside == pytest.approx(0.5)
    assert report.overall.outline_share == pytest.approx(0.04)


def test_report_as_dict_survives_json():
    plain = localisation_report([Localisation(1, False, 0.0, 0.1, 0.02)]).to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["classes"]["meningioma"]["pointing"]["n"] == 1
    assert plain["tolerance_at_224"] == 7


def test_report_refuses_no_images_and_strange_labels():
    with pytest.raises(ValueError, match="at least one outlined image"):
        localisation_report([])
    with pytest.raises(ValueError, match=r"0 .. 3. Received: \[4\]"):
        localisation_report([Localisation(4, True, 1.0, 0.1, 0.1)])
