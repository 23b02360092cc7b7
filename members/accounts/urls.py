"""Under /account/. The names are allauth's where it looks for them; nothing here knows of passwords."""

from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as codes_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn_views
from django.urls import path
from django.views.decorators.cache import never_cache

from members.accounts import link_views, views
from members.accounts.factors import enrolling

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-in/", views.sign_in, name="account_request_login_code"),  # allauth's name for the same door
    path("sign-in/code/", views.ConfirmCodeView.as_view(), name="account_confirm_login_code"),
    path("sign-in/link/", link_views.sign_in_by_link, name="account_sign_in_by_link"),
    path("sign-in/link/<str:token>/", link_views.sign_in_link, name="account_sign_in_link"),
    path("sign-in/passkey/", never_cache(webauthn_views.login_webauthn), name="mfa_login_webauthn"),
    path("sign-in/factor/", views.PassFactorView.as_view(), name="mfa_authenticate"),
    path("sign-in/device/", views.TrustDeviceView.as_view(), name="mfa_trust"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("sign-out-everywhere/", views.sign_out_everywhere_else, name="account_sign_out_everywhere"),
    path("browsers/<int:pk>/sign-out/", views.sign_out_one, name="account_sign_out_one"),
    path("closed/", views.AccountClosedView.as_view(), name="account_inactive"),
    path("staff-link/<str:token>/", views.staff_link, name="account_staff_link"),
    path("address/<str:token>/", views.prove_address_page, name="account_prove_address"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("2fa/", never_cache(mfa_views.index), name="mfa_index"),
    path("2fa/reauthenticate/", never_cache(mfa_views.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/app/add/", never_cache(enrolling(totp_views.activate_totp)), name="mfa_activate_totp"),
    path("2fa/app/remove/", never_cache(totp_views.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", never_cache(codes_views.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/new/", never_cache(codes_views.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path(
        "2fa/recovery-codes/download/",
        never_cache(codes_views.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("2fa/passkeys/", never_cache(webauthn_views.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", never_cache(enrolling(webauthn_views.add_webauthn)), name="mfa_add_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/",
        never_cache(webauthn_views.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/passkeys/<int:pk>/remove/", never_cache(webauthn_views.remove_webauthn), name="mfa_remove_webauthn"),
    path("2fa/passkeys/<int:pk>/edit/", never_cache(webauthn_views.edit_webauthn), name="mfa_edit_webauthn"),
]
