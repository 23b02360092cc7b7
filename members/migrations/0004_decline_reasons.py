"""The reason for which a topic is declined moves to its texts, one per language."""

from django.db import migrations, models


def move_reasons(apps, schema_editor):
    """To the language in which the topic was suggested, else to any that it has."""
    for topic in apps.get_model("members", "Topic").objects.exclude(decline_reason="").iterator():
        texts = topic.texts
        text = texts.filter(language=topic.language).first() or texts.order_by("id").first()
        if text is not None:
            text.decline_reason = topic.decline_reason
            text.save(update_fields=["decline_reason"])


def move_back(apps, schema_editor):
    for text in apps.get_model("members", "TopicText").objects.exclude(decline_reason="").select_related("topic"):
        if text.language == text.topic.language or not text.topic.decline_reason:
            text.topic.decline_reason = text.decline_reason
            text.topic.save(update_fields=["decline_reason"])


class Migration(migrations.Migration):
    dependencies = [("members", "0003_roles")]

    operations = [
        migrations.AddField(
            model_name="topictext",
            name="decline_reason",
            field=models.TextField(blank=True, verbose_name="why it is declined", default=""),
            preserve_default=False,
        ),
        migrations.RunPython(move_reasons, move_back),
        migrations.RemoveField(model_name="topic", name="decline_reason"),
    ]
