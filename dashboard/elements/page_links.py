"""Links to pages: the one to a review, and those in our own HTML, which do not load the page again.

A link in `st.html` makes the browser load the whole dashboard: a new session, in which what was typed and
chosen is lost. `st.page_link` does not, but cannot stand in a table. This follows a click as the browser's
own way back is followed: Streamlit listens for `popstate`, reads the address, and draws its page.
"""

from __future__ import annotations

import streamlit as st

from dashboard.session import selection

#: On every link of ours; the script looks for nothing else.
CLASS = "page-link"
#: Constant: nothing that anybody named is part of it. Clicks that open a tab or a window stay the browser's.
_SCRIPT = f"""<script>
if (!window.reelcheckPageLinks) {{
  window.reelcheckPageLinks = true;
  document.addEventListener("click", (event) => {{
    const link = event.target.closest && event.target.closest("a.{CLASS}");
    const plain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain || link.origin !== window.location.origin) return;
    event.preventDefault();
    event.stopPropagation();
    window.history.pushState({{}}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate", {{state: {{}}}}));
  }}, true);
}}
</script>"""


def to_review(example_id: str, data: str) -> None:
    """Draw the link to everything about a review; nothing where no model was measured on its data set.

    Args:
        example_id: of the review.
        data: `DataChoice.key` of its data set.
    """
    if data not in {choice.key for choice in selection.data_choices()}:
        return
    st.page_link(
        "views/review/page.py",
        label="Everything about this review",
        icon=":material/article:",
        query_params=selection.shared_params() | {"data": data, "review": example_id},
    )


def enable() -> None:
    """Let links of the class stay in the session; once on a page that has some."""
    st.html(_SCRIPT, unsafe_allow_javascript=True)
