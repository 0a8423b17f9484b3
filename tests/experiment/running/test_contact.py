"""What is at a scheduler's address that is no scheduler: one line, at once."""

import socket
import threading
import warnings
from concurrent.futures import Executor, Future

import pytest

from kellet import InputError
from kellet.experiment.running import cluster, contact

pytest.importorskip("distributed")


@pytest.fixture(params=[b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"abc"], ids=["silent", "another", "short"])
def stranger(request):
    """The address of somebody who answers with something else, or with nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = []

        def answer():
            speaking, _ = server.accept()
            heard.append(speaking)
            if request.param:
                speaking.sendall(request.param)
                speaking.close()

        threading.Thread(target=answer, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        for speaking in heard:
            speaking.close()


def test_somebody_who_is_no_scheduler_is_told_in_a_line(stranger, monkeypatch):
    monkeypatch.setattr(contact, "CONTACT", 0.3)
    with pytest.raises(InputError, match=rf"a Dask scheduler that answers; got {stranger}: (silence|somebody there)"):
        contact.connect(stranger)


@pytest.mark.parametrize(
    "address", ["localhost", "tcp://", "tcp://[::1", "tcp://127.0.0.1:99999", "x://a:1", "tls://127.0.0.1:1"]
)
def test_what_is_no_address_is_told_in_a_line(address):
    with pytest.raises(InputError, match="the address of a Dask scheduler that answers; got"):
        contact.connect(address)


TABLE = "Mismatched\n\n+---+\n| Package | Client | Scheduler | Workers |\n+---+\n| {} | 3.11.7 | 3.13.1 | None |\n+---+"


def test_another_python_or_dask_is_refused_and_another_numpy_told():
    with pytest.raises(
        InputError, match=r"the versions that are here, at tcp://x:1 too; got python 3\.11\.7 here, 3\.13"
    ):
        contact._compare("tcp://x:1", TABLE.format("python"))
    with pytest.warns(UserWarning, match=r"other versions at tcp://x:1: numpy 3\.11\.7 here, 3\.13\.1 there"):
        contact._compare("tcp://x:1", TABLE.format("numpy"))


class Never(Executor):
    """A cluster without workers."""

    def submit(self, *_, **__):
        return Future()


class Alone:
    """A scheduler that knows of no worker."""

    def scheduler_info(self, **_):
        return {"workers": {}}


def test_where_no_worker_is_left_that_is_said_and_then_it_ends(monkeypatch):
    for name, seconds in (("GLANCE", 0.01), ("LONELY", 0.05), ("DESERTED", 0.2)):
        monkeypatch.setattr(cluster, name, seconds)
    pool = cluster.ClusterPool(Never())
    future = pool.submit(abs, 1)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        cluster._watch(Alone(), pool, threading.Event(), "tcp://x:1")
    assert [str(one.message).partition(" for ")[0] for one in told] == ["no Dask worker at tcp://x:1"]
    with pytest.raises(InputError, match="a Dask worker; got none at tcp://x:1"):
        future.result(timeout=0)
