import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("members", "0012_corners")]

    operations = [
        migrations.AddField("subscription", "fingerprint", models.CharField(blank=True, default="", max_length=80), preserve_default=False),
        migrations.CreateModel(
            name="Double",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("why", models.CharField(choices=[("member", "one member"), ("card", "one card or account"), ("address", "one mailbox, written in two ways")], max_length=8, verbose_name="known by")),
                ("state", models.CharField(choices=[("open", "open"), ("repairing", "being mended"), ("repaired", "mended"), ("kept", "both are meant"), ("over", "over by itself")], default="open", max_length=10, verbose_name="state")),
                ("error", models.TextField(blank=True)),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="found")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("decided_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("ended", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="members.subscription")),
                ("first", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="doubles_after", to="members.subscription")),
                ("second", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="double", to="members.subscription")),
            ],
            options={
                "verbose_name": "double support",
                "verbose_name_plural": "double support",
                "ordering": ["-id"],
                "indexes": [models.Index(condition=Q(state__in=("open", "repairing")), fields=["state", "id"], name="double_open")],
                "constraints": [
                    models.CheckConstraint(condition=~Q(first=F("second")), name="double_is_two"),
                    models.CheckConstraint(condition=~Q(state__in=("repairing", "repaired")) | Q(ended__isnull=False), name="double_ends_one"),
                ],
            },
        ),
    ]
