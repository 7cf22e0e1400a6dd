"""Common given names, in French and in English: a word with a capital after one is a family name.

The names that most people in France, Great Britain and North America bear, without accents. A name
that is none of these is found by its title or by a mail, or is given by a person.
"""

_COMMON = """
adam adele adrian adrien agathe agnes aicha aisha alain alan albert alex alexander alexandra
alexandre alexis alfred alice alicia alison amanda amber amelie amina amir amy anais andre andrea
andrew angela angele angus anna anne annie anthony antoine antonin antonio ariane arnaud arthur
ashley audrey aurelie aurelien axel barbara basile bastien beatrice ben benjamin benoit bernard
bertrand beth bill bob boris brandon brian brigitte bruce bruno bryan caitlin cameron camille carl
carla carlos carol caroline catherine cathy cecile celia celine chantal charles charlie charlotte
chloe chris christian christine christophe christopher claire clara clarisse claude claudia
clement clementine colin coline conor corinne craig cyril damien dan daniel daniela danielle
daphne david dean deborah delphine denis denise derek diana diane didier dominique donald donna
dorothy douglas duncan dylan edith edouard edward eileen eleanor elena elias elise elizabeth ella
ellen elodie elsa emeline emilie emily emma emmanuel emmanuelle eric erica erik erwan estelle
esther ethan etienne eugene eva evan eve evelyne fabien fabienne fabrice farid fatima felix fiona
florence florent florian frances francis franck francois francoise frank fred frederic gabriel
gabrielle gael gary gaspard gemma genevieve george georges gerald gerard gilbert gilles giulia
gordon grace graham greg gregoire gregory guillaume gustave guy gwen hannah hans harold harriet
harry hassan heather hector helen helena helene henri henry herve holly hugo hugues ian ibrahim
idris ines irene iris isaac isabel isabelle ivan jack jackie jacob jacqueline jacques jake james
jamie jan jane janet jason jasper javier jean jeanne jeff jennifer jenny jeremie jeremy jerome
jesse jessica jill jim joan joanna joe joel johan johanna john johnny jonas jonathan jordan jose
joseph josephine jos josh joshua joss joyce juan judith jules julia julian julie julien juliette
justin justine karen karim karine karl kate katherine kathleen katie keith kelly ken kenneth kevin
kim kirsten kyle laetitia lara larry laura laure laurence laurent lea leila leo leon leonard
leonie lesley leslie lewis liam lila lily linda lionel lisa lise liz loic lola lorenzo lou louis
louise luc luca lucas lucia lucie lucien lucy luke lydia lynn madeleine mael magali malik manon
manuel marc marcel marco margaret margaux margot maria marianne marie marina marine mario marion
marius mark marta martha martin martine marty mary maryam mathieu mathilde matilda matt matthew
matthieu maud maurice max maxime megan mehdi melanie melissa michael michel michele michelle
miguel mike mireille mohamed mohammed molly monica monique morgan moussa muriel myriam nadege
nadia nancy naomi natalie natasha nathalie nathan neil nicholas nick nicolas nicole nigel nina
noah noe noemie nora norman odile oliver olivia olivier omar oscar owen pablo pamela pascal
pascale patricia patrick paul paula pauline peder pedro penelope perrine peter phil philip
philippe pierre quentin rachel rachid ralph raphael raymond rebecca regis remi remy renaud rene
rhys richard rob robert robin rodrigue roger roland romain romane ronald rosa rosalie rose
roseline ross roxane ruben rupert russell ruth ryan sabine sabrina sally salome sam samantha samia
samir samuel sandra sandrine sara sarah scott sean sebastian sebastien serge sergio sharon sheila
sian simon simone sofia solene sonia sophia sophie stacy stanislas stephane stephanie stephen
steve steven stuart susan suzanne sven sybille sylvain sylvie tanguy tania tara ted teresa terry
theo theodore theresa thibault thierry thomas tim timothee timothy tina tobias todd tom tony tracy
tristan tyler ulysse ursula valentin valentine valerie vanessa vera veronique vicky victoire
victor victoria vincent violette virginie vivian walter wendy wilfried william xavier yanis yann
yannick yasmine yves yvette yvonne zachary zoe
"""

GIVEN = frozenset(_COMMON.split())
