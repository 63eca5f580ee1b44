"""A volume: its planes and slices, the scan of the whole series, and where that points."""

import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.intake.study import Study, objections_of
from brain_tumor.intake.volume import Plane, Volume, usable_planes
from brain_tumor.pipeline import Classifier
from brain_tumor.series_scan import CAUTION, RULE, SeriesScan, SeriesSummary, SliceRun, summarise
from brain_tumor.ui import figures, progress, state
from brain_tumor.ui.case import Case, Place, middle_of
from brain_tumor.ui.progress import Job, Pending
from brain_tumor.ui.series_figure import series_chart
from brain_tumor.wording import CLASS_NAMES, percent

PLANE_KEY = "plane"
_MOST_RUNS = 6
_NAMES: dict[Plane, str] = {
    "axial": "Axial",
    "coronal": "Coronal",
    "sagittal": "Sagittal",
    "acquired": "As acquired",
}


def show(case: Case, classifier: Classifier | None) -> Pending | None:
    """Draw the card of an open volume.

    Returns:
        What goes on with its scan, to be called at the end of the page.
    """
    volume, place = case.study.content, case.place
    if not isinstance(volume, Volume) or place is None:
        return None
    with st.container(border=True, key="series"):
        _navigation(volume, place)
        return None if classifier is None else _series(case.study, volume, place, classifier)


# Slices and planes


def _navigation(volume: Volume, place: Place) -> None:
    planes = usable_planes(volume)
    choice, slider = st.columns([2, 3], gap="medium", vertical_alignment="center")
    with choice:
        if len(planes) > 1:
            st.session_state[PLANE_KEY] = place.plane
            st.segmented_control(
                "Plane",
                planes,
                format_func=lambda plane: _NAMES[plane],
                key=PLANE_KEY,
                required=True,
                on_change=_change_plane,
                args=(volume,),
            )
        elif volume.orientation is None:
            st.caption("The files do not say how the slices lie in the head.")
        else:
            st.caption(f"{_NAMES[place.plane]} slices: across them the volume is too thin to read.")
    if place.count > 1:
        with slider:
            # Set and not given as a default: a click in the chart moves the slider too.
            st.session_state[_slider_key(place)] = place.index + 1
            st.slider(
                f"Slice, of {place.count}",
                1,
                place.count,
                key=_slider_key(place),
                on_change=_slide,
                args=(place,),
            )


def _slider_key(place: Place) -> str:
    return f"slice-{place.plane}"


def _slide(place: Place) -> None:
    _go_to(place, int(st.session_state[_slider_key(place)]) - 1)


def _go_to(place: Place, index: int) -> None:
    state.go_to(Place(place.plane, index, place.count))


def _change_plane(volume: Volume) -> None:
    plane: Plane = st.session_state[PLANE_KEY]
    state.go_to(state.last_place(plane) or middle_of(volume, plane))


# The whole series


def _series(study: Study, volume: Volume, place: Place, classifier: Classifier) -> Pending | None:
    weights = classifier.info.weights_hash
    job = state.series_job(place.plane, weights)
    if job is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Scan the whole series",
                icon=":material/stacks:",
                type="primary",
                on_click=_start,
                args=(SeriesScan(volume, place.plane, objections_of(study)), weights),
                key="scan-series",
            )
            st.caption(f"Puts all {place.count} slices of this plane through the network.")
        return None
    pending = progress.show(job, classifier, "series")
    if not job.running or job.work.finished:
        _results(job.work, place)
    return pending


def _start(scan: SeriesScan, weights: str) -> None:
    state.start_series(Job(scan, "slices"), scan.plane, weights)


def _results(scan: SeriesScan, place: Place) -> None:
    if not scan.results:
        return
    summary = summarise(scan.results)
    st.markdown(f"**{summary.sentence}**")
    _findings(summary, place)
    st.plotly_chart(
        series_chart(scan.results, summary.runs, place.index, dark=st.context.theme.type == "dark"),
        config=figures.CHART_CONFIG,
        width="stretch",
        key=f"series-chart-{place.plane}",
        on_select=lambda: _click(place),
        selection_mode="points",
        alt=f"Tumor probability of each slice. {summary.sentence}",
    )
    st.caption(f"Click a point to open its slice. {CAUTION}")
    with st.expander("All slices as a table, and the rule", icon=":material/table_rows:"):
        st.caption(RULE)
        _table(scan)


def _findings(summary: SeriesSummary, place: Place) -> None:
    if not summary.runs:
        return
    with st.container(horizontal=True, key="series-findings"):
        for number, run in enumerate(summary.runs[:_MOST_RUNS]):
            st.button(
                f"Slices {run.first + 1} to {run.last + 1}, peak {run.peak + 1}",
                icon=":material/my_location:",
                key=f"finding-{number}",
                on_click=_go_to,
                args=(place, run.peak),
                help=_described(run),
            )


def _described(run: SliceRun) -> str:
    return (
        f"Opens the peak, slice {run.peak + 1}: tumor probability "
        f"{percent(run.peak_probability)}, likeliest {CLASS_NAMES[run.label].lower()}"
    )


def _click(place: Place) -> None:
    chosen = st.session_state[f"series-chart-{place.plane}"].selection.points
    numbers = [point["customdata"] for point in chosen if "customdata" in point]
    if numbers:
        number = numbers[0][0] if isinstance(numbers[0], list) else numbers[0]
        _go_to(place, int(number) - 1)


def _table(scan: SeriesScan) -> None:
    st.dataframe(
        {
            "Slice": [one.index + 1 for one in scan.results],
            "Tumor probability": [one.tumor_probability for one in scan.results],
            **{
                CLASS_NAMES[label]: [one.probabilities[i] for one in scan.results]
                for i, label in enumerate(CLASSES)
            },
            "Accepted": ["yes" if one.accepted else "no" for one in scan.results],
            "Why not": [" ".join(one.reasons) for one in scan.results],
        },
        column_config={
            name: st.column_config.NumberColumn(format="percent")
            for name in ("Tumor probability", *CLASS_NAMES.values())
        },
        hide_index=True,
        height=300,
    )
