"""Words that make a property of a review: negation, contrast, genres, opinion; lists of our own."""

from __future__ import annotations

from attacks.language.opposites import BLAME, PRAISE


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATION = _set_of("""
no not never nor neither none nobody nothing nowhere cannot without hardly barely scarcely
isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't can't couldn't won't wouldn't shouldn't
mustn't needn't mightn't ain't shan't dont doesnt didnt isnt wasnt wont couldnt wouldnt shouldnt
""")
CONTRAST = _set_of("""
but although though however yet despite nevertheless nonetheless except whereas unfortunately otherwise
instead albeit
""")
FIRST_PERSON = _set_of("""
i i'm i've i'd i'll me my mine myself we we're we've we'd we'll us our ours ourselves
""")

#: A review that holds one of these words may be about a film of that genre; "horror" is also a feeling.
GENRES: dict[str, frozenset[str]] = {
    "horror": _set_of("""
        horror slasher zombie zombies vampire vampires ghost ghosts haunted gore gory scary creepy werewolf
        demon demons monster monsters splatter
    """),
    "comedy": _set_of("""
        comedy comedies comedic comic sitcom slapstick spoof parody satire farce hilarious laughs jokes
    """),
    "drama": _set_of("drama dramas dramatic melodrama tragedy tearjerker"),
    "romance": _set_of("romance romances romantic romcom"),
    "action": _set_of("action stunts explosions shootout gunfight karate kung martial"),
    "science_fiction": _set_of("scifi sci alien aliens spaceship robot robots cyborg"),
    "western": _set_of("western westerns cowboy cowboys outlaw outlaws gunslinger"),
    "war": _set_of("war wartime soldiers soldier battlefield nazi nazis vietnam"),
    "crime": _set_of("crime gangster gangsters mafia heist noir detective murderer cop cops"),
    "thriller": _set_of("thriller thrillers suspense suspenseful whodunit hitchcock"),
    "documentary": _set_of("documentary documentaries"),
    "animation": _set_of("animation animated anime cartoon cartoons disney pixar"),
    "musical": _set_of("musical musicals songs choreography broadway"),
    "family": _set_of("kids children child"),
    "television": _set_of("episode episodes season tv television sitcom miniseries"),
}


def _with_endings(words: str) -> frozenset[str]:
    """Return words with the endings that they may take; that some forms do not exist harms nobody."""
    found = set(words.split())
    for word in words.split():
        stem = word.removesuffix("e")
        found |= {f"{word}s", f"{word}ly", f"{stem}ed", f"{stem}ing", f"{word.removesuffix('y')}ily"}
    return frozenset(found)


#: Words of praise, and words of blame.
PRAISE_AND_BLAME: tuple[frozenset[str], frozenset[str]] = (_with_endings(PRAISE), _with_endings(BLAME))
