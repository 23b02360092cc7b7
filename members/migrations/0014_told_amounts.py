"""What a change of support really takes later on, with what a promotion code takes off; a payment's text on the bank
statement."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0013_doubles")]

    operations = [
        migrations.AddField("supportchange", "lasting_amount", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField(
            "payment", "statement_text", models.CharField(blank=True, default="", max_length=80), preserve_default=False
        ),
        migrations.AddField("supportchange", "next_due", models.PositiveIntegerField(blank=True, null=True)),
    ]
