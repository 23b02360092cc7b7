"""The roles of the staff as groups, with the permissions of each. New permissions of later models are given by later
migrations, which may copy `give_permissions`."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

APPS = ("articles", "members", "newsletters", "lib")
ALL = ("add", "change", "delete", "view")
KEEP = ("add", "change", "view")  # what is never deleted at the desk
SEE = ("view",)

ROLES = {
    "writer": {
        "articles": {
            "article": (*KEEP, "submit"), "revision": SEE, "image": ("add", "view"), "asset": ("add", "view"),
            "author": SEE, "section": SEE, "tag": SEE, "series": SEE, "correction": SEE, "previewlink": ("add", "view"),
        },
    },
    "editor": {
        "articles": {
            "article": (*ALL, "submit", "publish"), "page": (*ALL, "publish"), "revision": KEEP, "image": ALL,
            "asset": ALL, "rendition": SEE, "author": ALL, "byline": ALL, "relatedstory": ALL, "bodyreference": SEE,
            "section": ALL, "tag": ALL, "series": ALL, "correction": ALL, "previewlink": ALL, "redirect": ALL,
            "menu": ALL, "menuitem": ALL,
        },
        "members": {
            "topic": KEEP, "topictext": ALL, "round": KEEP, "candidate": ALL, "commission": KEEP,
        },
        "newsletters": {"newsletter": KEEP, "edition": (*ALL, "send"), "editionitem": ALL, "delivery": SEE},
        "lib": {"job": SEE},
    },
    "membership manager": {
        "members": {
            "member": KEEP, "tier": KEEP, "price": KEEP, "campaign": ALL, "subscription": ("change", "view"),
            "payment": ("change", "view"), "refund": KEEP, "dispute": SEE, "period": KEEP, "donation": ("change", "view"),
            "gift": KEEP, "stripecustomer": SEE, "stripeevent": ("change", "view"), "checkout": SEE,
        },
        "newsletters": {"newsletter": SEE, "signup": KEEP, "suppression": ALL},
        "lib": {"letter": SEE, "job": SEE},
    },
    "operator": {
        "members": {"stripeevent": SEE},
        "lib": {"auditentry": SEE, "letter": SEE, "job": SEE, "outbox": SEE},
    },
}  # fmt: skip
SECRET = ("ballot", "vote")  # how somebody voted is nobody's to read


def make_roles(apps, schema_editor):
    _make_permissions(apps)
    group = apps.get_model("auth", "Group")
    permission = apps.get_model("auth", "Permission")
    for name, rights in ROLES.items():
        give_permissions(group, permission, name, rights)
    publisher, _is_new = group.objects.get_or_create(name="publisher")
    everything = permission.objects.filter(content_type__app_label__in=APPS)
    publisher.permissions.add(*everything.exclude(content_type__model__in=SECRET))


def give_permissions(group, permission, role, rights):
    """Raises Permission.DoesNotExist for a right that no model has."""
    row, _is_new = group.objects.get_or_create(name=role)
    for app, models_of_app in rights.items():
        for model, actions in models_of_app.items():
            for action in actions:
                row.permissions.add(permission.objects.get(content_type__app_label=app, codename=f"{action}_{model}"))


def _make_permissions(apps):
    """Django makes permissions after all migrations; a fresh database needs them in this one."""
    for label in APPS:
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None


class Migration(migrations.Migration):

    dependencies = [
        ("members", "0002_patronage"),
        ("articles", "0002_people"),
        ("newsletters", "0002_send_edition"),
        ("lib", "0002_people"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
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
