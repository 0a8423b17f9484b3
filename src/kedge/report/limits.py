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
}
