"""Reviews to click on Live, each with a difficulty of its own; written for this page."""

from __future__ import annotations

EXAMPLES = {
    "positive": (
        "I laughed, I cried, and I would happily sit through every minute of it again. A warm, funny and "
        "beautifully acted film."
    ),
    "negative": (
        "A dull, lazy mess. The plot makes no sense, the jokes fall flat, and I wanted my two hours back."
    ),
    "mixed": (
        "The photography is gorgeous and the lead is superb, but the story drags so badly that I checked my "
        "watch four times."
    ),
    "sarcastic": (
        "Oh wonderful, another two hours of explosions and one-liners. Exactly what the world was missing."
    ),
    "negation": "It is not a bad film at all, and I would never call it boring.",
}
