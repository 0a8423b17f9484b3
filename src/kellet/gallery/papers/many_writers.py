"""Hodel and West 2025: the longer models feed on their own text, the more of them are best."""

import numpy as np

from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, show
from kellet.gallery.paper import Paper, Place
from kellet.theory.islands import best_count

COUNTS = (1, 2, 4, 8, 16)
MARKS = (5, 10, 40, 60, 80, 100, 120, 150)
"""Generations that are looked at."""


def redo(place: Place) -> Finding:
    """The diversity that each of K models keeps, and which K keeps most."""
    run = place.run()
    kept = dict(zip(COUNTS, (run.values(arm, "variance_ratio") for arm in run.blocks), strict=False))
    common = run.values("8 models, one pool", "variance_ratio")
    mean = np.array([values.mean(axis=0) for values in kept.values()])
    best = [COUNTS[i] for i in mean[:, list(MARKS)].argmax(axis=0)]
    known = best_count(np.array(MARKS) + 1, 48, 0.1).astype(int)
    early, late = ({k: average(values[:, t]) for k, values in kept.items()} for t in (MARKS[1], MARKS[-1]))
    most = max(late, key=lambda k: late[k][0])
    alike = average(common[:, -1])
    return Finding(
        readings=(
            Direction("one model on everything is best at first",
                      f"after 10 generations one keeps {show(*early[1])} of the diversity, two {show(*early[2])}",
                      early[1][1] > max(one[2] for k, one in early.items() if k > 1), "summary"),
            Direction("later several are better",
                      f"after 150 generations one keeps {show(*late[1])}, each of {most} {show(*late[most])}",
                      most > 1 and late[most][1] > late[1][2], "summary"),
            Direction("the best number grows with the generations",
                      f"after {', '.join(map(str, MARKS))} generations {', '.join(map(str, best))} of those that were "
                      f"run; of all, by exact recursion, {', '.join(map(str, known))}",
                      bool((np.diff([best, known]) >= 0).all() and known[-1] > known[0]), "summary"),
        ),
        why=(
            "Chance alone gives their picture. Each of many models has less to learn from and starts worse; but they "
            "forget different things, and each gets back from the others' text what these kept. It needs models that "
            f"mostly read themselves: where all read one common pool, each of 8 keeps {show(*alike)} after 150 "
            f"generations, and one model {show(*late[1])}. How the text of all was dealt out in their ecosystems we "
            "could not read. Here the turn comes after about as many generations as there are points (48), and theirs "
            "within ten; language models also lose by bias, of which nothing is in this picture."
        ),
        charts=(
            draw("Diversity that each of K models keeps", run.generations,
                 {f"{k} model{'s' if k > 1 else ''}": one for k, one in zip(COUNTS, mean, strict=True)},
                 "generation", logarithmic=(False, True)),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="many-writers",
    title="The longer models feed on their own text, the more of them are best",
    by="Hodel and West 2025",
    sources=(
        "Hodel, West: Epistemic diversity across language models mitigates knowledge collapse (2025), "
        "arXiv:2512.15011v2",
    ),
    claim=(
        "With the data split over K language models, one model on all of it is best for a few rounds of training on "
        "their own text only; the best K grows with every round. Seen over ten rounds, for several kinds and sizes of "
        "models."
    ),
    setting=(
        "48 answers of yes or no, dealt to 1 to 16 models; each reads 90 % of its own text and 10 % of that of all, "
        "150 generations, 2,000 runs. Theirs are language models; of the paper only the abstract was read."
    ),
    redo=redo,
    seconds=9,
)
