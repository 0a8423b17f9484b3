"""An error says what was expected, what came and what to try, in one piece, from any process."""

import copy
import pickle

import pytest

from kellet import InputError


@pytest.mark.parametrize("through", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_an_error_survives_the_way_to_another_process(through):
    error = through(InputError("a share", 1.5, "0.1"))
    assert isinstance(error, InputError)
    assert isinstance(error, ValueError)
    assert str(error) == "expected a share; got 1.5. Try 0.1."
