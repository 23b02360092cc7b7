"""Names sort by their stored keys' bytes on every server, whatever locale its cluster was made in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0010_take_down_note")]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="sort_key",
            field=models.CharField(db_collation="C", db_index=True, editable=False, max_length=200),
        )
        for name in ("author", "section", "series", "tag")
    ]
