"""Feng et al. 2024, Yi et al. 2026: written points that a judge must let pass."""

import numpy as np

from kellet.evidence import Array
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, show
from kellet.gallery.paper import Paper, Place

CENTRE, BEST = 0.1, 3
DIMENSIONS, POINTS, TASKS = 20, 20_000, 30
RIGHT, TAKEN, MARGIN = 0.4, 0.8, 0.1
WRONGLY = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9])


def redo(place: Place) -> Finding:
    """The error of the centre under four judges, and that of a classifier whose labels a judge has picked."""
    run = place.run()
    errors = {arm: run.values(arm, "mean_drift") for arm in run.blocks}
    none, right, biased, erring = errors
    start, end = average(errors[biased][:, 0]), average(errors[biased][:, -1])
    gain = average(errors[biased][:, BEST] - errors[biased][:, 0])
    back = average(errors[biased][:, -1] - errors[biased][:, BEST])
    drift = average(errors[none][:, -1] - errors[none][:, 0])
    fair, some = average(errors[right][:, -1]), average(errors[erring][:, -1])
    accuracy = np.array([_classify(place, wrong) for wrong in WRONGLY])
    broken = RIGHT * TAKEN / (1 - RIGHT)
    below = average(accuracy[broken - MARGIN > WRONGLY].min(axis=0))
    above = average(accuracy[broken + MARGIN < WRONGLY].max(axis=0))
    middle, low, high = np.array([average(one) for one in accuracy]).T
    t = np.arange(place.experiment.generations + 1)
    return Finding(
        readings=(
            Direction("the judge's picks improve the model at first", f"squared error {show(*start)} at first; "
                      f"after {BEST} generations it has changed by {show(*gain)}", gain[2] < 0, "summary"),
            Direction("with a biased judge the gain is partly lost again", f"from generation {BEST} to the last it "
                      f"changes by {show(*back)}", back[1] > 0, "summary"),
            Direction("in the long run the estimate is the judge's own centre", f"squared error {show(*end)}, that of "
                      f"his centre {CENTRE**2:g}", end[1] <= CENTRE**2 <= end[2], "summary"),
            Direction("an imperfect judge is better than none", f"{show(*some)} with a judge who refuses 10 % of the "
                      f"good and takes 30 % of the bad, against a first error of {show(*start)}; without a judge it "
                      f"changed by {show(*drift)}", some[2] < start[1], "summary"),
            Direction("picked labels are as good as right ones up to a sharp limit of the judge", f"accuracy "
                      f"{show(*below)} where clearly fewer wrong than right labels pass, {show(*above)} where more",
                      below[1] > 0.9 and above[2] < 0.1, "summary"),
        ),
        why=(
            "A judge adds knowledge, and the loop ends with that knowledge and no other: at the truth where the "
            f"judge's centre is right ({show(*fair)}), at his centre where it is not. In the classifier, of labels "
            f"that are right in {RIGHT:.0%}, what counts is whether more right ones pass than wrong ones."
        ),
        charts=(
            draw("Squared error of the centre", t, {arm: values.mean(axis=0) for arm, values in errors.items()},
                 "generation", levels={"the biased judge's centre": CENTRE**2}, logarithmic=(False, True)),
            draw("Accuracy learnt from labels that a judge has picked", WRONGLY, {"accuracy": (middle, low, high)},
                 "share of wrong labels that pass"),
        ),
    )  # fmt: skip


def _classify(place: Place, wrongly: float) -> Array:
    """(TASKS,): accuracy of the linear classifier through the class means, learnt from the labels that pass.

    Two round classes on both sides of the origin, four standard deviations apart; the generator's labels are right with
    chance RIGHT, and the judge takes right ones with chance TAKEN and wrong ones with chance ``wrongly``.
    """
    rng = place.random(1 + round(100 * wrongly))
    found = []
    for _ in range(TASKS):
        truth = rng.choice([-1.0, 1.0], POINTS)
        points = rng.standard_normal((POINTS, DIMENSIONS))
        points[:, 0] += 2 * truth
        right = rng.random(POINTS) < RIGHT
        passed = rng.random(POINTS) < np.where(right, TAKEN, wrongly)
        direction = (np.where(right, truth, -truth) * passed) @ points
        found.append(np.mean(np.sign(points @ direction) == truth))
    return np.array(found)


PAPER = Paper(
    name="verifier",
    title="A judge of what is written helps at first, and then decides where it ends",
    by="Feng et al. 2024, Yi et al. 2026",
    sources=(
        "Feng et al., Beyond model collapse: scaling up with synthesized data requires verification, "
        "arXiv:2406.07515 (2024)",
        "Yi, Liu, Cheng and Xu, Escaping model collapse via synthetic data verification, ICLR (2026), arXiv:2510.16657",
    ),
    claim=(
        "Feng et al.: picking written data by an imperfect verifier prevents collapse, up to a sharp limit of its "
        "quality. Yi et al.: retraining on verified data improves the model at first, and in the long run the estimate "
        "goes to the verifier's own centre, so that early gains stop or turn unless the verifier is right."
    ),
    setting=(
        "Both are known here from their abstracts and summaries. Yi et al. analyse linear regression; here the centre "
        "of a bell of known width is learnt, first from 20 real points, then from 10,000 written ones, in 10 "
        "generations and 800 runs (200 were too few to see the gain turn); the judge takes what lies within 1.5 of "
        "his centre, a tenth off. Feng et al. have a mixture of two classes with linear judges; here the judge's two "
        "error rates are set."
    ),
    redo=redo,
    seconds=12,
)
