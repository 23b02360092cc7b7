"""Growing a database to an archive by PostgreSQL itself: rows are copies of a story that was written and published by
the verbs, with words, tags, authors, pictures and revisions of their own."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

WORDS = [
    "harbour", "ferry", "council", "school", "budget", "flood", "tram", "market", "hospital", "bridge", "strike",
    "court", "election", "library", "police", "storm", "rent", "water", "museum", "factory", "airport", "river",
    "island", "winter", "mayor", "nurse", "pilot", "teacher", "baker", "quay", "harvest",
]  # fmt: skip
SECTIONS, AUTHORS = 8, 60  # a newsroom has as many however old it is


@dataclass(frozen=True)
class Size:
    stories: int
    tags: int
    pictures: int
    revisions: int  # of each story


SMALL = Size(stories=1_000, tags=400, pictures=300, revisions=5)
LARGE = Size(stories=100_000, tags=40_000, pictures=30_000, revisions=5)
QUICK = Size(stories=1_500, tags=600, pictures=450, revisions=5)  # tells nothing but that every row runs


class Grower:
    """Copies rows of one table after the other; `template` is the story's id."""

    def __init__(self, connection: psycopg.Connection[Any], template: int) -> None:
        self.connection, self.template = connection, template

    def grow(self, size: Size) -> None:
        """To this size, from whatever smaller size it has."""
        for table, wanted in (
            ("section", SECTIONS), ("author", AUTHORS), ("tag", size.tags), ("image", size.pictures)
        ):  # fmt: skip
            self._add_named(f"articles_{table}", wanted)
        first = self._count("articles_article")
        self._add_stories(first, size.stories)
        self._add_revisions(size)
        self._tie()
        for table in ("article", "revision", "section", "author", "tag", "image", "byline", "article_tags"):
            self._set_sequence(f"articles_{table}")
        self.connection.execute("VACUUM ANALYZE")

    def _add_named(self, table: str, wanted: int) -> None:
        """Sections, authors, tags and pictures, from the first one that is there."""
        columns = self._columns(table)
        changes = {
            name: expression
            for name, expression in {
                "slug": "'made-' || n",
                "name": f"{_word('n')} || ' ' || n",
                "title": f"{_word('n')} || ' ' || n",
                "sort_key": f"lower({_word('n')}) || ' ' || n",
                "translation_key": "gen_random_uuid()",
                "file": "'images/made-' || n || '.png'",
                "account_id": "NULL",
                "member_id": "NULL",
                "sha256": "md5(n::text) || md5((n + 1)::text)",
            }.items()
            if name in columns
        }
        self._copy(table, f"(SELECT min(id) FROM {table})", self._count(table) + 1, wanted, changes)

    def _add_stories(self, first: int, wanted: int) -> None:
        words = [_word(f"n * {prime}") for prime in (1, 7, 11, 17)]
        headline = " || ' ' || ".join([*words, "n::text"])
        changes = {
            "headline": headline,
            "latest_headline": headline,
            "slug": f"replace({headline}, ' ', '-')",
            "sort_key": headline,
            "translation_key": "gen_random_uuid()",
            "published_at": "now() - n * interval '25 minutes'",
            "first_published_at": "now() - n * interval '25 minutes'",
            "edited_at": "now() - n * interval '25 minutes'",
            "created_at": "now() - n * interval '25 minutes'",
            "published_on": "(now() - n * interval '25 minutes')::date",
            "section_id": _nth("articles_section", "n", SECTIONS),
            "lead_image_id": _nth("articles_image", "n * 13"),
            "search_vector": f"setweight(to_tsvector('simple', {headline}), 'A') || source.search_vector",
            "is_front_lead": "false",
            "latest_revision_id": "NULL",
            "live_revision_id": "NULL",
        }
        self._copy("articles_article", str(self.template), first + 1, wanted, self._known("articles_article", changes))

    def _add_revisions(self, size: Size) -> None:
        """Five for each new story, the last of which is live."""
        columns = self._columns("articles_revision")
        changes = {
            "id": "(SELECT max(id) FROM articles_revision) + row_number() OVER (ORDER BY story.id, n)",
            "article_id": "story.id",
            "headline": "story.headline",
            "content": "source.content || jsonb_build_object('headline', story.headline)",
            "created_at": f"story.published_at - ({size.revisions} - n) * interval '10 minutes'",
            "based_on_id": "NULL",
            "name": "''",
        }
        chosen = [changes.get(name, f"source.{name}") for name in columns]
        self.connection.execute(
            f"INSERT INTO articles_revision ({', '.join(columns)}) SELECT {', '.join(chosen)}"
            f" FROM articles_article AS story CROSS JOIN generate_series(1, {size.revisions}) AS n"
            " JOIN articles_revision AS source ON source.id ="
            f" (SELECT latest_revision_id FROM articles_article WHERE id = {self.template})"
            f" WHERE story.latest_revision_id IS NULL"
        )

    def _tie(self) -> None:
        """Latest and live revisions, bylines and tags; one tag stands on a tenth of all stories."""
        live = ", live_revision_id = newest.id" if "live_revision_id" in self._columns("articles_article") else ""
        self.connection.execute(
            f"UPDATE articles_article AS story SET latest_revision_id = newest.id{live} FROM"
            " (SELECT article_id, max(id) AS id FROM articles_revision GROUP BY article_id) AS newest"
            " WHERE newest.article_id = story.id AND story.latest_revision_id IS NULL"
        )
        untied = "NOT EXISTS (SELECT FROM articles_byline WHERE article_id = story.id)"
        self._copy_ties("articles_byline", {"author_id": _nth("articles_author", "story.id", AUTHORS)}, untied)
        untied = "NOT EXISTS (SELECT FROM articles_article_tags AS tie WHERE tie.article_id = story.id)"
        self.connection.execute(
            "INSERT INTO articles_article_tags (article_id, tag_id)"
            f" SELECT DISTINCT story.id, {_nth('articles_tag', 'story.id * 31 + place * 101')}"
            f" FROM articles_article AS story, generate_series(1, 3) AS place WHERE {untied}"
            " UNION SELECT story.id, (SELECT min(id) FROM articles_tag) FROM articles_article AS story"
            f" WHERE story.id % 10 = 0 AND {untied}"
        )

    def _copy_ties(self, table: str, changes: dict[str, str], untied: str) -> None:
        columns = [name for name in self._columns(table) if name != "id"]
        chosen = [{**changes, "article_id": "story.id"}.get(name, f"source.{name}") for name in columns]
        self.connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(chosen)} FROM articles_article AS story"
            f" JOIN {table} AS source ON source.id ="
            f" (SELECT min(id) FROM {table} WHERE article_id = {self.template}) WHERE {untied}"
        )

    def _copy(self, table: str, source: str, first: int, last: int, changes: dict[str, str]) -> None:
        columns = self._columns(table)
        changes = {"id": f"(SELECT max(id) FROM {table}) + n - {first} + 1", **changes}
        chosen = [changes.get(name, f"source.{name}") for name in columns]
        self.connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(chosen)}"
            f" FROM {table} AS source, generate_series({first}, {last}) AS n WHERE source.id = {source}"
        )

    def _known(self, table: str, changes: dict[str, str]) -> dict[str, str]:
        columns = self._columns(table)
        return {name: expression for name, expression in changes.items() if name in columns}

    def _columns(self, table: str) -> list[str]:
        found = self.connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
            " AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in found]

    def _count(self, table: str) -> int:
        row = self.connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        return int(row[0]) if row else 0

    def _set_sequence(self, table: str) -> None:
        self.connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )


def _word(number: str) -> str:
    """An SQL expression for one of the words."""
    listed = ", ".join(f"'{word}'" for word in WORDS)
    return f"(ARRAY[{listed}])[1 + ({number}) % {len(WORDS)}]"


def _nth(table: str, number: str, most: int | None = None) -> str:
    """An SQL expression for the id of a row of the table, whose ids run without gaps."""
    count = most or f"(SELECT count(*) FROM {table})"
    return f"(SELECT min(id) FROM {table}) + ({number}) % {count}"
