"""Under /account/. The names are allauth's where it looks for them; nothing here knows of passwords."""

from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn_views
from django.urls import include, path

from members.accounts import views
from members.accounts.factors import enrolling

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-in/", views.sign_in, name="account_request_login_code"),  # allauth's name for the same door
    path("sign-in/code/", views.ConfirmCodeView.as_view(), name="account_confirm_login_code"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("sign-out-everywhere/", views.sign_out_everywhere_else, name="account_sign_out_everywhere"),
    path("closed/", views.AccountClosedView.as_view(), name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("staff-link/<str:token>/", views.staff_link, name="account_staff_link"),
    path("2fa/authenticate/", views.PassFactorView.as_view(), name="mfa_authenticate"),
    path("2fa/trust/", views.TrustDeviceView.as_view(), name="mfa_trust"),
    path("2fa/totp/activate/", enrolling(totp_views.activate_totp), name="mfa_activate_totp"),
    path("2fa/webauthn/add/", enrolling(webauthn_views.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
]
