"""Every address. What is public stands under the language's prefix; what is not for readers has none."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from newsroom.settings.environment import IS_PRODUCTION
from newsroom.site import errors, media, privacy_views, views
from newsroom.site.inbox import views as inbox_views
from newsroom.site.member_page import member_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/login/", views.desk_login),
    path("admin/members/member/<int:pk>/life/", admin.site.admin_view(member_page), name="desk-member"),
    path("admin/", admin.site.urls),
    path("theme.css", views.theme_css, name="theme-css"),
    path("media/<path:name>", media.serve_media),
    path("", include("members.patronage.urls_machine")),
    path("", include("newsletters.urls_machine")),
]
if not IS_PRODUCTION and settings.MAIL_INBOX_DIR:
    urlpatterns += [
        path("inbox/", inbox_views.inbox, name="inbox"),
        path("inbox/<str:key>/", inbox_views.message, name="inbox-message"),
        path("inbox/<str:key>/body/", inbox_views.message_body, name="inbox-message-body"),
    ]
urlpatterns += i18n_patterns(
    path("", views.home, name="home"),
    path("fragment/me/", views.me, name="fragment-me"),
    path("account/", include("members.accounts.urls")),
    path("account/", views.account, name="account"),
    path("account/export/", privacy_views.export, name="account-export"),
    path("account/erase/", privacy_views.erase, name="account-erase"),
    path("account/erased/", privacy_views.erased, name="account-erased"),
    path("account/newsletters/", include("newsletters.urls_account")),
    path("", include("members.urls")),
    path("newsletters/", include("newsletters.urls")),
    path("", include("articles.urls")),  # last: pages answer to any one word
    prefix_default_language=False,
)

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
