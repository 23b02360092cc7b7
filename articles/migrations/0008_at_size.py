"""What keeps the desk's lists and searches quick in a large archive: indexes for any part of a headline, a tag or a
picture's words, for what is not yet published, and for the story that leads the front."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Upper

AT_ONCE = 5_000  # rows that one statement locks


def fill_headlines(apps, schema_editor):
    """What is filled is passed over."""
    revisions = apps.get_model("articles", "Revision").objects
    for name in ("Article", "Page"):
        rows = apps.get_model("articles", name).objects
        headline = revisions.filter(pk=OuterRef("latest_revision")).values("headline")[:1]
        open_rows = rows.filter(latest_headline="", latest_revision__isnull=False).exclude(latest_revision__headline="")
        while keys := list(open_rows.values_list("pk", flat=True)[:AT_ONCE]):
            rows.filter(pk__in=keys).update(latest_headline=Subquery(headline))


class AddIndexAgain(migrations.RunPython):
    """An index made beside those who write, anew when an earlier try was killed and left an invalid one."""

    def __init__(self, model_name, index):
        def add(apps, schema_editor):
            self._remove(schema_editor)
            model = apps.get_model("articles", model_name)
            schema_editor.execute(index.create_sql(model, schema_editor, concurrently=True))

        self.index = index
        super().__init__(add, lambda apps, schema_editor: self._remove(schema_editor))
        self.state_operation = migrations.AddIndex(model_name, index)

    def _remove(self, schema_editor):
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")

    def state_forwards(self, app_label, state):
        self.state_operation.state_forwards(app_label, state)


def likeness(name, *fields):
    return GinIndex(*(OpClass(Upper(field), "gin_trgm_ops") for field in fields), name=name)


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY knows no transaction; each step may be run again

    dependencies = [("articles", "0007_latest_headline")]

    operations = [
        migrations.RunPython(fill_headlines, migrations.RunPython.noop),
        AddIndexAgain(
            "article",
            models.Index(fields=["-edited_at", "-id"], condition=~Q(state="published"), name="article_in_hand"),
        ),
        AddIndexAgain("article", likeness("article_headlines", "latest_headline", "headline")),
        AddIndexAgain("image", likeness("image_words", "title", "alt", "caption", "credit")),
        AddIndexAgain("tag", likeness("tag_name_likeness", "name")),
        AddIndexAgain(
            "article",
            models.Index(fields=["-published_at", "-id"], condition=Q(state="published"), name="article_newest_of_all"),
        ),
        AddIndexAgain(
            "article",
            models.Index(
                fields=["language", "-published_at", "-id"], condition=Q(state="published", is_front_lead=True),
                name="article_front_lead",
            ),
        ),
    ]
