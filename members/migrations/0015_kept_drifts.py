"""Money that Stripe does not know, and that a person lets stand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0014_told_amounts")]

    operations = [
        migrations.AlterField(
            "drift",
            "state",
            models.CharField(
                choices=[("open", "open"), ("asked", "to be mended"), ("mended", "mended"), ("gone", "gone by itself"), ("kept", "kept as it is")],
                default="open", max_length=10, verbose_name="state",
            ),
        ),
    ]
