"""Families of text: all that learns from blocks of tokens."""

from __future__ import annotations

from typing import Self

import msgspec

from kellet.data.source import Corpus, Source
from kellet.errors import InputError
from kellet.families.abilities import Learner, check_kind


class Reader(Learner, frozen=True):
    """A family of text.  It has a setting ``vocabulary``, how many tokens there are, which the world knows."""

    text = True

    @property
    def vocabulary(self) -> int | None:
        """How many tokens there are, if that is known."""
        raise NotImplementedError

    def ready(self, source: Source) -> Self:
        check_kind(self, source)
        assert isinstance(source, Corpus)
        there = source.tokeniser.size
        if self.vocabulary not in (None, there):
            raise InputError(f"the tokeniser's vocabulary of {there}", self.vocabulary, "leaving it out of the family")
        return msgspec.structs.replace(self, vocabulary=there)
