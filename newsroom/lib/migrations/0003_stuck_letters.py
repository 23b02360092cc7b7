from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("lib", "0002_people"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("state__in", ("failed", "unknown"))), fields=["state"], name="letter_stuck"
            ),
        ),
    ]
