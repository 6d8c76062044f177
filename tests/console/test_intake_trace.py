"""What a real browser sends along on the way through an intake: addresses, Referer, cookies; and what it keeps."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request

from tests.console.conftest import settled
from tests.intake.coming import at, invited, person, round_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_browser_tells_nobody_of_link_and_cookie(chromium: Browser, site: str) -> None:
    who = person(location=None)
    token = invited(who)
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    sent: list[Request] = []
    said: list[str] = []
    page.on("request", lambda request: sent.append(request))
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{site}{at(who)}?token={token}")
    page.get_by_role("button", name="Open my invitation").click()
    page.get_by_role("link", name="Begin").click()
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Agree and continue").click()
    page.get_by_role("button", name="Go on without a resume").click()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Save, and talk or type about the rest").click()
    page.get_by_role("button", name="Type").first.click()
    page.get_by_text("Connected").wait_for(state="attached")
    # Scripts of the page see nothing of it.
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"
    page.goto(f"{site}{at(who, 'gaps')}")
    assert page.evaluate("document.referrer") == ""
    cookie = next(one for one in context.cookies() if one["name"] == "greenroom_intake")
    headers = [request.all_headers() for request in sent]
    state = context.storage_state()
    context.close()
    settled()
    assert round_of(who).step == "talk"

    assert len(sent) > 20
    exchanged = next(number for number, request in enumerate(sent) if request.method == "POST")
    for number, (request, held) in enumerate(zip(sent, headers, strict=True)):
        others = {name: value for name, value in held.items() if name not in ("cookie", ":path")}
        if number > 0:
            assert token not in request.url, request.url
        if number != exchanged:
            assert token not in (request.post_data or "")
        assert token not in "".join(others.values())
        assert cookie["value"] not in request.url + (request.post_data or "") + "".join(others.values())
        # A font is told which stylesheet wants it; nobody is told which page somebody is on.
        # (Of a request that was cut short the browser knows an empty one.)
        assert urlsplit(held.get("referer") or "/static/").path.startswith("/static/"), (request.url, held["referer"])
        # The cookie goes to this candidate's pages and nowhere else: not to files, rooms, streams.
        if "greenroom_intake" in held.get("cookie", ""):
            assert urlsplit(request.url).path.startswith(at(who))
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", at(who))
    assert token not in "".join(said) + str(state)
