import pytest
from tests.members.accounts.test_passkey import *
from tests.sign_in import *
from django.test import Client
def test_look(page, live_server, client, member, codes):
    member.is_staff = member.is_superuser = True
    member.save()
    def shot(n):
        page.screenshot(path=f"/tmp/acc-{n}.png", full_page=True)
    page.set_viewport_size({"width":900,"height":800})
    page.goto(live_server.url+"/account/sign-in/"); shot("door")
    page.fill("#id_email","member@example.org"); page.click("text=Send me the code"); shot("code")
    page.fill("#id_code", codes("member@example.org")[0]); page.click("button:has-text('Sign in')"); print(page.url)
    page.goto(live_server.url+"/admin/"); shot("factor")
    page.goto(live_server.url+"/account/2fa/passkeys/add/"); shot("pkadd")
    page.goto(live_server.url+"/account/2fa/app/add/"); shot("app")
    from allauth.mfa.models import Authenticator
    page.fill("#id_code", app_code(Authenticator(data={"secret": page.input_value("#authenticator_secret")}))); page.click("text=Set it up"); shot("recovery")
    page.goto(live_server.url+"/account/2fa/"); shot("factor2")
    page.context.clear_cookies()
    page.set_viewport_size({"width":390,"height":800})
    page.goto(live_server.url+"/account/sign-in/"); 
    page.fill("#id_email","member@example.org"); page.click("text=Send me the code")
    page.fill("#id_code", codes("member@example.org")[0]); page.click("button:has-text('Sign in')"); shot("auth")
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    page.fill("#id_code", RecoveryCodes.activate(member).get_unused_codes()[0]); page.click("text=Go on"); shot("trust")
    page.click("text=Remember it"); print(page.url)
    page.goto(live_server.url+"/admin/members/member/"); page.set_viewport_size({"width":1280,"height":800}); shot("desk")
    print(page.url)
