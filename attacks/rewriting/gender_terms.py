"""Gendered words with a counterpart, and those without: where they stand and what may replace them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from attacks.rewriting.moving import IN_A_NAME, Term, in_a_name, vocabulary, words_in
from attacks.rewriting.pronouns import may_be_named, stands_before_noun

GROUPS = ("female", "male")
IN_A_PHRASE = "a term is part of a fixed phrase"
#: Said of women as well; they move with a text that is about a man beyond doubt.
_GENERIC = ("actor", "hero")

_NOUNS = """woman man, women men, girl boy, girls boys, actress actor, wife husband, wives husbands,
mother father, mothers fathers, mom dad, moms dads, mommy daddy, daughter son, daughters sons, sister brother,
sisters brothers, aunt uncle, aunts uncles, niece nephew, nieces nephews, grandmother grandfather,
grandmothers grandfathers, grandma grandpa, granddaughter grandson, granddaughters grandsons,
girlfriend boyfriend, girlfriends boyfriends, stepmother stepfather, stepdaughter stepson, queen king,
princess prince, waitress waiter, waitresses waiters, heroine hero, widow widower, widows widowers,
female male, females males, bride groom, businesswoman businessman, policewoman policeman,
schoolgirl schoolboy, schoolgirls schoolboys, lady gentleman, ladies gentlemen,
she he, herself himself, mrs. mr., mrs mr, motherhood fatherhood, maternal paternal"""
PAIRS = [tuple(pair.split()) for pair in _NOUNS.replace("\n", " ").split(", ")]

#: Words of one gender without a clean counterpart: they count as mentions, and the text is refused.
ALONE: Mapping[str, str] = {
    **dict.fromkeys(
        words_in("""
            miss ms mum mums mummy ma'am madam madame mademoiselle chick chicks gal gals babe babes lass dame
            dames nun nuns witch witches mermaid housewife housewives maid maids mistress countess duchess
            empress goddess goddesses hostess stewardess spinster ballerina heroines actresses maiden maidens
        """),
        "female",
    ),
    **dict.fromkeys(
        words_in("""
            sir sirs lord guy dude dudes chap chaps bloke blokes lad lads fella papa monk monks priest priests
            wizard wizards duke emperor baron bachelor fireman salesman milkman madman hitman henchman
            godfather stepbrother gunman cameraman
        """),
        "male",
    ),
}
#: Words that fit one gender only, or would change their sense beside the other.
_ONE_GENDER = words_in("""
    pregnant pregnancy lesbian lesbians gay gays homosexual homosexuals whore whores slut sluts bitch
    bitches prostitute prostitutes hooker hookers bra breasts breast boobs tits cleavage feminist feminism
    feminine tomboy damsel geisha vixen temptress femme diva virgin matriarch cheerleader cheerleaders
    sorority bikini lipstick abortion miscarriage midwife ingenue starlet blonde brunette bombshell girly
    sexist misogynist misogyny misogynistic macho masculine masculinity manly boyish beard mustache
    moustache penis balls erection fraternity patriarch womanizer womaniser playboy gigolo castrated
    castration testosterone fiance fiancee transvestite transsexual transgender drag topless lesbianism rape
    raped rapist skirt skirts dress cowboy cowboys mankind nymphomaniac busty handsome gender
""")
#: Right behind a word they make it part of another: "man-made", "he/she".
_JOINS = ("-", "/")
_PRONOUNS = re.compile(r"\b(?:she|he|her|hers|his|him|herself|himself)\b", re.I)
#: "The Coen brothers": only somebody's brothers are sure to be a family.
_TEAMS = ("brothers", "sisters")
_SOMEBODYS = re.compile(
    r"(?:\b(?:my|your|his|her|our|their|two|three|four|older|younger|little|big|twin|dead)|'s)\s+$", re.I
)
_FULL_NAME = re.compile(r"\s+[A-Z][\w'-]*\.?\s+[A-Z]|\s*(?:&|and\b)")
_POSSESSIVES = ("her", "his", "him", "hers")

#: Phrases in which a gendered word is fixed.
_FIXED = re.compile(
    r"""\b(?:
    (?:oh|hey|yo)[ ,]+(?:man|boy|brother)\b | (?:man|boy|brother)[,!]
    | (?:leading|first|bag|cleaning|dragon|foxy|ladies|our)[ ](?:lady|man)\b
    | (?:straight|best|con|hit|stunt|camera|family|hang|bad|wise|common|renaissance|stick|yes|thin|wicker
        |invisible|elephant|iron|hollow|no)[ ]m[ae]n\b
    | m[ae]n[ ](?:vs|versus|against|and[ ](?:beast|machine|nature|monster)|of|up)\b | (?:of|to[ ]a)[ ]man\b
    | his[ ]or[ ]her\b | boys?[ ]will[ ]be\b | mother[ ](?:nature|earth|of|lode|ship|tongue)\b
    | (?:son|father|king|queen)[ ]of\b | sister[ ](?:film|act)\b | (?:drag|beauty|prom)[ ](?:queen|king)\b
    | prince[ ]charming\b | queen[ ]bee\b | god[ ]the[ ]father\b
    )""",
    re.I | re.X,
)


@cache
def _forms() -> dict[str, tuple[str, Mapping[str, str]]]:
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for female, male in PAIRS:
        forms = {"female": female, "male": male}
        found[female], found[male] = ("female", forms), ("male", forms)
    return found


@cache
def _words_of(group: str) -> frozenset[str]:
    told = {word.rstrip(".") for word, (of, _) in _forms().items() if of == group}
    alone = {word for word, of in ALONE.items() if of == group}
    pronouns = {"female": {"her", "hers"}, "male": {"his", "him"}}[group]
    return frozenset(told | alone | pronouns) - set(_GENERIC)


def mentioned(text: str) -> frozenset[str]:
    """Return the groups whose words a text holds, wherever they stand ("actor" and "hero" tell no group)."""
    words = vocabulary(text)
    return frozenset(group for group in GROUPS if not words.isdisjoint(_words_of(group)))


@cache
def _pattern() -> re.Pattern[str]:
    alternatives = sorted((*_forms(), *ALONE, *_POSSESSIVES), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, alternatives))})(?!\w)", re.I)


def find(text: str) -> list[Term]:
    """Return the gendered words of a text in order, each with its counterpart or why it has none."""
    fixed = [found.span() for found in _FIXED.finditer(text)]
    terms = [_term(text, match) for match in _pattern().finditer(text)]
    return [_refused_in(term, fixed) for term in _without_generic(text, terms)]


def objection(text: str) -> str:
    """Return why a text as a whole cannot change gender; "" where nothing speaks against it."""
    alone = sorted(_ONE_GENDER & vocabulary(text))
    return f"'{alone[0]}' fits one gender only" if alone else ""


def pronouns_objection(text: str) -> str:
    """Return why the pronouns of a text cannot change: one of them may be somebody's whose name stays."""
    named = may_be_named(text, (found.span() for found in _PRONOUNS.finditer(text)))
    return "a pronoun may refer to a named person" if named else ""


def _term(text: str, match: re.Match[str]) -> Term:
    word = match[0].lower()
    if word in _POSSESSIVES:
        return _possessive(text, match, word)
    if word in ALONE:
        return Term(*match.span(), ALONE[word], {}, f"'{word}' has no counterpart")
    group, forms = _forms()[word]
    if in_a_name(text, match.start(), match.end()) and not word.startswith("mr"):
        return Term(*match.span(), None, forms, IN_A_NAME)
    if _FULL_NAME.match(text, match.end()) and word.startswith("mr"):
        return Term(*match.span(), group, forms, IN_A_NAME)
    if word in _TEAMS and not _SOMEBODYS.search(text[max(0, match.start() - 14) : match.start()]):
        return Term(*match.span(), group, forms, f"'{word}' may be a team's name")
    joined = text[match.start() - 1 : match.start()] == "-" or text[match.end() : match.end() + 1] in (
        "-",
        "/",
    )
    return Term(*match.span(), group, forms, f"'{word}' is part of a compound" if joined else "")


def _possessive(text: str, match: re.Match[str], word: str) -> Term:
    group = "female" if word.startswith("her") else "male"
    if word == "him":
        return Term(*match.span(), group, {"female": "her", "male": "him"})
    if word == "hers":
        return Term(*match.span(), group, {"female": "hers", "male": "his"})
    before_noun = stands_before_noun(text, match.start(), match.end())
    if before_noun is None:
        return Term(*match.span(), group, {}, f"'{word}' may be two parts of speech")
    male = "his" if before_noun or word == "his" else "him"
    female = "her" if before_noun or word == "her" else "hers"
    return Term(*match.span(), group, {"female": female, "male": male})


def _without_generic(text: str, terms: list[Term]) -> list[Term]:
    """Return the terms without "actor", "hero" and "king" where no other word says that a man is meant."""
    generic = {term.start for term in terms if text[term.start : term.end].lower() in _GENERIC}
    sure = any(term.group == "male" and term.start not in generic for term in terms)
    return terms if sure else [term for term in terms if term.start not in generic]


def _refused_in(term: Term, spans: list[tuple[int, int]]) -> Term:
    inside = any(start <= term.start and term.end <= end for start, end in spans)
    return replace(term, refusal=IN_A_PHRASE) if inside and not term.refusal else term
