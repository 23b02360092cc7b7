"""The roles of the staff as groups. Their rights are declared in `members.accounts.rights` and set after migrating, when
Django has made the permissions."""

from django.db import migrations, models

ROLES = ("writer", "editor", "membership manager", "publisher", "operator")


def make_roles(apps, schema_editor):
    for name in ROLES:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


class Migration(migrations.Migration):

    dependencies = [
        ("members", "0002_patronage"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="locked_out_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="locked out"),
        ),
        migrations.AlterModelOptions(
            name="member",
            options={
                "permissions": [
                    ("grant_role", "May give and take roles"),
                    ("lock_out_member", "May lock people out"),
                ],
                "verbose_name": "member",
                "verbose_name_plural": "members",
            },
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
