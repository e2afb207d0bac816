"""Opposites in talk about films: word lists of our own."""

from __future__ import annotations

#: Praise and blame: a word of one is the opposite of every word of the other. To swap "boring" for
#: "enjoyable" turns a review round, whether or not a dictionary calls the two antonyms.
PRAISE = """
good great fine decent nice excellent superb brilliant outstanding magnificent wonderful fantastic terrific
amazing awesome incredible splendid marvelous fabulous delightful enjoyable fun entertaining engaging
gripping riveting absorbing fascinating exciting thrilling compelling interesting funny hilarious amusing
witty charming lovely beautiful gorgeous stunning moving touching heartwarming clever smart intelligent
inventive creative original memorable unforgettable satisfying rewarding impressive talented gifted perfect
flawless masterpiece gem treat joy triumph love adore cherish enjoy like appreciate admire praise applaud
acclaim recommend favorite best better finest pleasant refreshing likable likeable beloved worthwhile magic
magical solid strong
"""
BLAME = """
bad awful terrible horrible horrid lousy mediocre nasty poor dreadful atrocious abysmal appalling pathetic
lame crap crappy boring dull tedious tiresome uninteresting monotonous dreary bland stale pointless annoying
irritating stupid dumb idiotic ridiculous ugly hideous disgusting unfunny unwatchable forgettable
disappointing disappointment disappoint frustrating worst worse poorest waste garbage trash rubbish junk
mess failure flop disaster hate loathe detest despise dislike regret avoid clumsy wooden lifeless cheesy
overrated painful insulting insipid unconvincing unpleasant unlikable unlikeable worthless useless weak
feeble bore turkey
"""
#: The rest, each line "some | their opposites".
OPPOSITES = """
liking fondness | dislike aversion
praise applaud acclaim recommend | criticize condemn slam pan lambast denounce
interest fascinate excite thrill entertain engage | bore tire
interested fascinated excited thrilled entertained engaged | bored tired uninterested
funny hilarious amusing witty | unfunny serious boring humorless sad
happy glad cheerful | sad unhappy miserable gloomy sorrowful disappointed displeased
joyful merry delighted pleased | sad unhappy miserable gloomy sorrowful disappointed displeased
joy happiness delight pleasure | sadness sorrow misery grief pain
laugh smile | cry weep frown
beautiful pretty gorgeous lovely stunning handsome | ugly hideous unattractive
clever smart intelligent wise bright | stupid dumb dim foolish idiotic silly unintelligent
original fresh novel inventive creative | unoriginal derivative stale clichéd cliched trite hackneyed
fresh new | stale old
new modern recent | old ancient dated outdated
real genuine authentic true | fake false phony artificial unreal
believable convincing | unbelievable unconvincing incredible implausible unrealistic
credible plausible realistic | unbelievable unconvincing incredible implausible unrealistic
natural | artificial forced contrived unnatural wooden stilted
strong powerful forceful | weak feeble powerless
strength | weakness
successful | unsuccessful failed
success triumph hit masterpiece | failure disaster flop disappointment
succeed | fail
satisfy please impress | disappoint dissatisfy displease
satisfied impressed | disappointed dissatisfied unimpressed
worthy worthwhile worth valuable | worthless unworthy useless
useful | useless
talented gifted skilled | talentless untalented inept incompetent unskilled unable
skillful able competent capable | talentless untalented inept incompetent unskilled unable
perfect flawless | flawed imperfect
perfection | flaw imperfection
rich | poor cheap
expensive | cheap
deep profound complex | shallow superficial simple
subtle | obvious blatant heavy-handed
clear | unclear confusing muddled vague
coherent | incoherent
logical sensible | illogical nonsensical absurd
sense | nonsense
warm | cold cool
hot | cold
kind gentle | cruel mean harsh unkind
friendly | unfriendly hostile
friend ally | enemy foe
hero | villain
heroic brave courageous | cowardly
bravery courage | cowardice
innocent | guilty
honest sincere | dishonest insincere
likable likeable sympathetic | unlikable unlikeable unsympathetic
lively energetic | lifeless lethargic
alive living | dead
life birth | death
live | die
fast quick rapid swift | slow sluggish
quickly rapidly fast | slowly
long lengthy | short brief
tall high | short low
up | down
above | below
over | under
in inside | out outside
big large huge enormous | small little tiny
wide broad | narrow
heavy | light
light bright | dark dim gloomy
day | night
easy simple effortless | hard difficult
early | late
first | last
beginning start opening | end ending finish conclusion
begin start open | end finish close stop
always | never
often frequently usually | seldom rarely never
sometimes | never
all every everything everyone | none nothing nobody
everybody | nobody
something | nothing
everywhere somewhere | nowhere
many | few
much | little
more | less fewer
most | least fewest
several | few
very extremely | hardly barely slightly
fully completely totally entirely | partly partially
completely | barely
plenty abundance | lack shortage
full | empty
with | without
yes | no
can will | cannot won't
both | neither
either | neither
accept | reject refuse
agree | disagree
agreement | disagreement
approve | disapprove
believe trust | disbelieve doubt distrust
remember | forget
find | lose
win | lose
winner | loser
give | take
buy | sell
come arrive | go leave depart
enter | exit leave
push | pull
rise increase improve grow | fall decrease worsen decline shrink
gain | loss lose
add | remove subtract
build create | destroy
keep | discard lose
save | waste destroy
hope | despair
hopeful optimistic | hopeless pessimistic
positive favorable | negative unfavorable
advantage benefit strength | disadvantage drawback weakness
right correct accurate | wrong incorrect inaccurate
rightly | wrongly
appropriate suitable | inappropriate unsuitable
necessary needed | unnecessary needless
important significant major | unimportant insignificant minor trivial
famous popular known | unknown obscure unpopular
common usual ordinary typical normal | rare unusual uncommon extraordinary strange abnormal
ordinary unremarkable | extraordinary remarkable exceptional
predictable | unpredictable surprising
expected | unexpected
safe | dangerous unsafe
calm peaceful quiet | violent noisy loud wild
clean | dirty
healthy | sick ill unhealthy
young | old
male man | female woman
boy | girl
king | queen
husband | wife
father | mother
son | daughter
brother | sister
rich wealthy | poor
well | badly poorly ill
nicely beautifully brilliantly superbly wonderfully | badly poorly terribly horribly awfully
fortunately luckily happily thankfully | unfortunately unluckily sadly regrettably
lucky fortunate | unlucky unfortunate
luck | misfortune
tasteful | tasteless
polished refined elegant sophisticated | crude rough unrefined clumsy
tight | loose
smooth | rough
soft | hard loud
sharp | dull blunt
comfortable | uncomfortable
patient | impatient
possible | impossible
overrated | underrated
overlong | short
watchable | unwatchable
bearable | unbearable
forgivable | unforgivable inexcusable
"""
