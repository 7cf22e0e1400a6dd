"""The names of metrics, channels, dates and the like in the tables that people keep."""

import re
from collections.abc import Mapping

from savoirfaire.knowledge.brandos.structured.material import plain_words

_NAMES: Mapping[str, str] = {
    "sent": "sent, sends, emails sent, envois, envoyes, emails envoyes, mails envoyes, recipients,"
    " destinataires",
    "delivered": "delivered, delivres, livres, remis, recus",
    "opens": "opens, opened, unique opens, ouvertures, ouvertures uniques, ouverts, ouvreurs",
    "open_rate": "open rate, opening rate, taux d ouverture, taux ouverture, % ouverture, % opens",
    "clicks": "clicks, unique clicks, clics, clics uniques, cliqueurs",
    "click_rate": "click rate, click through rate, clickthrough rate, ctr, taux de clic,"
    " taux de clics, taux clic, % clics, % clicks",
    "click_to_open_rate": "click to open rate, ctor, reactivite, taux de reactivite",
    "unsubscribes": "unsubscribes, unsubscribed, unsubs, desabonnements, desabonnes,"
    " desinscriptions, desinscrits",
    "unsubscribe_rate": "unsubscribe rate, taux de desabonnement, taux de desinscription",
    "bounces": "bounces, bounced, rebonds, npai",
    "bounce_rate": "bounce rate, taux de rebond",
    "subscribers": "subscribers, abonnes, inscrits",
    "followers": "followers, abonnes aux reseaux, suiveurs",
    "impressions": "impressions, affichages",
    "reach": "reach, portee, couverture",
    "views": "views, vues, page views, pages vues",
    "visits": "visits, visites, sessions",
    "visitors": "visitors, unique visitors, visiteurs, visiteurs uniques",
    "likes": "likes, j aime, mentions j aime",
    "comments": "comments, commentaires",
    "shares": "shares, partages, reposts",
    "engagements": "engagements, interactions",
    "engagement_rate": "engagement rate, taux d engagement",
    "replies": "replies, responses, reponses",
    "leads": "leads, prospects",
    "conversions": "conversions",
    "conversion_rate": "conversion rate, taux de conversion",
    "sales": "sales, ventes, orders, commandes",
    "revenue": "revenue, turnover, chiffre d affaires, ca, revenus",
    "cost": "cost, spend, cout, couts, depense, depenses, budget depense",
    "downloads": "downloads, telechargements",
    "items": "items, sujets, articles",
    "links": "links, liens",
    "words": "words, mots",
    "editions": "editions, issues, numeros, newsletters",
    "topics": "topics, topic pages, pages thematiques, themes",
}
METRICS: Mapping[str, str] = {
    name: metric for metric, names in _NAMES.items() for name in names.split(", ")
}
"""The metric of each name it goes by, in French and English, in plain words."""

_MEASURED = {"revenue", "cost"}  # not counted one by one, nor are rates

_CHANNELS = {"newsletter", "newsletters", "mail", "mails", "email", "emails", "emailing"}
_CHANNELS |= {"infolettre", "courriel", "courriels", "instagram", "insta", "linkedin", "facebook"}
_CHANNELS |= {"tiktok", "youtube", "twitter", "x", "mastodon", "bluesky", "pinterest", "threads"}
_CHANNELS |= {"sms", "whatsapp", "site", "website", "web", "blog", "podcast", "radio", "presse"}
_CHANNELS |= {"press", "affichage", "display", "ads", "seo", "social", "print", "tv", "boutique"}

_DATES = (
    "date, day, week, month, quarter, year, period, send date, sent on, sent at, jour, semaine,"
)
_DATES += " mois, trimestre, annee, periode, date d envoi, envoye le, publie le, published, date de"
_DATES += " publication, publication date"
_LABELS = "campaign, campagne, subject, subject line, objet, title, titre, edition, issue, numero,"
_LABELS += " post, publication, name, nom"
_SET = {
    "date": _DATES,
    "channel": "channel, canal, media, support, platform, plateforme, reseau, network, source",
    "metric": "metric, metrique, indicateur, kpi, indicator, mesure, measure",
    "value": "value, valeur, resultat, result, figure, chiffre, nombre, number",
    "unit": "unit, unite",
    "label": _LABELS,
}
ROLES: Mapping[str, str] = {
    name: role for role, names in _SET.items() for name in names.split(", ")
}
"""What a column is for, by its name in plain words."""

_FRENCH = {"semaine", "mois", "trimestre", "annee", "canal", "objet", "taux", "envoi", "envois"}
_FRENCH |= {"ouverture", "ouvertures", "clic", "clics", "jour", "valeur", "indicateur", "abonnes"}
_UNIT = re.compile(r"(?P<name>.*?)\s*[(\[](?P<unit>%|[€$£]|[kM]€|EUR|USD|GBP|CHF|HT|TTC)[)\]]\s*")


def named(header: str) -> tuple[str, str]:
    """The name of a column and the unit that its header has in brackets, if any."""
    found = _UNIT.fullmatch(header.strip()) if len(header) <= 120 else None  # noqa: PLR2004
    return (found["name"], found["unit"]) if found else (header.strip(), "")


def metric(name: str) -> str:
    """The metric of a name, else the name itself."""
    return METRICS.get(plain_words(name), " ".join(name.split()))


def is_known(name: str) -> bool:
    """Whether a name is one of a metric."""
    return plain_words(name) in METRICS


def is_count(metric: str) -> bool:
    """Whether a metric counts something one by one, so that its values are whole."""
    return metric in _NAMES and metric not in _MEASURED and not metric.endswith("_rate")


def is_channel(name: str) -> bool:
    """Whether a word of a file's or folder's name is that of a channel."""
    return bool(_CHANNELS & set(plain_words(name).split()))


def role(name: str) -> str:
    """What a column is for: date, channel, metric, value, unit or label; else nothing."""
    return ROLES.get(plain_words(name), "")


def is_french(names: list[str]) -> bool:
    """Whether names of columns are French for certain: so are the table's dates."""
    return any(word in _FRENCH for name in names for word in plain_words(name).split())
