"""The lab's scripts in a browser: those that compute alone, and the whole page."""

import pytest

from kellet.report.lab import lab


@pytest.fixture
def computing(browse):
    """A page that has the scripts that compute, and nothing else: ``computing.evaluate("s => lab.law(s)", {...})``."""
    page = browse("<!doctype html><html lang='en'><title>computing</title>")
    page.add_script_tag(content=lab.compute())
    return page


@pytest.fixture
def show(browse):
    """The lab, opened from the disk at a link; it is ready when this returns."""
    text = lab.html()

    def open_lab(fragment="", **settings):
        page = browse(text, fragment=fragment, **settings)
        page.wait_for_selector("html[data-ready=yes]")
        return page

    return open_lab
