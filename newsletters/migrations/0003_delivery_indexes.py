import django.db.models.deletion
from django.db import migrations, models

import newsletters.models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0002_send_edition")]

    operations = [
        migrations.AlterField(
            model_name="editionitem",
            name="article",
            field=models.ForeignKey(
                limit_choices_to=newsletters.models.published_stories,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="articles.article",
                verbose_name="story",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="edition",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="newsletters.edition",
            ),
        ),
    ]
