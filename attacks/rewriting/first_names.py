"""First names that tell a gender to most readers of English-language reviews; own list, far from complete."""

from __future__ import annotations

from attacks.rewriting.moving import words_in

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
