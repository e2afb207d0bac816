"""Which texts a user's regular expression matches, under a time limit.

Some patterns, such as (a+)+$, practically never finish on a line of text, and Python's matcher cannot be
stopped from another thread. It runs in a separate process, which is killed when its time is up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from attacks.schema import SliceError
from sentiment_core.metrics.base import BoolArray

MOST_CHARACTERS = 300
#: A simple pattern takes 0.1 seconds on 4,000 reviews.
SECONDS = 5.0
#: For the few short texts that a new pattern is tried on.
SECONDS_TO_CHECK = 2.0
#: Python's matcher keeps its backtracking state in memory.
MOST_BYTES = 2**30

#: Runs without site packages and without this project: it starts in 20 milliseconds.
_MATCHER = """
import json, re, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({most_bytes}, {most_bytes}))
except (ImportError, OSError, ValueError):
    pass
asked = json.load(sys.stdin.buffer)
try:
    search = re.compile(asked["pattern"], re.IGNORECASE).search
    answer = {{"found": [int(search(text) is not None) for text in asked["texts"]]}}
except (re.error, OverflowError, RecursionError) as error:
    answer = {{"error": str(error)}}
json.dump(answer, sys.stdout)
"""


def matches(pattern: str, texts: Sequence[str], *, seconds: float = SECONDS) -> BoolArray:
    """Return bool [n]: whether the pattern is found anywhere in each text, capitals or not.

    Raises:
        SliceError: the pattern is not a regular expression, is too long, or takes too long.
    """
    import numpy as np

    if not pattern:
        raise SliceError(r"the pattern is empty; give a regular expression such as \bsequels?\b")
    if len(pattern) > MOST_CHARACTERS:
        raise SliceError(f"the pattern has {len(pattern):,} characters; {MOST_CHARACTERS:,} at most")
    answer = _answer(pattern, texts, seconds)
    if "error" in answer:
        raise SliceError(f"the pattern {pattern!r} is not a regular expression: {answer['error']}; fix it")
    return np.array(answer["found"], dtype=bool)


def check(pattern: str) -> None:
    """Raise SliceError where a pattern is not a regular expression, or slow on texts made to be hard."""
    matches(
        pattern,
        ["", "a" * 40 + "!", "the " * 200 + "end.", "0" * 40 + "x", "_ -" * 40],
        seconds=SECONDS_TO_CHECK,
    )


def _answer(pattern: str, texts: Sequence[str], seconds: float) -> dict[str, list[int] | str]:
    asked = json.dumps({"pattern": pattern, "texts": list(texts)}).encode()
    command = [sys.executable, "-I", "-S", "-c", _MATCHER.format(most_bytes=MOST_BYTES)]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        raise SliceError(
            f"the pattern {pattern!r} did not finish within {seconds:g} s; nested repeats such as (a+)+ "
            "never finish; rewrite it without them"
        ) from None
    except subprocess.CalledProcessError:
        raise SliceError(f"the pattern {pattern!r} takes too much memory; simplify it") from None
    answer: dict[str, list[int] | str] = json.loads(done.stdout)
    return answer
