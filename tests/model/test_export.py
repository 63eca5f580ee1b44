from typing import Any

import numpy as np
import pytest

ov = pytest.importorskip("openvino")
pytest.importorskip("nncf")

from brain_tumor.model.export import convolution_names, quantise  # noqa: E402


def chain(length: int) -> Any:
    """A network of ``length`` 1x1 convolutions on 3 channels, channels first as IRs have them."""
    from openvino import opset13 as ops

    data = ops.parameter([-1, 8, 8, 3], np.float32)
    value = ops.transpose(data, np.array([0, 3, 1, 2]))
    rng = np.random.default_rng(0)
    for _ in range(length):
        kernel = rng.normal(size=(3, 3, 1, 1)).astype(np.float32)
        value = ops.relu(ops.convolution(value, kernel, [1, 1], [0, 0], [0, 0], [1, 1]))
    return ov.Model([value], [data])


def int8_convolutions(model: Any) -> list[bool]:
    """Whether each convolution, in order, reads quantised weights."""
    kinds = []
    for op in model.get_ordered_ops():
        if op.get_type_name() == "Convolution":
            source, seen = op.input_value(1).get_node(), []
            while source.get_input_size():
                seen.append(source)
                source = source.input_value(0).get_node()
            kinds.append(source.get_element_type() == ov.Type.i8)
    return kinds


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(0, 0, [True] * 4), (1, 0, [False, True, True, True]), (1, 2, [False, True, False, False])],
)
def test_what_is_kept_stays_float(first: int, last: int, expected: list[bool]) -> None:
    squares = np.random.default_rng(0).integers(0, 255, (4, 8, 8), dtype=np.uint8)
    quantised = quantise(chain(4), squares, first, last)
    assert int8_convolutions(quantised) == expected


def test_convolutions_are_named_from_the_input_on() -> None:
    model = chain(3)
    names = convolution_names(model)
    assert len(set(names)) == 3
    order = [op.get_friendly_name() for op in model.get_ordered_ops()]
    assert [order.index(name) for name in names] == sorted(order.index(name) for name in names)
