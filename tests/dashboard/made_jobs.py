"""Jobs as the pages see them, without a process behind them."""

from __future__ import annotations

from typing import Any

from sentiment_core.jobs.jobs import JobStatus


def job(**changes: Any) -> JobStatus:
    """Return a job that is a quarter done and has a minute left."""
    facts = {
        "run_id": "j1",
        "title": "Make the demo",
        "state": "running",
        "done": 1.0,
        "total": 4.0,
        "what": "measuring tfidf",
        "message": "",
        "seconds_left": 60.0,
        "started": "",
        "updated": "",
        "argv": ("demo",),
    }
    return JobStatus(**(facts | changes))
