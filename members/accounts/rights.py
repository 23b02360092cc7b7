"""What each role may do: one declaration. The groups are made by a migration; their rights are set whenever Django has
made the permissions they name, that is after each `migrate` and each `flush`. So a new model's rights need a line here
and no migration, and a right taken from this table is taken from the role."""

from typing import Any

from django.apps import apps as current_apps
from django.db.models.signals import post_migrate

APPS = ("articles", "members", "newsletters", "lib")
ALL = ("add", "change", "delete", "view")
KEEP = ("add", "change", "view")  # what is never deleted at the desk
SEE = ("view",)

ROLES: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "writer": {
        "articles": {
            "article": (*KEEP, "submit"), "revision": SEE, "image": ("add", "view"), "asset": ("add", "view"),
            "author": SEE, "section": SEE, "tag": SEE, "series": SEE, "correction": SEE, "previewlink": ("add", "view"),
            "note": ("add", "change", "view"),
        },
    },
    "editor": {
        "articles": {
            "article": (*ALL, "submit", "publish"), "page": (*ALL, "publish"), "revision": KEEP, "image": ALL,
            "asset": ALL, "rendition": SEE, "author": ALL, "byline": ALL, "relatedstory": ALL, "bodyreference": SEE,
            "section": ALL, "tag": ALL, "series": ALL, "correction": ALL, "previewlink": ALL, "redirect": ALL,
            "menu": ALL, "menuitem": ALL, "note": KEEP, "publishingloan": SEE,
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
            "payment": ("change", "view"), "refund": KEEP, "dispute": SEE, "period": KEEP,
            "donation": ("change", "view"), "gift": KEEP, "stripecustomer": SEE, "stripeevent": ("change", "view"),
            "checkout": SEE, "supportchange": ("change", "view"), "refundrequest": ("add", "view"),
            "declaration": ("change", "view"), "declaredeffect": SEE, "pricemove": KEEP, "supportmove": SEE,
            "membernote": ("add", "view"), "reconciliation": ("add", "view"), "drift": ("change", "view"),
            "webhookalarm": SEE, "double": ("change", "view"), "checkoutbreaker": SEE,
        },
        "newsletters": {"newsletter": SEE, "signup": KEEP, "suppression": ALL},
        "lib": {"letter": ("change", "view"), "job": SEE},
    },
    "operator": {
        "members": {"stripeevent": SEE},
        "lib": {"auditentry": SEE, "letter": SEE, "job": SEE, "outbox": SEE},
    },
}  # fmt: skip
SECRET = ("ballot", "vote")  # how somebody voted is nobody's to read
PUBLISHER = "publisher"  # all but how somebody voted


def set_rights(sender: Any, apps: Any = current_apps, **_options: Any) -> None:
    """Receives post_migrate; acts once, at `auth`, which comes after our apps. Safe to run any number of times."""
    if sender.label != "auth":
        return
    try:
        groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
        apps.get_model("members", "Member")
    except LookupError:  # migrated in part only
        return
    ours = permissions.filter(content_type__app_label__in=APPS).select_related("content_type")
    by_name = {(row.content_type.app_label, row.codename): row for row in ours}
    for role, rights in ROLES.items():
        wanted = [by_name[name] for name in right_names(rights) if name in by_name]
        groups.get_or_create(name=role)[0].permissions.set(wanted)
    all_but_votes = [row for row in by_name.values() if row.content_type.model not in SECRET]
    groups.get_or_create(name=PUBLISHER)[0].permissions.set(all_but_votes)


def right_names(rights: dict[str, dict[str, tuple[str, ...]]]) -> set[tuple[str, str]]:
    return {
        (app, f"{action}_{model}") for app, models in rights.items() for model, actions in models.items()
        for action in actions
    }  # fmt: skip


post_migrate.connect(set_rights, dispatch_uid="members.accounts.rights")
