from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0015_kept_drifts")]

    operations = [
        migrations.AlterField(
            "webhookalarm",
            "kind",
            models.CharField(
                choices=[
                    ("silent", "events do not arrive"),
                    ("failing", "events cannot be applied"),
                    ("refused", "Stripe refuses our key"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
    ]
