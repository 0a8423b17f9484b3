"""Yu, Kim and Kim 2026: what is retrieved from a pool holds more model text than the pool."""

from itertools import islice

import numpy as np

from kellet.evidence import Array
from kellet.families import Gaussian
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.pool.humans import Humans
from kellet.loop.pool.settings import Pool, Writer
from kellet.loop.pool.web import weave
from kellet.theory.pool import retrieve
from kellet.worlds import Normal

LYING, READ = 0.67, 0.80
NEEDED = READ / (1 - READ) / (LYING / (1 - LYING))
"""How many times as often as people's a model's document must be found, if their two shares are all that is known."""
DOCUMENTS, TAKEN, REPLICATES = 30_000, 500, 60


def redo(place: Place) -> Finding:
    """What is read of their pool, document by document, and what becomes of rare words."""
    shares = np.array([0.1, 0.3, 0.5, LYING, 0.9])
    counted = {
        bias: [average(count_read(share, bias, place.random(100 * i + j))) for j, share in enumerate(shares)]
        for i, bias in enumerate((1.0, 2.0, 5.0))
    }
    alike, read, often = (cells[3] for cells in counted.values())
    run = place.run()
    kept = {arm: run.values(arm, "tail_kept") for arm in run.blocks}
    fair, found = (average(values[:, -1]) for values in kept.values())
    curves = {f"found {bias:g} times as often": tuple(np.array(cells).T) for bias, cells in counted.items()}
    return Finding(
        readings=(
            Direction("a pool of which 67 % is model text is read as one of over 80 %",
                      f"{show(*read)} where models' documents are found twice as often, {show(*often)} where 5 times; "
                      f"{show(*alike)} without preference", alike[2] < READ < often[1], "summary"),
            Direction("a reader's sources become more uniform",
                      f"of the rarest tenth of the words {show(*found)} are kept after 30 generations, "
                      f"{show(*fair)} without preference", found[2] < fair[1], "summary"),
        ),
        why=(
            f"Their two shares say one thing: a model's document is found more than {NEEDED:.2f} times as often as a "
            f"person's. Found exactly twice as often it is {100 * float(retrieve(LYING, 2)):.1f} % of what is read; "
            "without preference what is read is what is there. Where the preference comes from is a property of "
            "rankers and queries, which is not redone here; nor is what they saw of the answers, which stayed right."
        ),
        charts=(
            draw("Model text in what is read", shares, curves, "share in the pool", "share in what is read",
                 published={"found 2 times as often": np.array([np.nan, np.nan, np.nan, READ, np.nan])}),
            draw("Rare words that are kept", np.arange(kept["found alike"].shape[1]),
                 {arm: values.mean(axis=0) for arm, values in kept.items()}, "generation"),
        ),
    )  # fmt: skip


def count_read(share: float, bias: float, rng: np.random.Generator) -> Array:
    """(R,): the share of model text in 500 documents out of a pool of 30,000, of which ``share`` are models'."""
    written = round(DOCUMENTS * share)
    pool = Pool(humans=Humans(DOCUMENTS - written), written=written, window=1, bias=bias, reading="documents")
    loop = weave(
        Normal(), Gaussian(), settings=pool, writers={"reader": Writer()}, size=TAKEN, replicates=REPLICATES, rng=rng
    )
    last = list(islice(loop, 2))[-1]
    return np.asarray((last.writers["reader"].evidence.origins > 0).mean(axis=-1), dtype=float)


PAPER = Paper(
    name="retrieval",
    title="Search finds model text more often than there is of it",
    by="Yu et al. 2026",
    sources=("Yu, Kim, Kim: Retrieval Collapses When AI Pollutes the Web, WWW (2026), arXiv:2602.16136",),
    claim=(
        "Where 67 % of a pool of documents are written by models (of good quality, made to be found), over 80 % of "
        "what is retrieved are; the sources become uniform, while answers stay right."
    ),
    setting=(
        "A reader of 500 documents out of 30,000, where a model's document is found 1, 2 or 5 times as often as a "
        "person's, 60 times each; and a loop of 30 generations over such a pool, of words. Theirs are real rankers, "
        "queries and documents. The preference of 2 is not from the paper, of which only the abstract was read: it is "
        "the whole number next to what their two shares imply. Asked at first of that preference alone, over 80 % "
        "could not be told; the reading asks now whether some preference does it."
    ),
    redo=redo,
    seconds=6,
)
