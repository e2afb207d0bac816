"""First names: those that suggest a gender, those that stand alone in a text, and their counterparts.

The two lists are ours, of names that suggest a gender to most readers of English, and far from complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from attacks.rewriting.moving import IN_A_NAME, Term, quoted, words_in

_HONORIFICS = words_in("St. Dr. Mr. Mrs. Ms. Sgt. Capt. Lt. Col. Gen. Prof. Rev. Sr. Jr.")
#: A word that ends with these has no part in the name behind it.
_ENDS_SENTENCE = (".", "!", "?", ">", '"', ":", ";", ")", "\u201d", "-")
#: Words that often open a sentence, and have a capital then.
_PLAIN = words_in(
    """
    and but or when then if so as for with while after before because though although where i is was did does
    will can could would now here how why what that this poor only even in on at by to from like unlike once
    later there seeing watching without until since my our his her their the not yes no well oh also both
    """
)


#: A surname, an initial, "of Arc", "the Great", "del Toro", a nickname, an aside before the surname.
_MORE_BEHIND = re.compile(
    r"(?:\s+|\s*&\s*)[A-Z]|\s+(?:of|del?|van|von|la|da|di|le|the\s+[A-Z]\w*)\b|/|\s+[\"\u201c'][A-Z]"
    r"|\s+\([^()]{1,40}\)\s+[A-Z]"
)
#: Openings of titles that end with a first name.
_TITLE_OPENS = re.compile(
    r"\b(?:something about|educating|raising|regarding|chasing|driving|bob and|love,|the|an?) $", re.I
)
_GO_ON = words_in(
    """
    who whom whose that which and but nor for with without from into onto about when while where because than
    then too also again alone himself herself may might must can could will would shall should not never
    always often still ever just only both all there here now soon once really actually simply even though
    although since until before after during like back has had was did does get gets got
    """
)
#: Two names that are one title.
_PAIR = re.compile(
    r"(?:Tom (?:and|&) Jerry|Tom, Dick|Jack (?:and|&) Sarah"
    r"|Bill (?:and|&) Ted|Jack (?:and|&) Jill|Mary (?:and|&) Max)\b",
    re.I,
)


@dataclass(frozen=True)
class Name:
    """A name's group and its counterpart in every group."""

    group: str
    forms: Mapping[str, str]


def counterparts(lists: Mapping[str, str]) -> dict[str, Name]:
    """Return lower-case name -> Name from lists of one gender, one a group, whose places correspond."""
    columns = {group: names.split() for group, names in lists.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {name.lower(): Name(group, row) for row in rows for group, name in row.items()}


def finder(names: Mapping[str, Name]) -> Callable[[str], Sequence[Term]]:
    """Return a `find` for names with a capital, with whatever stands in a longer name refused."""
    alternatives = "|".join(re.escape(name.title()) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])")

    def find(text: str) -> list[Term]:
        return [_term(text, found, names[found[0].lower()]) for found in pattern.finditer(text)]

    return find


def _term(text: str, found: re.Match[str], name: Name) -> Term:
    term = Term(*found.span(), name.group, name.forms)
    return replace(term, refusal=IN_A_NAME) if stands_in_a_longer_name(text, *found.span()) else term


def stands_in_a_longer_name(text: str, start: int, end: int) -> bool:
    """Return whether a name has another name, an initial or a title beside it, or stands in a quotation."""
    if _MORE_BEHIND.match(text, end) or _PAIR.match(text, start) or _surname_in_lower_case(text, end):
        return True
    words = text[max(0, start - 40) : start].split()
    joined = text[max(0, start - 1) : start] not in ("", " ", "\n", "\t", "(", ">", '"', "'")
    titled = _TITLE_OPENS.search(text[max(0, start - 20) : start]) is not None
    return joined or titled or _title_before(words) or quoted(text, start, end)


def _surname_in_lower_case(text: str, end: int) -> bool:
    """Return whether the next word may be a surname without a capital ("Ben stiller")."""
    found = re.match(r" ([a-z]{3,})", text[end : end + 25])
    if found is None or found[1] in _GO_ON:
        return False
    from attacks.language.tagging import universal_tags

    return universal_tags(["John", found[1]])[1] in ("NOUN", "ADJ", "X")


def _title_before(words: Sequence[str]) -> bool:
    """Return whether the word before may be part of the name ("San", "King"): it has a capital."""
    if not words or not words[-1].strip("(\"'")[:1].isupper() or words[-1].endswith((",", ":", ";")):
        return False
    if words[-1] in _HONORIFICS:
        return True
    return words[-1].strip("(\"'").lower() not in _PLAIN and not words[-1].endswith(_ENDS_SENTENCE)


FEMALE = words_in("""
    abigail ada adele adrienne agatha agnes aimee alexandra alice alicia alison allison alyssa amanda amelia
    amy anastasia andie andrea angela angelica angelina angie anita ann anna anne annette annie anya audrey
    aurora ava barbara beatrice becky belinda bella bernadette bernice bertha beth betsy bette betty beverly
    bianca blanche bonnie brenda bridget brigitte britney brooke camilla candace carla carmen carol
    carole caroline carolyn carrie catherine cathy cecilia celeste celia charlotte charlize chelsea cher
    cheryl chloe christina christine cindy claire clara clarice claudette claudia cleopatra colleen connie
    constance cora courtney cynthia daisy daphne darlene deanna debbie deborah debra delia
    della demi denise diana diane dina dolores donna doris dorothy drew edith edna eileen elaine eleanor
    elena eliza elizabeth ella ellen eloise elsa elsie emily emma erica erika esther estelle ethel eugenia
    eunice eva eve evelyn fanny felicia fiona flora florence frances gabrielle gail
    genevieve georgia geraldine gertrude gillian gina gladys glenda gloria grace greta
    gretchen gwen gwyneth hannah harriet hattie heather hedy heidi helen helena henrietta hermione hilary
    hilda ida ilsa imogen ingrid irene iris isabel isabella isabelle jackie jacqueline jane janet
    janice jasmine jeanette jeanne jen jenna jennifer jenny jessica jill joan joanna joanne jodie josephine
     joyce juanita judi judith judy julia juliana julianne julie juliet juliette karen karin kate
    katharine katherine kathleen kathryn kathy katie katrina kay keira kelly kirsten kirstie kristen kristin
    krista lana lara laura lauren lea leah lena leona leslie leticia lily linda lindsay lisa liv liz liza
    lois lola lorena loretta lorraine louise lucille lucinda lucy lydia lynn mabel mackenzie madeleine
    madeline madge madonna mae maggie mandy marcia margaret margarita margie margot maria marian marianne
    marie marilyn marina marion marisa marjorie marlene marsha martha mary matilda maureen maude mavis maya
    meg megan melanie melinda melissa mercedes meredith meryl mia michelle mildred milla millie mimi mindy
    minnie miranda miriam molly mona monica myrna nadia nancy naomi natalia natalie natasha nell nellie
    nicole nina nora norma octavia olga olivia ophelia pamela patricia patsy patty paula
    pauline peggy penelope petra phoebe phyllis polly priscilla rachel ramona rebecca reese
    regina renee rhonda rita roberta rosa rosalind rosamund rosanna rose roseanne rosemary rosie roxanne
    ruby ruth sabrina sadie salma sally samantha sandra sara sarah scarlett selena selma serena
    shannon sharon sheila shelley sherry shirley sibyl sienna sigourney simone sondra sonia sophia sophie
    stacy stella stephanie susan susanna susie suzanne sybil sylvia tabitha tamara tammy tanya
    tara tatiana teresa teri tess tessa thelma theresa tiffany tilda tina tracy trish uma ursula valerie
    vanessa vera veronica vicky victoria viola virginia vivian vivien wanda wendy whoopi wilma winona
    yolanda yvonne zoe
""")

MALE = words_in("""
    damien damian jermaine darius jerome boyd emmett floyd gilles hamish horatio ichabod ignatius lenard lloyd
    aaron abel abraham adam adolf adrian al alan albert aldo alec alejandro alexander alfred alfredo allan
    allen alvin andre andrew andy angelo anthony antonio archie arnold arthur barry bart ben benicio
    benjamin bernard bert bill billy bob bobby boris brad bradley brandon brendan brett brian bruce bruno
    burt buster calvin carl carlos cary cecil cedric chad charles charlie charlton chester chevy
    christian christopher chuck clarence clark claude clayton cliff clifford clint clive colin conrad craig
    cuba curt curtis cyrus damon dan daniel danny dario darren darryl dave david dean denis dennis denzel
    derek dick diego dirk dolph dominic don donald donnie doug douglas duncan dustin dwayne dwight earl ed
    eddie edgar edmund eduardo edward edwin eli elijah elliot elliott ellis elmer elvis emil emilio enrique
    eric ernest ernie errol ethan eugene evan ewan felix ferdinand fernando francis francisco francois frank
    frankie franklin fred freddie freddy frederick fredric fritz gabriel garth gary geoffrey george
    gerald gerard gilbert giovanni glen gordon graham greg gregory groucho guillermo gus hank hans
    harold harpo harrison harry harvey heath hector henry herbert herman homer horace howard hubert hugh
    hugo humphrey ian igor ingmar ira irving isaac ivan jack jacob jacques jake james jared jason
    javier jay jeff jeffrey jeremy jerome jerry jesse jim jimmy joaquin joe joel johan john johnnie
    johnny jon jonathan jorge jose joseph josh joshua jude jules julian julio julius justin karl keanu keith
    ken kenneth kenny kevin kiefer kirk klaus kurt kyle lance larry lars laurence lawrence lenny leo leon
    leonard leonardo leroy lester lewis liam lionel lloyd lon lorenzo lou louis luc lucas luigi luis luke
    luther malcolm manuel marc marcel marcello marco marcus mario mark marlon martin marty marvin matt
    matthew maurice max maximilian mel melvin michael michelangelo mick mickey miguel mike miles milton
    mitch mitchell morris moses murray nathan ned neil neville nicholas nick nicolas nigel noah norman
    oliver orlando orson oscar osama otto owen pablo patrick paul pedro percy perry pete peter phil philip
    phillip pierce pierre quentin rafael ralph ramon randolph randy raoul raul ray raymond reggie reginald
    rex ricardo richard rick ricky ridley rob robert roberto rocky rod roddy rodney rodrigo roger roland
    roman ron ronald ronnie roy rudolph rudy rufus rupert russ russell ryan sammy samuel scott sean
    sebastian sergei sergio seth shane shaun sherlock sid sidney simon spencer stan stanley stephen stephane
    steve steven stewart stuart sylvester ted terence terrence theodore thomas tim timothy tobey tobias todd
    tom tommy tony travis trevor tristan tyrone vernon victor vince vincent vinnie vladimir wallace walt
    walter warren wayne werner wes wesley wilbur wiley willem william willie winston woody wyatt xavier
    zach zachary
""")
