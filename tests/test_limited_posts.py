"""Whatever is posted is counted, or stands here with the reason: a new view that takes a POST without a limit makes a
test fail. The desk's own addresses are for staff and not looked at."""

from types import FunctionType

from django.urls import URLPattern, get_resolver

COUNTED_WITHIN = {
    "account_confirm_login_code": "per code and per address, in members/accounts/views.py",
    "account-erase": "per member, in newsroom/site/erasing.py",
    "account-newsletters": "per member, and works while nothing can be counted",
    "members:declaration": "per link, and works while nothing can be counted",
    "newsletters:signup-confirm": "per link, and works while nothing can be counted",
    "unsubscribe": "per link, and works while nothing can be counted: mail programs post here",
    "mfa_authenticate": "allauth counts what failed (login_failed)",
    "mfa_login_webauthn": "allauth counts them, and a passkey is no guess",
    "mfa_reauthenticate": "allauth counts what failed (login_failed)",
}
NOT_COUNTED = {
    "stripe-webhook": "signed by Stripe or refused; all events come from few addresses",
    "account_logout": "costs nothing, and nobody must be kept in",
    "account_sign_out_everywhere": "costs nothing, and nobody must be kept in",
    "account_sign_out_one": "costs nothing, and nobody must be kept in",
    "account_reauthenticate": "leads on and does nothing",
    "mfa_reauthenticate_webauthn": "of whoever is signed in, and a passkey is no guess",
    "mfa_trust": "of whoever has just passed a factor",
    **dict.fromkeys(
        (
            "mfa_activate_totp", "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_add_webauthn",
            "mfa_remove_webauthn", "mfa_edit_webauthn",
        ),
        "one's own factors, after being asked for one again",
    ),
    "desk-member": "at the desk, for staff",
}  # fmt: skip


def views(patterns=None, namespace=""):
    """All but the admin's own, by name or, without one, by pattern."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}" if pattern.name else str(pattern.pattern), pattern.callback
        elif pattern.namespace != "admin":
            yield from views(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace)


def takes_posts(view):
    """False for what Django's decorators or a class of views answer with 405."""
    if hasattr(view, "view_class"):
        return hasattr(view.view_class, "post")
    seen, within = set(), [view]
    while within:
        function = within.pop()
        if function in seen:
            continue
        seen.add(function)
        held = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        if "request_method_list" in held:
            return "POST" in held["request_method_list"].cell_contents
        within += [cell.cell_contents for cell in held.values() if isinstance(cell.cell_contents, FunctionType)]
    return True


def test_each_post_is_counted_or_has_a_reason():
    posted = {name: view for name, view in views() if takes_posts(view)}
    uncounted = {name for name, view in posted.items() if not hasattr(view, "limit")}
    assert uncounted == COUNTED_WITHIN.keys() | NOT_COUNTED.keys()
    assert not COUNTED_WITHIN.keys() & NOT_COUNTED.keys()
    assert {"account_login", "members:support", "members:vote", "newsletters:newsletters"} <= posted.keys() - uncounted


def test_a_page_that_is_only_read_takes_no_post(client, db):
    read = {name for name, view in views() if not takes_posts(view)}
    assert {"home", "theme-css", "articles:feed", "articles:robots", "newsletters:signup-asked"} <= read
    for path in ("/", "/theme.css", "/feed/", "/robots.txt", "/newsletters/asked/"):
        assert client.post(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 405, path
