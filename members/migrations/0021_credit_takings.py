import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0020_dispute_withdrawn")]

    operations = [
        migrations.AddField("payment", "balance_change", models.IntegerField(default=0)),
        migrations.CreateModel(
            name="CreditTaking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("amount", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[("new", "on its way"), ("done", "done"), ("failed", "refused")],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("refusals", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("transaction_id", models.CharField(blank=True, max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_takings",
                        to="members.subscription",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit taken back",
                "verbose_name_plural": "credit taken back",
                "constraints": [
                    models.CheckConstraint(condition=~models.Q(amount=0), name="credit_taking_not_empty"),
                    models.UniqueConstraint(
                        condition=models.Q(state="new"), fields=("subscription",), name="credit_taking_one_at_a_time"
                    ),
                ],
            },
        ),
    ]
