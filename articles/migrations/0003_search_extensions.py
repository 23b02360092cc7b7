from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension, UnaccentExtension
from django.db import migrations
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY knows no transaction; each step may be run again

    dependencies = [("articles", "0002_people")]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS article_slug_likeness", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="article",
            index=GinIndex(
                fields=["slug"],
                name="article_slug_likeness",
                opclasses=["gin_trgm_ops"],
                condition=Q(state="published"),
            ),
        ),
    ]
