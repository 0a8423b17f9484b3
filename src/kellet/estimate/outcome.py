"""What an estimate found, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from kellet.estimate.judging import Finding
from kellet.estimate.nouns import ROWS, TEXT, Nouns


@dataclass(frozen=True)
class Surplus:
    """Documents with a word that their period has more often than humans would.

    base: the human periods that it is compared with.  documents: that were looked at.  observed: the share of them that
    has one or more such words.  expected: the share, had humans gone on.  placebo: the bound that the same procedure
    finds in human text, at most; None where there is too little of it to try.  point: the bound beyond that, before its
    error is taken off.  foreign: the share of documents that is unlike human ones and carries nothing.
    """

    base: tuple[str, ...]
    documents: int
    observed: float
    expected: float
    placebo: float | None
    point: float
    foreign: float


@dataclass(frozen=True)
class Placebo:
    """A human period, what of it would be called models' if it were asked about, and of how many documents."""

    value: str
    documents: int
    share: float


@dataclass(frozen=True)
class Slice:
    """A part of the corpus.

    value: what it has in the column that the corpus is divided by.  finding: what can be said of it alone.  pooled: its
    share and an interval of 90 %, drawn towards the other slices' the more, the less it says itself; None where there
    is no answer.  surplus: what carries a bound by excess vocabulary.
    """

    value: str
    finding: Finding
    pooled: tuple[float, float, float] | None = None
    surplus: Surplus | None = None


@dataclass(frozen=True)
class Phrase:
    """A word, or two in a row, that carries evidence.

    corpus, human, model: shares of documents that have it; of the corpus, of human references, of models' references,
    None where there are none; by excess vocabulary human is the share that is to be expected.  documents: of the
    corpus, how many have it.
    """

    text: str
    documents: int
    corpus: float
    human: float
    model: float | None


@dataclass(frozen=True)
class Writer:
    """A model of the references.

    documents: how many of it there are.  detected: the share of them above the line that 5 % of human documents pass,
    and as_stranger that share when nothing of it had been seen; None with one model.  share: of the corpus's model text
    that is like its, None but where it is answered.
    """

    name: str
    documents: int
    detected: float
    as_stranger: float | None = None
    share: float | None = None


@dataclass(frozen=True)
class Removed:
    """Documents that were left out.

    known: of the corpus, that are in a reference too.  both: of references, that are human and a model's.  repeated:
    of references, that are there more than once.  empty: with too few words, of corpus and references.
    """

    known: int = 0
    both: int = 0
    repeated: int = 0
    empty: int = 0


@dataclass(frozen=True)
class Outcome:
    """What share of a corpus models wrote, or why that can't be known.

    corpus: its name.  things: what is counted, documents or rows.  method: "references", or "excess" where no model
    text was given.  whole: the finding.  human_documents: in the human references.  by: what slices are divided by.
    uncalibrated: what the likelihood of the occurrence of words says without calibration.  notes: what to bear in mind.
    surplus: what carries a bound by excess vocabulary, where there are no periods.  placebos: the same of human
    periods: the zero of such bounds.
    """

    corpus: str
    things: str
    method: str
    whole: Finding
    human_documents: int
    writers: tuple[Writer, ...] = ()
    by: str = ""
    slices: tuple[Slice, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    removed: Removed = field(default_factory=Removed)
    uncalibrated: float | None = None
    notes: tuple[str, ...] = ()
    surplus: Surplus | None = None
    placebos: tuple[Placebo, ...] = ()

    @property
    def nouns(self) -> Nouns:
        """How sentences call it."""
        return ROWS if self.things == ROWS.things else TEXT
