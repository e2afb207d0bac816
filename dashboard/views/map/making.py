"""What is shown while there is no map: how long it takes, the button that makes it, and its progress."""

from __future__ import annotations

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import maps
from dashboard.records.evaluations import DataChoice
from dashboard.wording import escape_markdown, format_seconds


def offer(choice: DataChoice) -> None:
    """Draw the offer to make the map, or its progress once it was started."""
    from sentiment_core.embeddings import TOKENS

    expected = maps.seconds_missing(choice)
    with st.container(border=True):
        st.header("No map yet", anchor=False)
        took = format_seconds(sum(expected))
        said = (
            f"A map needs {choice.title}, read once by the packaged encoder (all-MiniLM-L6-v2, the first "
            f"{TOKENS} tokens of each). That takes about {took} here. It can be stopped and resumed, "
            "and you can leave this page."
        )
        kept = f"The vectors are kept already; to lay out the map takes about {took}."
        st.write(escape_markdown(said if expected.vectors else kept))
        if widgets.anything_running():
            widgets.job_list("map")
        elif public_copy.button("Make the map", type="primary", icon=":material/play_arrow:", key="make-map"):
            argv = ["embed", "--data", choice.argument, "--split", choice.split]
            widgets.start_job(argv, f"Map of {choice.short_title}")
