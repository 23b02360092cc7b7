from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("articles", "0002_people")]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.AddIndex(
            model_name="article",
            index=GinIndex(
                fields=["slug"],
                name="article_slug_likeness",
                opclasses=["gin_trgm_ops"],
                condition=Q(state="published"),
            ),
        ),
    ]
