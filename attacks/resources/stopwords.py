"""English function words: what an attack leaves alone, since swapping them changes grammar, not sentiment.

TextAttack reads such a list from NLTK's data when it is imported. This one is ours, so that results do not
depend on what a machine has downloaded; it follows the closed classes of a grammar, in NLTK's spirit.
"""

from __future__ import annotations

_PRONOUNS = """
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her
hers herself it its itself they them their theirs themselves who whom whose which what this that these those
"""
_AUXILIARIES = """
am is are was were be been being have has had having do does did doing will would shall should can could may
might must ought
"""
_CONTRACTIONS = """
i'm you're he's she's it's we're they're i've you've we've they've i'd you'd he'd she'd we'd they'd i'll
you'll he'll she'll we'll they'll that's that'll
who's what's here's there's let's isn't aren't wasn't weren't hasn't
haven't hadn't doesn't don't didn't won't wouldn't shan't shouldn't can't cannot couldn't mustn't mightn't
needn't ain't isn aren wasn weren hasn haven hadn doesn don didn won wouldn shan shouldn couldn mustn mightn
needn ain ma s t d m o re ve ll y
"""
_ARTICLES_AND_QUANTITIES = """
a an the all any both each few more most other some such no nor not only own same so than too very just now
"""
_CONJUNCTIONS = "and but if or because as until while"
_PREPOSITIONS = """
of at by for with about against between into through during before after above below to from up down in out on
off over under
"""
_ADVERBS = "again further then once here there when where why how"

STOPWORDS = tuple(
    dict.fromkeys(
        " ".join(
            [
                _PRONOUNS,
                _AUXILIARIES,
                _CONTRACTIONS,
                _ARTICLES_AND_QUANTITIES,
                _CONJUNCTIONS,
                _PREPOSITIONS,
                _ADVERBS,
            ]
        ).split()
    )
)
