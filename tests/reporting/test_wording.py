"""The reports say what the page says; the page writes Markdown."""

import pytest

from brain_tumor.model.bundle import BundleInfo
from brain_tumor.reporting import wording
from brain_tumor.ui import words
from tests.fakes import fake_classifier


@pytest.fixture
def info() -> BundleInfo:
    return fake_classifier().info


def test_names_and_disclaimer_are_those_of_the_page() -> None:
    assert wording.CLASS_NAMES == words.CLASS_NAMES
    assert words.DISCLAIMER.replace("**", "") == wording.DISCLAIMER


@pytest.mark.parametrize("value", [0.0, 0.0099, 0.01, 0.5, 0.934, 0.99, 0.995, 1.0])
def test_numbers_are_those_of_the_page(value: float, info: BundleInfo) -> None:
    assert wording.percent(value) == words.percent(value)
    assert wording.meaning(value, info.temperature) == words.meaning(info, value)
    assert wording.probability_name(info.temperature) == words.probability_name(info)


def test_no_network_is_sure() -> None:
    assert wording.percent(1.0) == "> 99 %"
    assert wording.percent(0.0) == "< 1 %"


def test_a_temperature_of_one_is_none() -> None:
    assert "have not been calibrated" in wording.meaning(0.9, 1.0)
    assert "90 % is calibrated" in wording.meaning(0.9, 1.5)
