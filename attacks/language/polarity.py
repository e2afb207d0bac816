"""Words of praise and of blame: a swap between the two reverses a review, antonyms or not."""

from __future__ import annotations

from functools import cache

from attacks.language.antonyms import lemmas

#: Words that praise or blame a film in nearly any sentence about one; ours.
_PRAISE = """
good great nice fine excellent superb brilliant outstanding magnificent wonderful fantastic terrific
marvelous marvellous fabulous stellar splendid sublime glorious amazing astonishing awesome
phenomenal exceptional extraordinary remarkable impressive masterful masterly flawless perfect best
better finest superior top-notch first-rate world-class unforgettable memorable timeless classic gem
masterpiece treasure triumph winner delight treat joy charmer love adore admire enjoy like cherish
appreciate praise applaud recommend thank kudos bravo enjoyable entertaining engaging gripping riveting
absorbing fascinating captivating compelling thrilling exciting charming delightful lovely beautiful
gorgeous stunning breathtaking elegant hilarious funny witty amusing clever smart intelligent insightful
thoughtful inspired inspiring inventive imaginative original fresh refreshing moving touching poignant
heartwarming heartfelt tender sincere convincing believable credible well-acted well-written well-made
well-crafted solid strong satisfying rewarding worthwhile worthy effective powerful talented gifted
polished tasteful underrated fun favorite favourite superbly brilliantly pleasant likable likeable
adorable sparkling uplifting endearing
"""
_BLAME = """
bad awful poor terrible horrible dreadful atrocious abysmal appalling horrendous horrid horrific lousy
mediocre subpar sub-par inferior second-rate third-rate worst worse rotten pathetic pitiful laughable
lamentable wretched miserable disgraceful shameful embarrassing insulting offensive disgusting repulsive
vile trash garbage rubbish crap junk dreck drivel tripe stinker flop disaster mess misfire failure turkey
bomb waste disappointment letdown shame joke travesty hate loathe detest despise dislike regret condemn
deplore avoid boo suck stink disappoint fail bore annoy irritate insult disappointing unsatisfying boring
dull tedious tiresome monotonous dreary lifeless bland flat stale derivative unoriginal clichéd cliched
trite hackneyed predictable formulaic contrived forced wooden stilted unconvincing
implausible ridiculous ludicrous stupid dumb idiotic moronic silly mindless pointless senseless worthless
useless unwatchable unbearable insufferable painful unfunny humorless uninteresting uninspired
unimaginative forgettable weak feeble shoddy sloppy clumsy amateurish inept incompetent incoherent
overrated overlong ugly hideous annoying irritating unpleasant tasteless vapid insipid insufficient banal
wasted butchered moron idiot crappy cheesy
"""
PRAISE, BLAME = 1, -1


def turned(a: str, b: str) -> bool:
    """Whether one word praises and the other blames, in any inflection, adverbs included."""
    return polarity(a) * polarity(b) < 0


@cache
def polarity(word: str) -> int:
    """Return PRAISE, BLAME, or 0 for a word that does neither, may do either, or is not listed."""
    forms = _forms(word.lower())
    praises, blames = (bool(forms & frozenset(words.split())) for words in (_PRAISE, _BLAME))
    return PRAISE * praises + BLAME * blames


def _forms(word: str) -> frozenset[str]:
    """Return a word's dictionary forms and, of an adverb in -ly, the adjectives it may come from."""
    stem = word.removesuffix("ly") if word.endswith("ly") else ""
    adjectives = {stem, f"{stem}le", f"{stem.removesuffix('i')}y"} if len(stem) > 2 else set()
    return lemmas(word) | adjectives
