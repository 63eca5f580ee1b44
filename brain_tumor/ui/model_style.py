"""What the page about the model adds to the style sheet of all pages."""

from typing import Final

import streamlit as st

CSS: Final = """
.stHtml .bt-cards {
  display: grid; gap: .8rem; margin: 0; padding: 0;
  grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr));
}
.bt-cards > div, [class*="st-key-panel-"] {
  background: var(--bt-panel); border: 1px solid var(--bt-line); border-radius: 12px;
  padding: .9rem 1.1rem;
}
.bt-cards > div { display: flex; flex-direction: column; }
.bt-cards dt { font-size: .88rem; opacity: .8; line-height: 1.35; flex: 1; }
.bt-cards dd { margin: 0; }
.bt-cards .value {
  font-size: 2rem; font-weight: 680; line-height: 1.25; letter-spacing: -.01em;
  font-variant-numeric: tabular-nums;
}
.bt-cards .note { font-size: .85rem; opacity: .8; line-height: 1.4; }
.bt-lead { font-size: 1.05rem; line-height: 1.55; margin: 0 0 1rem; max-width: 60rem; }
[class*="st-key-panel-"] { gap: .6rem; }
[class*="st-key-panel-"] h3 { padding: .1rem 0 .7rem; }
[data-testid="stCaptionContainer"] { opacity: .85; }
[class*="st-key-panel-"] .bt-facts { padding: 0; }
.st-key-panel-limits ul, .st-key-panel-deeds ul { padding: 0 0 .6rem; margin: 0 0 0 1.1rem; }
.st-key-panel-limits li, .st-key-panel-deeds li { margin: 0 0 .45rem; }
[data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; }
[data-testid="stExpander"] td:not(:first-child) { white-space: nowrap; }

@media (max-width: 640px) {
  .stHtml .bt-cards { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6rem; }
  .bt-cards > div { padding: .7rem .8rem; }
  .bt-cards > div:last-child:nth-child(odd) { grid-column: 1 / -1; }
  .bt-cards .value { font-size: 1.5rem; }
  [class*="st-key-panel-"] { padding: .8rem .7rem; }
}
"""


_COLOURS: Final = {"panel": "secondaryBackgroundColor", "line": "borderColor"}


def apply() -> None:
    """Add the rules to the page, with the two themes' colours, which CSS cannot ask for."""
    rules = "".join(
        f"--bt-{name}: light-dark({_theme('light', key)}, {_theme('dark', key)});"
        for name, key in _COLOURS.items()
    )
    st.html(f"<style>.stApp {{ {rules} }}{CSS}</style>")


def _theme(kind: str, key: str) -> str:
    return st.get_option(f"theme.{kind}.{key}") or "transparent"
