"""The desk's look: django-unfold with our colours and rooms."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def _link(title: Any, icon: str, name: str, permission: str) -> dict[str, object]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}_changelist"),
        "permission": lambda request: request.user.has_perm(permission),
    }


def _is_under(request: HttpRequest, folder: str, *, but: str) -> bool:
    return folder in request.path and not request.path.endswith(but)


UNFOLD = {
    "SITE_TITLE": "Newsroom",
    "SITE_HEADER": "Newsroom",
    "SITE_SYMBOL": "newspaper",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("newsroom/icon.svg")},
    ],
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_HISTORY": False,
    "ENVIRONMENT": "newsroom.site.dashboard.environment",
    "DASHBOARD_CALLBACK": "newsroom.site.dashboard.dashboard",
    "BORDER_RADIUS": "2px",
    "STYLES": [lambda request: static("newsroom/css/desk.css")],
    "SCRIPTS": [lambda request: static("newsroom/js/desk-regions.js")],
    "COLORS": {
        # Warm greys, as light as django-unfold's own, so that its contrasts hold.
        "base": {
            "50": "oklch(0.985 0.004 80)",
            "100": "oklch(0.967 0.006 80)",
            "200": "oklch(0.928 0.008 80)",
            "300": "oklch(0.872 0.01 80)",
            "400": "oklch(0.707 0.012 80)",
            "500": "oklch(0.551 0.014 75)",
            "600": "oklch(0.446 0.013 75)",
            "700": "oklch(0.373 0.012 75)",
            "800": "oklch(0.278 0.01 75)",
            "900": "oklch(0.21 0.008 75)",
            "950": "oklch(0.13 0.006 75)",
        },
        "primary": {
            "50": "oklch(0.97 0.013 40)",
            "100": "oklch(0.94 0.03 40)",
            "200": "oklch(0.88 0.06 40)",
            "300": "oklch(0.8 0.1 40)",
            "400": "oklch(0.68 0.14 38)",
            "500": "oklch(0.58 0.16 36)",
            "600": "oklch(0.5 0.15 35)",
            "700": "oklch(0.43 0.13 34)",
            "800": "oklch(0.36 0.1 34)",
            "900": "oklch(0.3 0.08 34)",
            "950": "oklch(0.22 0.06 34)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Stories"),
                "items": [
                    {
                        **_link(_("Stories"), "article", "articles_article", "articles.view_article"),
                        "active": lambda request: _is_under(request, "/articles/article/", but="/queue/"),
                    },
                    {
                        "title": _("Waiting for an editor"),
                        "icon": "rate_review",
                        "link": reverse_lazy("admin:articles_article_queue"),
                        "permission": lambda request: request.user.has_perm("articles.publish_article"),
                    },
                    _link(_("Pages"), "description", "articles_page", "articles.view_page"),
                    _link(_("Pictures"), "image", "articles_image", "articles.view_image"),
                    _link(_("Authors"), "person_edit", "articles_author", "articles.view_author"),
                    _link(_("Sections"), "view_column", "articles_section", "articles.view_section"),
                    _link(_("Tags"), "sell", "articles_tag", "articles.view_tag"),
                    _link(
                        pgettext_lazy("several", "Series"), "library_books", "articles_series", "articles.view_series"
                    ),
                    _link(_("Files"), "attach_file", "articles_asset", "articles.view_asset"),
                    _link(_("Corrections"), "rule", "articles_correction", "articles.view_correction"),
                    _link(_("Menus"), "menu", "articles_menu", "articles.view_menu"),
                    _link(_("Moved addresses"), "moved_location", "articles_redirect", "articles.view_redirect"),
                ],
            },
            {
                "title": _("Readers ask"),
                "separator": True,
                "items": [
                    _link(_("Topics"), "forum", "members_topic", "members.view_topic"),
                    _link(_("Rounds"), "how_to_vote", "members_round", "members.view_round"),
                    _link(_("Commissions"), "assignment", "members_commission", "members.view_commission"),
                ],
            },
            {
                "title": _("Newsletters"),
                "separator": True,
                "items": [
                    _link(_("Editions"), "mail", "newsletters_edition", "newsletters.view_edition"),
                    _link(_("Newsletters"), "newsmode", "newsletters_newsletter", "newsletters.view_newsletter"),
                ],
            },
            {
                "title": _("Patronage"),
                "separator": True,
                "items": [
                    _link(_("Members"), "group", "members_member", "members.view_member"),
                    _link(_("Subscriptions"), "autorenew", "members_subscription", "members.view_subscription"),
                    _link(_("Double support"), "content_copy", "members_double", "members.view_double"),
                    _link(_("Changes of support"), "swap_horiz", "members_supportchange", "members.view_supportchange"),
                    _link(_("Payments"), "payments", "members_payment", "members.view_payment"),
                    _link(_("Refunds"), "undo", "members_refundrequest", "members.view_refundrequest"),
                    _link(_("Declarations"), "door_front", "members_declaration", "members.view_declaration"),
                    _link(_("Disputes"), "gavel", "members_dispute", "members.view_dispute"),
                    _link(_("Gifts"), "redeem", "members_gift", "members.view_gift"),
                    _link(_("Tiers"), "stairs", "members_tier", "members.view_tier"),
                    _link(_("Campaigns"), "campaign", "members_campaign", "members.view_campaign"),
                    _link(_("Stripe events"), "webhook", "members_stripeevent", "members.view_stripeevent"),
                    _link(_("Card testing"), "shield", "members_checkoutbreaker", "members.view_checkoutbreaker"),
                    _link(_("Compared with Stripe"), "difference", "members_drift", "members.view_drift"),
                ],
            },
            {
                "title": _("House"),
                "separator": True,
                "items": [
                    _link(_("Settings"), "tune", "lib_sitesettings", "lib.view_sitesettings"),
                    _link(_("Lent rights"), "key", "articles_publishingloan", "articles.add_publishingloan"),
                    _link(_("Audit"), "history", "lib_auditentry", "lib.view_auditentry"),
                    _link(_("Letters"), "outgoing_mail", "lib_letter", "lib.view_letter"),
                ],
            },
        ],
    },
}

__all__ = [name for name in dir() if name.isupper()]
