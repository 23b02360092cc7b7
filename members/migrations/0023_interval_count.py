from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0022_discount_fits")]

    operations = [
        migrations.AddField("subscription", "interval_count", models.PositiveSmallIntegerField(default=1)),
    ]
