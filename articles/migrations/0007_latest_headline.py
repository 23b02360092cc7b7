"""The headline as last written, in the story's own row: lists and searches need not read its revision."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0006_autosaving")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="latest_headline",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=250),
        )
        for name in ("article", "page")
    ]
