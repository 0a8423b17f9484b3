"""The lab's scripts in a browser: those that compute alone, and the whole page."""

import pytest

from kellet.report.lab import lab


@pytest.fixture(scope="module")
def computing(opening, tmp_path_factory):
    """A page that has the scripts that compute, and nothing else: ``computing.evaluate("s => lab.law(s)", {...})``."""
    with opening(tmp_path_factory.mktemp("computing")) as browse:
        page = browse("<!doctype html><html lang='en'><title>computing</title>")
        page.add_script_tag(content=lab.compute())
        yield page


@pytest.fixture
def show(browse):
    """The lab, opened from the disk at a link; it is ready when this returns."""
    text = lab.html()

    def open_lab(fragment="", **settings):
        page = browse(text, fragment=fragment, **settings)
        page.wait_for_selector("html[data-ready=yes]")
        return page

    return open_lab
