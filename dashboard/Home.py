"""The dashboard: `streamlit run dashboard/Home.py`, from any folder.

Streamlit reads this file twice: once to find `app`, which it serves, and as a script for every visitor.
"""

from __future__ import annotations

if __name__ == "__main__":
    from dashboard import frame

    frame.draw()
else:
    import streamlit as st
    from starlette.middleware import Middleware

    from dashboard import public
    from dashboard.doorway import Doorway
    from sentiment_core import terminal

    terminal.protect_logs()
    public.protect()
    app = st.App(__file__, middleware=[Middleware(Doorway)])
