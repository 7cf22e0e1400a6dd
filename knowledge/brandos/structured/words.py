"""Which field of a record a word means: in headers and headings, in French and English."""

from collections.abc import Mapping

from savoirfaire.knowledge.brandos.fields import Form
from savoirfaire.knowledge.brandos.forms import KINDS
from savoirfaire.knowledge.brandos.structured.material import plain_words

_KIND_NAMES: Mapping[str, str] = {
    "brand_voice": "brand voice, voix, voix de marque, ton, tone of voice, voice",
    "audience_persona": "persona, personas, audience, audiences, cible, cibles, audience persona,"
    " public",
    "industry": "industry, industrie, secteur, marche, market",
    "competitor": "competitor, competitors, concurrent, concurrents, concurrente, rival",
    "strategy": "strategy, strategie, strategies",
    "learning": "learning, learnings, apprentissage, apprentissages, enseignement, enseignements,"
    " lecon, lecons, lesson, lessons",
    "win": "win, wins, success, successes, succes, reussite, reussites, victoire",
    "fail": "fail, fails, failure, failures, echec, echecs, rate",
    "brief": "brief, briefs",
    "feedback": "feedback, retour, retours, retour client",
    "process_step": "process step, step, steps, etape, etapes",
    "offer": "offer, offers, offre, offres, prestation, prestations, service, services",
    "case_study": "case study, case studies, etude de cas, etudes de cas, cas client, reference,"
    " references",
}
_KIND_OF = {name: kind for kind, names in _KIND_NAMES.items() for name in names.split(", ")}

_FIELDS: Mapping[str, str] = {
    "name": "name, nom, title, titre, intitule",
    "voice": "voice, voix, ton, tone",
    "brand": "brand, marque",
    "aspect": "aspect",
    "language": "language, langue, lang",
    "description": "description, portrait, presentation",
    "share": "share, part",
    "trends": "trends, trend, tendances, tendance",
    "rules": "rules, regulation, regles, reglementation",
    "terms": "terms, termes, vocabulary, vocabulaire, jargon",
    "positioning": "positioning, positionnement",
    "strengths": "strengths, strength, forces, force, points forts, point fort, atouts",
    "weaknesses": "weaknesses, weakness, faiblesses, faiblesse, points faibles, point faible",
    "site": "site, website, web site, url, site web, lien",
    "notes": "notes, note, remarks, remarques, remarque, commentaire, commentaires, comment",
    "topic": "topic, sujet, theme, matter",
    "statement": "statement, position, decision, enonce, learning, apprentissage, enseignement,"
    " lecon, strategie, strategy",
    "decided_on": "decided on, decide le, decidee le, since, depuis",
    "reason": "reason, raison, motif",
    "context": "context, contexte",
    "evidence": "evidence, proof, preuve, preuves, chiffres",
    "what": "what, quoi, action, fait, win, fail, etape, step",
    "result": "result, results, outcome, resultat, resultats, bilan",
    "why": "why, pourquoi, cause, causes, explication",
    "channel": "channel, canal, support, media",
    "date": "date, day, jour",
    "objective": "objective, objectives, objectif, objectifs, goal, but",
    "audience": "audience, cible, public, target",
    "message": "message",
    "deliverables": "deliverables, livrables, livrable, deliverable",
    "constraints": "constraints, contraintes, contrainte, constraint",
    "deadline": "deadline, echeance, date limite, due, pour le",
    "budget": "budget",
    "about": "about, on, a propos, concerne, objet, livrable, work",
    "quote": "quote, words, citation, verbatim, feedback, retour",
    "author": "author, auteur, autrice, by, par, from, de",
    "process": "process, processus, procedure",
    "order": "order, ordre, no, n, number, numero, rang",
    "who": "who, qui, role, responsable, owner",
    "tools": "tools, tool, outils, outil",
    "duration": "duration, duree, temps, time",
    "customer": "customer, client, cliente",
    "industry": "industry, industrie, secteur",
    "challenge": "challenge, challenges, defi, enjeu, enjeux, probleme, problem",
    "approach": "approach, approche, solution, demarche",
    "services": "services, prestations",
    "currency": "currency, devise, monnaie",
    "conditions": "conditions, terms and conditions",
}
_MEANT: dict[str, list[str]] = {}
for _field, _words in _FIELDS.items():
    for _word in _words.split(", "):
        _MEANT.setdefault(_word, []).append(_field)

MAIN: Mapping[str, tuple[str, str]] = {
    "brand_voice": ("brand", "voice"),
    "audience_persona": ("name", "description"),
    "industry": ("name", "description"),
    "competitor": ("name", "positioning"),
    "strategy": ("topic", "statement"),
    "learning": ("topic", "statement"),
    "win": ("what", "context"),
    "fail": ("what", "context"),
    "brief": ("name", "objective"),
    "feedback": ("about", "quote"),
    "process_step": ("what", "notes"),
    "offer": ("name", "description"),
    "case_study": ("name", "approach"),
}
"""Of each kind that people write down: the field of its title, and that of words without a name."""


def kind_of(word: str) -> str:
    """The kind that a word names; empty for none."""
    plain = plain_words(word)
    kind = plain.replace(" ", "_")
    return kind if kind in MAIN else _KIND_OF.get(plain, "")


def field_of(kind: str, word: str) -> str:
    """The field of a kind that a word names; empty for none."""
    fields = KINDS[kind].model_fields
    plain = plain_words(word)
    own = plain.replace(" ", "_")
    if own in fields:
        return own
    return next((each for each in _MEANT.get(plain, ()) if each in fields), "")


def is_many(form: type[Form], field: str) -> bool:
    """Whether a field takes several values."""
    return bool(form.model_fields[field].default == ())
