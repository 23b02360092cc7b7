from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0021_credit_takings")]

    operations = [
        migrations.AddField("subscription", "interval_count", models.PositiveSmallIntegerField(default=1)),
    ]
