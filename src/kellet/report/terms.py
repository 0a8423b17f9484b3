"""Terms: the words of the field that a page can't do without, each explained where it stands and again at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from kellet.characters import reveal


@dataclass(frozen=True)
class Term:
    """A word, what it means, and how it is found in a text: as a regular expression, or nowhere."""

    name: str
    meaning: str
    pattern: str = ""
    pool: bool = False

    @property
    def key(self) -> str:
        """Its address in a page."""
        return "term-" + re.sub(r"\W+", "-", self.name)


TERMS = (
    Term("world", "where real data come from: a data set, or a known distribution"),
    Term("model", "what was learnt; it can write new data like those it learnt from"),
    Term("generation", "one round of learning and writing; generation 0 learns from real data only"),
    Term("arm", "one way of choosing what each generation learns from, compared with the others", r"arms?"),
    Term("replace, accumulate", "whether the newest writing takes the place of all older data, or is added to them"),
    Term("anchor", "real data that enter every generation: fresh ones each time, or always the same ones", r"anchors?"),
    Term("pool", "all the text that can be read, by people and by models; each model learns from a sample of it",
         pool=True),
    Term("vault", "text by people from before the models, kept apart and never added to; each model reads some of it "
         "beside the pool", pool=True),
    Term("filter", "throws out of the pool what it takes for model text; it misses some, and takes some of people’s "
         "for it", pool=True),
    Term("watermark", "a mark that models leave in what they write, so that a filter finds it and takes no text of "
         "people’s for it", pool=True),
    Term("prior", "knowledge built into the learning itself, worth so many imaginary data points", r"priors?"),
    Term("replicate", "one independent repetition of everything, with other random numbers; many of them tell effects "
         "from chance", r"replicates?"),
    Term("median", "the middle value: half of the replicates lie above it, half below", r"medians?"),
    Term("90 % interval", "from the value that 5 % of the replicates stay below to the one that 5 % exceed"),
    Term("held-out data", "real data that were set aside: no model has learnt from them, so they are a fair test",
         r"held-out"),
    Term("real spread", "how widely the real data vary, in all directions at once: 100 % is as varied as they are, and "
         "it falls towards 0 % as soon as one feature, or one mixture of them, becomes constant (the determinant of "
         "the covariance, per direction)", r"real spread|covariance"),
    Term("effective number", "how many different things there would be if all were written equally often: rare ones "
         "hardly count in it", r"[Ee]ffective (?:number|vocabulary)"),
    Term("main components", "the few directions in which pictures differ most from each other, in place of all single "
         "dots", r"main components"),
    Term("token", "a unit that a text is cut into: a word, a sign, or a piece of a word", r"tokens?"),
    Term("perplexity", "how surprised a model is by a text: among how many equally likely next words it would seem to "
         "choose", r"[Pp]erplexity"),
    Term("divergence", "how far two distributions are apart: 0 where they are the same", r"[Dd]ivergence"),
)  # fmt: skip


class Glossary:
    """The terms that a page needs, and where it has used them: each is marked once in every paragraph.

    >>> glossary = Glossary()
    >>> glossary.explain("The median & others")
    Markup('The <button type="button" class="term" popovertarget="term-median">median</button> &amp; others')
    >>> [term.name for term in glossary.used]
    ['median']
    """

    def __init__(self) -> None:
        self._used: set[str] = set()

    def explain(self, text: object) -> Markup:
        """A text, escaped, in which terms open their meaning; what is markup already stays as it is."""
        if isinstance(text, Markup):
            return text
        found = str(Markup.escape(reveal(str(text), lines=True)))
        for term in TERMS:
            if term.pattern:
                found = self._mark(found, term)
        return Markup(found)

    def _mark(self, text: str, term: Term) -> str:
        # Not inside a button that is there already.
        outside = re.compile(rf"(<button.*?</button>)|(?<![\w-])({term.pattern})(?![\w-])")
        done = False

        def mark(match: re.Match[str]) -> str:
            nonlocal done
            if done or not match[2]:
                return match[0]
            done = True
            self._used.add(term.name)
            return f'<button type="button" class="term" popovertarget="{term.key}">{match[2]}</button>'

        return outside.sub(mark, text)

    @property
    def used(self) -> tuple[Term, ...]:
        """Those that a page has marked so far."""
        return tuple(term for term in TERMS if term.name in self._used)

    def listed(self, pool: bool) -> Iterable[Term]:
        """Those that stand at the end of a page: all that it uses or that have no place of their own."""
        return [term for term in TERMS if term.name in self._used or (pool if term.pool else not term.pattern)]
