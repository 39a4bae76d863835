"""Text folded for search: what a person types and what a title says become the same words."""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not decompose into a base and a mark, yet which people type as one.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})
_APOSTROPHES = re.compile("['`\u2019\u02bc]")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> list[str]:
    """The words of a text without case, accents, apostrophes and punctuation. Folding folded words changes nothing."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _WORD.findall(_APOSTROPHES.sub("", plain.casefold().translate(_LETTERS)))
