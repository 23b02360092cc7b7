"""Slugs and sort keys for every alphabet we publish in.

Ukrainian is romanised by the table of the Cabinet of Ministers' resolution No. 55 of 27 January 2010; Django's own
slugify would leave nothing of «Київ».
"""

import re
import unicodedata

_INITIAL = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_LETTERS = {
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z", "и": "y",
    "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", "ю": "iu",
    "я": "ia", "ъ": "", "ы": "y", "э": "e", "ё": "e",
}  # fmt: skip
_APOSTROPHES = str.maketrans("", "", "'’ʼ`")
_UKRAINIAN = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
_UKRAINIAN_RANK = {letter: f"{rank:02d}" for rank, letter in enumerate(_UKRAINIAN)}

# The words of our own addresses; a page or topic with one of them would shadow it.
RESERVED_SLUGS = frozenset(
    (
        "account", "admin", "api", "author", "board", "corrections", "feed", "fragment", "gift", "healthz", "inbox",
        "livez", "mail", "media", "news-sitemap", "newsletters", "page", "preview", "robots", "rounds", "search",
        "section", "series", "sitemap", "static", "stripe", "suggest", "support", "tag", "thanks", "theme", "topics",
        "unsubscribe", "vote",
    )
)  # fmt: skip


def transliterate(text: str) -> str:
    """Cyrillic to Latin letters by the official table; everything else unchanged.

    >>> transliterate("Згурський у Києві")
    'zghurskyi u kyievi'
    """
    words = []
    for word in re.split(r"(\W+)", text.lower().translate(_APOSTROPHES)):
        word = word.replace("зг", "zgh")
        head = _INITIAL.get(word[:1], _LETTERS.get(word[:1], word[:1]))
        words.append(head + "".join(_LETTERS.get(letter, letter) for letter in word[1:]))
    return "".join(words)


def make_slug(text: str, *, max_length: int = 80) -> str:
    """An address word: Latin letters, digits and hyphens, cut at a word's end. Empty when nothing can be kept."""
    ascii_text = unicodedata.normalize("NFKD", transliterate(text)).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    if len(slug) > max_length:
        slug = slug[: max_length + 1].rsplit("-", 1)[0][:max_length]
    return slug


def sort_key(name: str) -> str:
    """A key that sorts names as their alphabet does under a plain byte comparison: «Є» after «Е», «І Ї» after «И»."""
    folded = name.casefold().translate(_APOSTROPHES)
    plain = "".join(
        f"я{_UKRAINIAN_RANK[letter]}" if letter in _UKRAINIAN_RANK else unicodedata.normalize("NFKD", letter)
        for letter in folded
    )
    return "".join(character for character in plain if not unicodedata.combining(character))[:200]
