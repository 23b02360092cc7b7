from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0019_trial_moves")]

    operations = [
        migrations.AddField("dispute", "is_withdrawn", models.BooleanField(default=False)),
    ]
