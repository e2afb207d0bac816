"""The looks of every page that the theme cannot say: sizes, contrast, and what narrow windows do."""

from __future__ import annotations

import streamlit as st

# WCAG 2.2 asks 24 pixels of a target.
TARGETS = """
button[aria-label="Clear value"], button[aria-label="Clear all"] {min-width: 24px; min-height: 24px;}
"""

#: Widths of the window in pixels, sidebar included, below which columns of a row stack where they are too
#: narrow, and below which Streamlit stacks all columns and hides the sidebar.
NARROW, PHONE = 1100, 640

# Three sizes of text; figures of equal width, so that columns of numbers align.
SIZES = """
.stMainBlockContainer {padding: 2.5rem 2.75rem 3rem; max-width: 1240px;}
.stApp, .stApp table, [data-testid="stMetricValue"] {font-variant-numeric: tabular-nums;}
[data-testid="stMetricValue"] {font-size: 1.75rem;}
[data-testid="stSidebarUserContent"] {padding-top: 0.5rem;}
.st-key-keys-help {position: fixed; top: 0.95rem; right: 3.4rem; width: auto; z-index: 1000000;}
"""

# WCAG 2.2 asks 4.5:1 of text. Streamlit draws captions in 60 % of the text's color (4.4:1 on white), and what
# is selected in the primary color, which cannot be legible on a dark page and below a white label at once: so
# it fills and frames, and text has the color of text.
CONTRAST = """
[data-testid="stCaptionContainer"] {color: inherit; opacity: 0.72;}
button[data-selected="true"], [data-testid="stSliderThumbValue"] {color: inherit !important;}
button[data-selected="true"] *, [data-testid="stSliderThumbValue"] * {color: inherit !important;}
.js-plotly-plot :is(.xtick, .ytick) text, .js-plotly-plot text[class$="title"] {fill: currentColor !important;
  fill-opacity: 0.72 !important;}
[data-testid="stCode"] .token {color: inherit !important;}
"""

# A column keeps the width that its contents need, and goes below the others where that is not left.
NARROW_WINDOWS = f"""
@media (max-width: {NARROW}px) {{
  .stMain [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) {{flex-wrap: wrap;}}
  .stMain [data-testid="stColumn"]:has([data-testid="stTextInput"], [data-testid="stNumberInput"],
    [data-testid="stSlider"], [data-testid="stPopover"]) {{min-width: min(100%, 10rem);}}
  .stMain [data-testid="stColumn"]:has([data-testid="stSelectbox"]) {{min-width: min(100%, 12rem);}}
  .stMain [data-testid="stColumn"]:has([data-testid="stDataFrame"], [data-testid="stPlotlyChart"],
    table, .review) {{min-width: min(100%, 17rem);}}
  .stMain [data-testid="stColumn"]:has([data-testid="stColumn"]) {{min-width: min(100%, 26rem);}}
  .stMainBlockContainer {{padding-top: 3.75rem;}}
}}
@media (max-width: {PHONE}px) {{
  .stMainBlockContainer {{padding: 3.75rem 1rem 3rem;}}
  .stMain [data-testid="stMarkdownContainer"], .stMain [data-testid="stCaptionContainer"] {{
    text-align: start !important;}}
}}
[data-testid="stPageLink"] * {{white-space: normal; text-overflow: clip;}}
[data-testid="stMultiSelect"] [data-tag-index] {{max-width: 100%; height: auto;}}
[data-testid="stMultiSelect"] [data-tag-index] span {{white-space: normal; max-width: none;}}
"""


# All links and the choices of reviews and model fit into 800 pixels of height, each link 24 pixels high.
SIDEBAR = f"""
@media (min-width: {PHONE + 1}px) {{
  [data-testid="stSidebarHeader"] {{height: 1.75rem; margin-bottom: 0;}}
  [data-testid="stSidebar"] [class*="st-key-links-"] {{gap: 0.35rem;}}
  [data-testid="stSidebar"] [data-testid="stVerticalBlock"]:has(> div > [class*="st-key-links-"]) {{
    gap: 0.5rem;}}
}}
"""


def apply() -> None:
    """Apply it; drawn first, once for each run of a page."""
    st.html(f"<style>{SIZES}{CONTRAST}{TARGETS}{NARROW_WINDOWS}{SIDEBAR}</style>")
