from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0007_desk_money")]

    operations = [
        migrations.AddField("period", "grace_from", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("subscription", "current_period_start", models.DateTimeField(null=True)),
        migrations.AddField("subscription", "is_collecting", models.BooleanField(default=True)),
    ]
