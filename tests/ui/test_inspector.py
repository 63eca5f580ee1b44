import base64

import numpy as np

from brain_tumor.ui.inspector import Values, value_figure


def figure(size: tuple[int, int] = (4, 2)) -> object:
    grey = np.arange(8, dtype=np.uint8).reshape(2, 4)
    heat = np.linspace(0, 1, 8, dtype=np.float32).reshape(2, 4)
    return value_figure(b"picture", "image/png", Values(grey, heat), size)


def test_tells_the_values_of_each_pixel() -> None:
    trace = figure().data[0]  # type: ignore[attr-defined]

    assert trace.z.tolist() == [[0, 14, 29, 43], [57, 71, 86, 100]]
    assert trace.customdata.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert trace.x.tolist() == [0, 1, 2, 3] and trace.y.tolist() == [0, 1]


def test_tells_places_in_the_scans_own_pixels() -> None:
    trace = figure((40, 20)).data[0]  # type: ignore[attr-defined]

    assert trace.x.tolist() == [4.5, 14.5, 24.5, 34.5]
    assert trace.y.tolist() == [4.5, 14.5]


def test_lies_over_the_picture() -> None:
    layout = figure((40, 20)).layout  # type: ignore[attr-defined]
    image = layout.images[0]

    assert image.source == "data:image/png;base64," + base64.b64encode(b"picture").decode()
    assert (image.x, image.y, image.sizex, image.sizey) == (-0.5, -0.5, 40, 20)
    assert tuple(layout.xaxis.range) == (-0.5, 39.5)
    assert tuple(layout.yaxis.range) == (19.5, -0.5)
