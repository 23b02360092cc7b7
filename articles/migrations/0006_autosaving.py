import django.utils.timezone
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


def unique_concurrently(name, columns, condition, constraint):
    """A partial unique index without stopping those who write: AddConstraint would lock the table while it reads it."""
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON articles_revision ({columns}) WHERE {condition}",
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            )
        ],
        state_operations=[migrations.AddConstraint(model_name="revision", constraint=constraint)],
    )


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY knows no transaction; each step may be run again

    dependencies = [("articles", "0005_translating")]

    operations = [
        migrations.AlterField(
            model_name="revision",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="revision",
            name="sequence",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="revision",
            name="is_left",
            field=models.BooleanField(db_default=False, default=False),
        ),
        AddIndexConcurrently(
            model_name="revision",
            index=models.Index(fields=["created_at"], condition=Q(kind="autosaved"), name="revision_autosaved"),
        ),
        unique_concurrently(
            "revision_one_page_autosave",
            "page_id, created_by_id, session_key",
            "kind = 'autosaved' AND page_id IS NOT NULL",
            models.UniqueConstraint(
                fields=["page", "created_by", "session_key"],
                condition=Q(kind="autosaved", page__isnull=False),
                name="revision_one_page_autosave",
            ),
        ),
        unique_concurrently(
            "revision_one_begun_by_a_form",
            "created_by_id, session_key",
            "kind = 'saved' AND based_on_id IS NULL AND session_key <> ''",
            models.UniqueConstraint(
                fields=["created_by", "session_key"],
                condition=Q(kind="saved", based_on__isnull=True) & ~Q(session_key=""),
                name="revision_one_begun_by_a_form",
            ),
        ),
    ]
