"""Why a promise is taken back is said by language."""

from django.db import migrations, models


def move_reasons(apps, schema_editor):
    """To the language in which the topic was suggested: an editor wrote it in any, and nobody noted which."""
    for row in apps.get_model("members", "Commission").objects.exclude(withdrawn_why="").select_related("topic"):
        row.withdrawn_reasons = {row.topic.language: row.withdrawn_why}
        row.save(update_fields=["withdrawn_reasons"])


def move_back(apps, schema_editor):
    for row in apps.get_model("members", "Commission").objects.exclude(withdrawn_reasons={}).select_related("topic"):
        given = row.withdrawn_reasons
        row.withdrawn_why = given.get(row.topic.language) or next(iter(given.values()))
        row.save(update_fields=["withdrawn_why"])


class Migration(migrations.Migration):
    dependencies = [("members", "0004_decline_reasons")]

    operations = [
        migrations.AddField(
            model_name="commission",
            name="withdrawn_reasons",
            field=models.JSONField(blank=True, default=dict, verbose_name="why it is withdrawn, by language"),
        ),
        migrations.RunPython(move_reasons, move_back),
        migrations.RemoveField(model_name="commission", name="withdrawn_why"),
    ]
