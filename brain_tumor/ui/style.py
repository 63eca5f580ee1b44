"""The little that Streamlit's themes cannot say: a viewer that is dark in the light theme too."""

from typing import Final

import streamlit as st

CSS: Final = """
.stMainBlockContainer { max-width: 1480px; }
.stMarkdown p { text-wrap: pretty; }
:is([data-testid="stTopNavLink"], .stMain):focus-visible {
  outline: 2px solid currentColor; outline-offset: -2px;
}

/* Cards stand out from the page in both themes, also when the system changes its theme. */
:is(.st-key-verdict, .st-key-open-file, .st-key-series) {
  background: light-dark(#ffffff, #171c24);
}
.st-key-open-file { gap: .25rem; }
.st-key-open-file > :last-child { margin-top: .6rem; }
[data-testid="stProgressBarTrack"] {  /* which would be as white as the card */
  background: color-mix(in srgb, currentColor 14%, transparent);
}
.st-key-badges { row-gap: .35rem; }
/* Charts are drawn on the server for the theme of that moment; their words follow the page's. */
.stPlotlyChart .main-svg :is(.cartesianlayer, .infolayer) text { fill: currentColor !important; }

.st-key-disclaimer {
  border-left: 4px solid #e69f00; border-radius: 6px; padding: .55rem .9rem;
  background: color-mix(in srgb, #e69f00 11%, transparent);
}

/* The rail beside the answer while there is room for both; else the answer before the samples. */
.st-key-layout {
  display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 10fr);
  grid-template-rows: auto 1fr; gap: 1rem 1.75rem;
}
.st-key-layout > * { width: auto !important; min-width: 0; }
.st-key-layout > :has(> .st-key-main) { grid-column: 2; grid-row: 1 / span 2; }
.st-key-layout > :has(> .st-key-rail-more) { grid-column: 1; grid-row: 2; }
@media (max-width: 1050px) {
  .st-key-layout { grid-template-columns: minmax(0, 1fr); grid-template-rows: none; }
  .st-key-layout > :has(> .st-key-main), .st-key-layout > :has(> .st-key-rail-more) {
    grid-column: 1; grid-row: auto;
  }
}
.st-key-rail-more { container-type: inline-size; }

.st-key-samples {
  display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .75rem;
}
.st-key-samples > div { width: auto !important; min-width: 0; }
.st-key-samples img { border-radius: 8px; background: #0a0c0f; aspect-ratio: 1; object-fit: cover; }
.st-key-samples [data-testid="stElementToolbar"] { display: none; }
.st-key-samples button { padding-inline: .25rem; }

.st-key-similar {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(110px, 150px)); gap: 1rem;
}
.st-key-similar > div { width: auto !important; min-width: 0; }
.st-key-similar img { border-radius: 8px; background: #0a0c0f; }

.st-key-viewer {
  background: #0f1318; border: 1px solid #262e38; border-radius: 14px;
  padding: 1rem 1rem 1.1rem;
}
.st-key-viewer img { border-radius: 8px; }
.st-key-viewer img[alt^="Legend"] { height: .8rem; object-fit: fill; }
.st-key-viewer .modebar-btn path { fill: #dbe3ec !important; }
.st-key-values { height: min(620px, 92vw); }
[class*="st-key-crop-drawn"] { height: min(440px, 92vw); }
.st-key-large { max-width: 760px; margin-inline: auto; }
.bt-pane-title { color: #f1f4f8; font-weight: 600; font-size: 1rem; line-height: 1.3; }
.bt-pane-title span {
  display: inline-flex; align-items: center; justify-content: center; width: 1.45rem;
  height: 1.45rem; margin-right: .5rem; border-radius: 50%; font-size: .8rem;
  background: #2b3541; color: #dbe3ec;
}
.bt-pane-text { color: #b4bfcc; font-size: .875rem; line-height: 1.45; }
.bt-key { display: flex; align-items: center; gap: .6rem; margin-bottom: .2rem; }
.bt-key i { flex: none; width: 1.6rem; height: .95rem; }
.bt-key .box { border: 2px dashed #e69f00; }
.bt-key .contour { border-top: 2.5px solid #56b4e9; border-radius: 50%; height: .55rem; }
.bt-key .point {
  width: .8rem; height: .8rem; margin: 0 .4rem; border-radius: 50%; background: #fff;
}
.bt-scale { display: flex; justify-content: space-between; color: #b4bfcc; font-size: .8rem; }
.bt-empty {
  aspect-ratio: 1; display: flex; align-items: center; justify-content: center;
  text-align: center; padding: 1.5rem; color: #b4bfcc; background: #0a0c0f;
  border: 1px dashed #3a4552; border-radius: 8px;
}

.bt-class { font-size: 2.1rem; font-weight: 680; line-height: 1.15; letter-spacing: -.01em; }
.bt-number { font-size: 1.05rem; margin-top: .15rem; }
.bt-number b { font-size: 1.35rem; }
.bt-refused .bt-class { font-size: 1.4rem; opacity: .8; }
.bt-refused .bt-number b { font-size: 1.05rem; }
.bt-label { font-size: .85rem; opacity: .75; }

.bt-steps { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1.5rem; }
.bt-steps > div {
  aspect-ratio: 1; display: flex; flex-direction: column; justify-content: center;
  align-items: center; text-align: center; padding: 1.25rem; background: #07090b;
  border: 1px dashed #3a4552; border-radius: 8px;
}
.bt-steps img { width: min(11rem, 70%); margin-bottom: 1rem; }
.bt-steps p { color: #b4bfcc; margin: .6rem 0 0; font-size: .92rem; line-height: 1.5; }
.bt-hero { color: #f1f4f8; font-size: 1.5rem; font-weight: 650; margin: .4rem 0 .2rem; }
.bt-hero-text { color: #b4bfcc; max-width: 52rem; margin: 0 0 1.4rem; line-height: 1.55; }

.bt-facts { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.2rem; margin: 0; }
.bt-facts dt { opacity: .75; }
.bt-facts dd { margin: 0; overflow-wrap: anywhere; }

@container (min-width: 340px) {
  .st-key-samples { grid-template-columns: repeat(4, minmax(0, 8rem)); }
}

@media (max-width: 640px) {
  .stMainBlockContainer { padding-inline: 1rem; }
  .stMainBlockContainer h1 { font-size: 1.45rem; }
  .st-key-disclaimer p { font-size: .9rem; }
  .st-key-samples { gap: .5rem; }
  .st-key-samples button p { font-size: .75rem; }
  .st-key-viewer { padding: .8rem; }
  /* Scan and crop beside each other, so that the heat map below is not a long way off. */
  .st-key-viewer [data-testid="stHorizontalBlock"]:has(> :nth-child(3)) {
    display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem .8rem;
  }
  .st-key-viewer [data-testid="stHorizontalBlock"]:has(> :nth-child(3)) > * {
    width: auto !important; min-width: 0 !important;
  }
  .st-key-viewer [data-testid="stHorizontalBlock"] > :nth-child(3) { grid-column: 1 / span 2; }
  .st-key-viewer .bt-pane-title { font-size: .92rem; }
  .st-key-viewer-bar [role="radio"] { padding-inline: .5rem; }
  .st-key-viewer-bar [role="radio"] p { font-size: .78rem; }
  .bt-steps { grid-template-columns: 1fr; gap: .75rem; }
  .bt-steps > div { aspect-ratio: auto; }
  .bt-steps img { width: 7rem; margin-bottom: .6rem; }
  .bt-facts { grid-template-columns: 1fr; gap: .1rem; }
  .bt-facts dd { margin-bottom: .5rem; }
}
"""


def apply() -> None:
    """Add the style sheet to the page."""
    st.html(f"<style>{CSS}</style>")
