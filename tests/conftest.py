"""What every test shares: property tests draw the same examples every time, and pages are opened in a browser."""

import shutil
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("same every time", derandomize=True, deadline=None, max_examples=60)
settings.register_profile(
    "quick fuzz", settings.get_profile("same every time"), max_examples=12, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "long fuzz", deadline=None, max_examples=400, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile("same every time")
LOCAL = ("file:", "data:", "blob:", "about:")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, one a process; what is tested in it is skipped where there is none."""
    driver = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with driver.sync_playwright() as running:
        found = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def opening(browser):
    """What `browse` does, for fixtures of other scopes: ``with opening(folder) as browse``."""
    idle = []

    def begin_window(script, settings):
        context, faults = browser.new_context(**settings), []
        if script:
            context.add_init_script(script)
        shown = context.new_page()
        shown.on("pageerror", lambda error: faults.append(str(error)))
        shown.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        shown.on("request", lambda asked: None if asked.url.startswith(LOCAL) else faults.append(asked.url))
        return shown, faults

    @contextmanager
    def begin(folder):
        again, once = [], []

        def open_page(
            page, width=1280, height=800, fragment="", script="",
            color_scheme="light", reduced_motion="no-preference", **settings,
        ):  # fmt: skip
            path = page
            if isinstance(page, str):
                path = folder / f"page-{len(again) + len(once)}.html"
                path.write_text(page, encoding="utf-8")
            special = bool(script or settings)
            # A new window takes four times as long as one that was used before.
            window = begin_window(script, settings) if special or not idle else idle.pop()
            (once if special else again).append(window)
            shown = window[0]
            shown.set_viewport_size({"width": width, "height": height})
            shown.emulate_media(media="null", color_scheme=color_scheme, reduced_motion=reduced_motion)
            shown.mouse.move(0, 0)
            shown.goto(path.resolve().as_uri() + (f"#{fragment}" if fragment else ""))
            return shown

        yield open_page
        found = [fault for _, faults in again + once for fault in faults]
        for shown, faults in again:
            shown.goto("about:blank")
            faults.clear()
        idle.extend(again)
        for shown, _ in once:
            shown.context.close()
        assert not found

    return begin


@pytest.fixture
def browse(opening, tmp_path):
    """Opens a page, given as text or as a path, from the disk; the test fails where the page asks for anything else,
    or an error is thrown in it that nobody catches.

    width, height: of the window, in pixels.  fragment: what stands after # in the address.  script: runs before the
    page's own.  Others: what Playwright sets for a context (color_scheme, reduced_motion, java_script_enabled, ...).
    """
    with opening(tmp_path) as open_page:
        yield open_page


@pytest.fixture
def violations():
    """What axe-core finds wrong with a page for people who don't see it, or use no mouse: (rule, places)."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def find(page):
        found = axe.run(page).response["violations"]
        return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]

    return find
