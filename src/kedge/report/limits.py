"""What each metric cannot see."""

from __future__ import annotations

LIMITS = {
    "surviving_classes": "A class counts as written however alike its members have become, and the reader may err.",
    "effective_classes": "It weighs classes by how often they are written, not by how true to life they are.",
    "readable": "A reader accepts much that no person would: what is readable need not be good.",
    "surviving_types": "Alive is what can be written at all, however rarely; so a prior keeps everything alive.",
    "effective_types": "It is ruled by what is frequent: rare things may vanish without moving it.",
    "tail_kept": "It asks whether rare things can be written at all, not whether they are written often enough.",
    "tail_reach": "It looks only at both ends of the distribution; their mass may be right for the wrong reason.",
    "coverage": "One written point near a real one is enough: it sees neither how many, nor what lies elsewhere.",
    "rare_coverage": "It rests on a tenth of the held-out real points, so it is the noisiest number here.",
    "determinant_ratio": "It sees only the covariance: two far clusters spread as widely as one broad one.",
    "variance_ratio": "Total variance can stay, or even grow, while whole directions and classes die.",
    "mean_drift": "The centre can stay in place while everything around it disappears.",
    "heterozygosity": "It is ruled by what is frequent: most of the rare things may vanish before it moves.",
    "entropy": "It knows how evenly things are written, not whether they are the right things.",
    "kl": "It becomes infinite as soon as a model thinks something impossible that really occurs.",
    "energy_distance": "It is moved by the bulk of the data; losses in the tails hardly show.",
    "sliced_wasserstein": "Real samples differ from each other too, most when small: read it by its band.",
    "effective_modes": "It counts by the scale of real neighbourhoods: kinds that differ by less count as one.",
    "tails_written": "It looks at one column at a time and takes the worst, so it is noisy: read it by its band.",
    "recall": "A few points written far from everything have wide neighbourhoods, and reach much that is not written.",
    "precision": "A model that writes one good thing for ever has the best precision there is.",
    "density": "It grows when a model writes only what is most usual.",
    "nearest_training": "It tells copies from noise, not from good new things; one model may well do both at once.",
    "surviving_levels": "A category counts as written from a single row on, whatever else stands in that row.",
    "rare_levels": "So few rows have them that chance decides much: read it by its band.",
    "class_shift": "It sees how often each class is written, not what its members look like.",
}
