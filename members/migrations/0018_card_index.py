"""Supports by the card or account that they are paid with, found without stopping those who write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY knows no transaction; both steps may be run again

    dependencies = [("members", "0017_doors")]

    operations = [
        # What a try that was killed left behind, or 0013 as it was at first.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS subscription_of_card", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "subscription",
            models.Index(condition=~Q(fingerprint=""), fields=["fingerprint"], name="subscription_of_card"),
        ),
    ]
