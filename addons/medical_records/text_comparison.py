"""Comparing two versions of a text, for people to read."""

import re
from difflib import SequenceMatcher

from markupsafe import Markup, escape


def mark_changes(before, after):
    """Mark which words were removed and which were added.

    :param str before: the older text
    :param str after: the newer one
    :return: both texts with `<del>` and `<ins>` around what differs, escaped
    :rtype: tuple[Markup, Markup]
    """
    # Words with the space that follows, so that the texts come out as they were.
    old, new = (re.findall(r"\s+|\S+\s*", text) for text in (before, after))
    old_marked, new_marked = Markup(), Markup()
    for operation, i1, i2, j1, j2 in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        removed, added = escape("".join(old[i1:i2])), escape("".join(new[j1:j2]))
        if operation == "equal":
            old_marked += removed
            new_marked += added
            continue
        if removed:
            old_marked += Markup("<del>%s</del>") % removed
        if added:
            new_marked += Markup("<ins>%s</ins>") % added
    return old_marked, new_marked
