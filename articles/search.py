"""Finding published stories by words."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import F, Q

from articles.live_rows import SEARCH_CONFIGS
from articles.models import Article
from articles.reading import finish_pictures, with_pictures
from newsroom.lib.slugs import make_slug

NEWEST = 1_000  # a common word has more matches than anybody reads; only the newest are ranked
MOST_LETTERS = 200  # that are looked at
MOST_WORDS = 6  # that are compared by likeness
_EXACT = re.compile(r'"|(?:^|\s)-')  # quotes and minus say that likeness is not wanted


def search_stories(query: str, language: str) -> list[int]:
    """Ids of published stories that have the words, best first among the newest 1,000 matches; when none has them,
    those with a headline that looks alike. `query` as a person types it: quotes, or, minus."""
    words = query.replace("\0", "").strip()[:MOST_LETTERS]
    if not words:
        return []
    return _with_words(words, language) or ([] if _EXACT.search(words) else _alike(words, language))


def _with_words(words: str, language: str) -> list[int]:
    asked = SearchQuery(words, config=SEARCH_CONFIGS.get(language, "simple"), search_type="websearch")
    matches = Article.objects.published().in_language(language).filter(search_vector=asked)
    newest = matches.order_by("-published_at", "-id").values("pk")[:NEWEST]
    ranked = Article.objects.filter(pk__in=newest).annotate(rank=SearchRank(F("search_vector"), asked))
    return list(ranked.order_by("-rank", "-published_at", "-id").values_list("pk", flat=True))


def _alike(query: str, language: str) -> list[int]:
    """For slips, and for word endings that no dictionary of ours knows.

    Slugs are compared, which are headlines in Latin letters: on a server whose character type is C, trigrams know no
    other alphabet.
    """
    words = [word for word in make_slug(query, max_length=MOST_LETTERS).split("-") if len(word) > 3][:MOST_WORDS]
    if not words:
        return []
    is_alike = reduce(or_, (Q(slug__trigram_word_similar=word) for word in words))
    stories = Article.objects.published().in_language(language).filter(is_alike)
    likeness = TrigramWordSimilarity(" ".join(words), "slug")
    ranked = stories.annotate(likeness=likeness).order_by("-likeness", "-published_at", "-id")
    return list(ranked.values_list("pk", flat=True)[:NEWEST])


def found_stories(ids: list[int]) -> list[Article]:
    """The stories of one page of results, in the order given; asks again whether they are published."""
    stories = finish_pictures(with_pictures(Article.objects.published().filter(pk__in=ids).for_lists()))
    place = {pk: number for number, pk in enumerate(ids)}
    return sorted(stories, key=lambda story: place[story.pk])
