"""Sentences about films, each with one word swapped: thirty that still say the same, thirty that do not.

All are our own. They show what an encoder's similarity is worth: `thresholds` measures how many of
each kind pass a threshold. Written [old|new].
"""

from __future__ import annotations

import re
from typing import NamedTuple

SAME_MEANING = """
The two leads give [excellent|superb] performances and the script never lets them down for a minute.
I thought the plot was a little [slow|sluggish] but the photography kept me watching until the end.
This is easily the most [boring|dull] thriller I have sat through in the last ten years.
My whole family [enjoyed|liked] the songs and we talked about the ending all the way home.
The [film|movie] starts well, loses its way in the middle and then recovers in the last act.
It is a [funny|humorous] and warm story about two brothers who run a failing bakery in Leeds.
The dialogue is [terrible|awful] and nobody in the cast seems to believe a word of it.
There is a [beautiful|gorgeous] shot of the harbour at dawn that I would gladly hang on my wall.
The director has a [big|large] budget this time and he wastes most of it on explosions.
I was [disappointed|let-down] by the sequel because the first part had been such a surprise.
Her [acting|performance] in the courtroom scene alone is worth the price of the ticket.
The story is [difficult|hard] to follow unless you have read the novel beforehand.
What a [stupid|dumb] idea to set a ghost story in a brightly lit shopping centre.
The villain is [scary|frightening] precisely because he never raises his voice at anyone.
Critics [hated|loathed] it when it came out, and after seeing it again I understand why.
The soundtrack is [wonderful|marvelous] and fits the mood of the old town perfectly.
It is a [strange|weird] little picture that mixes puppets with footage of a real flood.
They clearly made it [quickly|rapidly] and with very little money, but the energy is infectious.
The children in this story [talk|speak] like lawyers, and that ruined the whole thing for me.
I [watched|saw] it twice on the same weekend and noticed new details the second time.
The [ending|finale] left half the audience in tears and the other half completely silent.
A [smart|clever] script saves what could have been another forgettable Saturday night comedy.
Sadly the special effects look [cheap|low-budget] and the monster is plainly a man in a suit.
The pacing is [perfect|flawless] and every scene tells you something new about the family.
The [kids|children] were restless after twenty minutes and I could not really blame them.
It is [nearly|almost] three hours long and I would not have cut a single minute.
The plot has [numerous|many] holes, but the cast is having so much fun that you forgive it.
He plays the detective as a [sad|unhappy] man who has simply stopped expecting good news.
The jokes are [old|dated] and were told better on television thirty years ago.
I [recommend|suggest] this one to anybody who likes a slow mystery with a clever solution.
"""

OTHER_MEANING = """
The two leads give [excellent|mediocre] performances and the script never lets them down for a minute.
I thought the plot was a little [slow|fast] but the photography kept me watching until the end.
This is easily the most [boring|exciting] thriller I have sat through in the last ten years.
My whole family [enjoyed|endured] the songs and we talked about the ending all the way home.
The [film|book] starts well, loses its way in the middle and then recovers in the last act.
It is a [funny|tragic] and warm story about two brothers who run a failing bakery in Leeds.
The dialogue is [terrible|terrific] and nobody in the cast seems to believe a word of it.
There is a [beautiful|blurry] shot of the harbour at dawn that I would gladly hang on my wall.
The director has a [big|tiny] budget this time and he wastes most of it on explosions.
I was [disappointed|delighted] by the sequel because the first part had been such a surprise.
Her [acting|absence] in the courtroom scene alone is worth the price of the ticket.
The story is [difficult|easy] to follow unless you have read the novel beforehand.
What a [stupid|brilliant] idea to set a ghost story in a brightly lit shopping centre.
The villain is [scary|ridiculous] precisely because he never raises his voice at anyone.
Critics [hated|adored] it when it came out, and after seeing it again I understand why.
The soundtrack is [wonderful|intrusive] and fits the mood of the old town perfectly.
It is a [strange|ordinary] little picture that mixes puppets with footage of a real flood.
They clearly made it [quickly|carefully] and with very little money, but the energy is infectious.
The children in this story [talk|dress] like lawyers, and that ruined the whole thing for me.
I [watched|avoided] it twice on the same weekend and noticed new details the second time.
The [ending|popcorn] left half the audience in tears and the other half completely silent.
A [smart|confused] script saves what could have been another forgettable Saturday night comedy.
Sadly the special effects look [cheap|expensive] and the monster is plainly a man in a suit.
The pacing is [perfect|erratic] and every scene tells you something new about the family.
The [kids|critics] were restless after twenty minutes and I could not really blame them.
It is [nearly|barely] three hours long and I would not have cut a single minute.
The plot has [numerous|no] holes, but the cast is having so much fun that you forgive it.
He plays the detective as a [sad|violent] man who has simply stopped expecting good news.
The jokes are [old|new] and were told better on television thirty years ago.
I [recommend|forbid] this one to anybody who likes a slow mystery with a clever solution.
"""

_SWAP = re.compile(r"\[([^|]+)\|([^\]]+)\]")


class Reworded(NamedTuple):
    """One sentence before and after, the words swapped, and whether it still says the same."""

    before: str
    after: str
    old: str
    new: str
    same: bool


def reworded() -> list[Reworded]:
    """Return all sixty."""
    return [
        _read(line, same)
        for text, same in ((SAME_MEANING, True), (OTHER_MEANING, False))
        for line in text.strip().splitlines()
    ]


def _read(line: str, same: bool) -> Reworded:
    found = _SWAP.search(line)
    assert found is not None, line
    old, new = found.groups()
    return Reworded(_SWAP.sub(r"\1", line), _SWAP.sub(r"\2", line), old, new, same)
