"""What readers are told of a story that the clock takes down."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0009_moved_lists")]

    operations = [
        migrations.AddField(
            model_name="article",
            name="unpublish_note",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="note for readers"),
        )
    ]
