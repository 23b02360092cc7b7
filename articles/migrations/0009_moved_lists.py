import django.db.models.deletion
from django.db import migrations, models


def of(name):
    return migrations.AddField(
        model_name="redirect",
        name=name,
        field=models.ForeignKey(
            blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=f"articles.{name}"
        ),
    )  # fmt: skip


class Migration(migrations.Migration):
    """What a section, tag, series or author was once called at leads to where it stands now."""

    dependencies = [("articles", "0008_at_size")]

    operations = [of(name) for name in ("section", "tag", "series", "author")]
