"""Whether the name of a drug names what somebody is allergic to."""

import re
import unicodedata

# What counts as a word that names a substance.
SHORTEST_WORD = 4
# Words that stand beside many substances and name none.
NO_SUBSTANCES = frozenset(
    (
        "acid",
        "agent",
        "allergen",
        "allergic",
        "allergy",
        "antibacterial",
        "beta",
        "capsule",
        "combination",
        "derivative",
        "disorder",
        "dose",
        "drug",
        "extended",
        "finding",
        "from",
        "hydrochloride",
        "inhibitor",
        "injection",
        "intolerance",
        "medication",
        "oral",
        "organism",
        "other",
        "plain",
        "potassium",
        "powder",
        "preparation",
        "product",
        "sodium",
        "solution",
        "spectrum",
        "substance",
        "systemic",
        "tablet",
        "therapy",
        "topical",
        "type",
        "unspecified",
        "various",
        "with",
        "without",
    )
)


def split_words(text):
    """Return the words of a text without case, accents and a plural s.

    :rtype: list[str]
    """
    plain = unicodedata.normalize("NFKD", (text or "").casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [
        word.removesuffix("s") if len(word) > SHORTEST_WORD else word
        for word in re.findall(r"\w+", plain)
    ]


def names_substance(text, substance):
    """Whether a substance, or a word of it, occurs in a text as whole words.

    >>> names_substance("Penicillin V Potassium 250 mg", "penicillins")
    True
    >>> names_substance("Potassium chloride", "Penicillin V potassium")
    False
    >>> names_substance("Lactulose", "lact")
    False
    >>> names_substance("ACE inhibitors, plain", "ACE inhibitor")
    True
    >>> names_substance("Proton pump inhibitors", "ACE inhibitor")
    False
    >>> names_substance("ASS 100 mg", "ASS")
    False

    :param str text: the name of a drug or of a group of drugs
    :param str substance: what somebody is allergic to, in words
    :rtype: bool
    """
    words = split_words(text)
    wanted = split_words(substance)
    phrase = " ".join(wanted)
    if len(phrase) >= SHORTEST_WORD and f" {phrase} " in f" {' '.join(words)} ":
        return phrase not in NO_SUBSTANCES
    telling = {
        word for word in wanted if len(word) >= SHORTEST_WORD and not word.isdecimal()
    }
    return bool((telling - NO_SUBSTANCES) & set(words))
