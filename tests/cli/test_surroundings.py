"""What the command does where its surroundings are odd: quick things; the others are in tests/hard."""

import io
import os
import signal
import sys

import pytest

from kellet import cli
from kellet.cli.surroundings import withstand
from kellet.errors import Stopped


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_in_a_line_and_the_handlers_come_back(name, capsys):
    number = getattr(signal, name)
    # A shell starts what is to go on behind it with SIGINT ignored, and that is respected.
    first = signal.signal(number, signal.default_int_handler)
    before = signal.getsignal(number)

    @withstand
    def command(_=None):
        os.kill(os.getpid(), number)
        raise AssertionError

    try:
        with pytest.raises(SystemExit, match=str(128 + number)):
            command()
        assert capsys.readouterr().err.count("\n") == 1
        assert signal.getsignal(number) is before
    finally:
        signal.signal(number, first)


def test_what_was_not_to_be_heard_is_not_heard():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    heard = []
    try:
        withstand(lambda _=None: os.kill(os.getpid(), signal.SIGHUP) or heard.append(1))()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert heard == [1]


def test_no_error_handling_of_somebodys_stops_a_signal():
    assert not issubclass(Stopped, Exception)


def test_where_there_is_nowhere_to_say_it_the_exit_code_does():
    def command(_=None):
        raise OSError(28, "No space left on device")

    with pytest.raises(SystemExit, match="2"):
        withstand(command)()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_documents_are_utf8_whatever_the_terminal_speaks(encoding, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    cli.main(["run", "normal", "--arm", "größe ∞=replace", "--dry-run"])
    stream.flush()
    assert "größe ∞" in stream.buffer.getvalue().decode()
