"""The external ids of what is loaded. To change one is to load everything twice."""

import hashlib


def of_row(row):
    """Return the name of what a row is in the first place."""
    return f"{row.file}_{row.key}"


def of_deed(deed):
    """Return the name of a line of a consultation.

    The row of an encounter is a consultation and the line of its fee.
    """
    name = of_row(deed.row)
    return f"{name}_line" if deed.row.file == "encounters" else name


def of_diagnosis(problem):
    """Return the name of a diagnosis, which shares its row with a condition."""
    return f"{of_row(problem.row)}_diagnosis"


def of_article(article):
    """Return the name of a product."""
    return f"product_{digest(article.key)}"


def of_visit_type(name):
    """Return the name of a visit type."""
    return f"visit_type_{digest(name)}"


def digest(text):
    return hashlib.sha1(text.encode()).hexdigest()
