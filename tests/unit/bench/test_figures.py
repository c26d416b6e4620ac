"""What the measurements make of what they measured."""

import json

import pytest

from bench.figures import Figure, at_least, at_most, number, ratios
from bench.growth import exponent
from bench.report import as_json, markdown


def test_exponent_of_a_straight_line_is_one_and_of_a_square_two() -> None:
    assert exponent({10: 3.0, 100: 30.0, 1000: 300.0}) == pytest.approx(1)
    assert exponent({10: 1.0, 100: 100.0, 1000: 10_000.0}) == pytest.approx(2)


def test_a_figure_is_the_median_of_its_runs() -> None:
    figure = Figure(section="s", name="n", unit="s", values=(1.0, 9.0, 2.0), target=at_most(2))
    assert (figure.value, figure.is_reached) == (2.0, True)


def test_a_target_may_be_a_least() -> None:
    assert not Figure(section="s", name="n", unit="", values=(0.4,), target=at_least(0.5)).is_reached


def test_runs_are_compared_with_the_runs_beside_them() -> None:
    assert ratios((2.0, 9.0), (1.0, 3.0)) == (2.0, 3.0)


def test_numbers_have_three_figures() -> None:
    assert [number(each) for each in (0, 0.01234, 1.005, 12345.6)] == ["0", "0.0123", "1", "12,346"]


def test_a_report_names_what_was_missed_and_what_failed() -> None:
    figures = [Figure(section="s", name="n", unit="×", values=(1.0, 3.0, 2.0), target=at_most(1))]
    text = markdown({"cores": "2"}, figures, ["memory: it broke"])
    assert "| n | 2 × | 1 to 3 (3) | ≤ 1 | **no** |" in text
    assert "Failed to run: memory: it broke" in text
    assert json.loads(as_json({}, figures, []))["figures"][0]["reached"] is False
