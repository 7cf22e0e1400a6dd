"""The words that carry manner and no topic: those of French and of English, always together.

They are kept by the mask of `masking`; every other word is masked. One list for both languages, as
the analyser has both stems: nobody has to say or guess in which language a text is written.
"""

_FRENCH = """
a à afin ai aie ailleurs ainsi alors après as assez au aucun aucune auprès aura aurait auront
aussi aussitôt autant autour autre autres autrement aux auxquelles auxquels avaient avait avant
avec avez avoir avons ayant beaucoup bien bientôt c car ce ceci cela celle celles celui cependant
certain certaine certaines certains ces cet cette ceux chacun chacune chaque chez ci combien
comme comment contre d dans davantage de déjà dedans dehors depuis derrière des dès désormais
dessous dessus deux devant doit doivent donc dont du durant elle elles en encore enfin ensuite
entre envers environ es est et étaient était étant été êtes être eu eux eût fait faire fais fait
faites fallait falloir faudra faudrait faut fois font furent fut grâce guère hors ici il ils
jamais je jusqu jusque l la là laquelle le lequel les lesquelles lesquels leur leurs loin lors
lorsqu lorsque lui m ma mais malgré me même mêmes mes mien mienne mieux moi moins mon n ne
néanmoins ni non nos notamment notre nôtre nous nouveau nul on ont or où ou oui outre par parce
parfois parmi partout pas pendant personne peu peut peuvent peux plupart plus plusieurs plutôt
pour pourquoi pourrait pourtant pouvait pouvant pouvez pouvoir pouvons première premier près
presque puis puisqu puisque qu quand quant que quel quelle quelles quelqu quelque quelques quels
qui quiconque quoi quoique rien s sa sans sauf se selon sera serait seront ses seul seule
seulement si sien sinon soi soient soit sommes son sont sous soyez suis sur surtout t ta tandis
tant te tel telle telles tels tes tien toi ton toujours tous tout toute toutefois toutes très trop
tu un une uns va vais vers veut voici voilà voire vont vos votre vôtre vous vu y
"""

_ENGLISH = """
a about above according across actually after again against ago ahead all almost alone along
already also although always am among an and another any anybody anyone anything anyway anywhere
apart are aren around as aside at away back be became because become becomes been before behind
being below beside besides best better between beyond both but by came can cannot could couldn d
despite did didn do does doesn doing don done down due during each either else elsewhere enough
especially etc even ever every everybody everyone everything everywhere except far few first for
from further furthermore get gets getting give given gives go goes going gone got had hadn has
hasn have haven having he hence her here hers herself him himself his how however i if in indeed
instead into is isn it its itself just keep last later least less let like likely ll made make
makes making many may maybe me meanwhile might mine more moreover most mostly much must my myself
near nearly neither never nevertheless new next no nobody none nor not nothing now nowhere of off
often on once one ones only onto or other others otherwise our ours ourselves out over own per
perhaps please quite rather re really s said same say says second see seem seemed seems several
shall she should shouldn since so some somebody someone something sometimes somewhere soon still
such t take taken takes taking than that the their theirs them themselves then there therefore
these they thing things third this those though through throughout thus to together too toward
towards two under unless unlike until up upon us use used uses using usually ve very via was wasn
way we well went were weren what whatever when whenever where whereas wherever whether which while
who whoever whole whom whose why will with within without won would wouldn yes yet you your yours
yourself yourselves
"""

FRENCH = frozenset(_FRENCH.split())
ENGLISH = frozenset(_ENGLISH.split())
KEPT = FRENCH | ENGLISH
