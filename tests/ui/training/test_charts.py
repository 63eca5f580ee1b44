import math

import numpy as np

from brain_tumor.ui.training.charts import (
    POINTS,
    TRAINING,
    VALIDATION,
    Curve,
    curve_chart,
    points_of,
)

RECORDS = [
    {"kind": "step", "step": 1, "epoch": 0, "time": 1.0, "loss": 2.0},
    {"kind": "step", "step": 2, "epoch": 0, "time": 2.0, "loss": "NaN"},
    {"kind": "step", "step": 3, "epoch": 0, "time": 3.0, "loss": 1.0},
    {"kind": "epoch", "step": 3, "epoch": 1, "time": 4.0, "val_loss": 1.5},
]


def test_a_curve_holds_the_finite_values_of_its_metric() -> None:
    points = points_of(RECORDS, Curve("loss", TRAINING, scale=10))

    assert points["step"].tolist() == [1, 3]
    assert points["value"].tolist() == [20.0, 10.0]
    assert set(points["series"]) == {TRAINING}


def test_ten_thousand_points_become_few_and_keep_the_peak() -> None:
    losses = np.ones(10_000)
    losses[4321] = 50.0
    records = [
        {"kind": "step", "step": i, "epoch": 0, "time": float(i), "loss": float(loss)}
        for i, loss in enumerate(losses)
    ]
    points = points_of(records, Curve("loss", TRAINING))

    assert len(points) <= POINTS
    assert points["value"].max() == 50.0
    assert points["step"].iloc[0] == 0 and points["step"].iloc[-1] == 9_999


def test_a_noisy_curve_is_drawn_with_its_mean() -> None:
    records = [
        {"kind": "step", "step": i, "epoch": 0, "time": float(i), "loss": 1.0 + (-1) ** i}
        for i in range(1000)
    ]
    points = points_of(records, Curve("loss", TRAINING, scale=10))

    assert set(points["value"]) == {0.0, 20.0}
    assert points["mean"].iloc[-1] == 10.0


def test_training_and_validation_differ_by_more_than_colour() -> None:
    curves = [Curve("loss", TRAINING), Curve("val_loss", VALIDATION)]
    chart = curve_chart({TRAINING: RECORDS, VALIDATION: RECORDS}, curves, "loss")

    for layer in chart.spec["layer"]:
        encoding = layer["encoding"]
        assert encoding["color"]["field"] == encoding["strokeDash"]["field"] == "series"
    assert chart.spec["params"][0]["bind"] == "scales"  # zoom
    assert len(chart.points) == 3
    assert not any(math.isnan(value) for value in chart.points["value"].to_pylist())
