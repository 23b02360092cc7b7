"""When Stripe was asked, set by the mirror itself; when a checkout was asked about last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0001_foundation")]

    operations = [
        migrations.AddField("checkout", "checked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AlterField("dispute", "fetched_at", models.DateTimeField()),
        migrations.AlterField("payment", "fetched_at", models.DateTimeField()),
        migrations.AlterField("refund", "fetched_at", models.DateTimeField()),
        migrations.AlterField("subscription", "fetched_at", models.DateTimeField()),
    ]
