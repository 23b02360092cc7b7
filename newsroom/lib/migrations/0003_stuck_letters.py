from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY knows no transaction; both steps may be run again

    dependencies = [
        ("lib", "0002_people"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS letter_stuck", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("state__in", ("failed", "unknown"))), fields=["state"], name="letter_stuck"
            ),
        ),
    ]
