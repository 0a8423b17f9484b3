"""What a shell completes, and ``kellet completion``.

Whoever presses Tab won't wait until NumPy is imported, so that names which are known elsewhere are repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from kellet.cli.newest import list_runs
from kellet.gallery.catalogue import NAMES

PRESETS = (
    "digits", "words", "web", "text", "normal", "bernoulli", "poisson", "geometric", "negative-binomial",
    "exponential", "pareto", "laplace", "lognormal", "gamma", "beta", "vonmises", "weibull", "uniform", "linear",
    "ising", "spin-glass",
)  # fmt: skip
FAMILIES = (
    "gaussian", "lognormal", "categorical", "bernoulli", "poisson", "geometric", "negative-binomial", "exponential",
    "pareto", "laplace", "ising", "spin-glass", "ngram", "gamma", "beta", "vonmises", "weibull", "uniform", "mixture",
    "kernel", "bootstrap", "reduced", "copula", "rbm", "vae", "flow", "diffusion", "gan", "lm", "regression",
    "regressor", "classification",
)  # fmt: skip
METRICS = (
    "agreement", "alive", "bits_per_byte", "calibration_error", "class_shift", "compression", "coverage", "density",
    "deviation_ratio", "distinct_originals", "distinct_pairs", "effective_classes", "effective_modes",
    "effective_types", "energy_distance", "entropy", "error_rate", "excess_risk", "gaps_kept", "heterozygosity",
    "interval_coverage", "kl", "log_eigenvalue_largest", "log_eigenvalue_smallest", "log_loss", "log_spread",
    "log_variance", "mean_drift", "missing_mass", "nearest_training", "pairs_kept", "pairs_kept_frequent",
    "pairs_kept_middling", "pairs_kept_rare", "perplexity", "precision", "rare_coverage", "rare_levels", "rare_mass",
    "readable", "recall", "self_repetition", "sentence_spread", "skill", "sliced_wasserstein", "spread",
    "surviving_classes", "surviving_levels", "surviving_types", "tail_kept", "tail_reach", "tails_written",
    "test_error", "token_entropy", "tokens_kept", "tokens_kept_frequent", "tokens_kept_middling", "tokens_kept_rare",
    "triples_kept", "triples_kept_frequent", "triples_kept_middling", "triples_kept_rare", "variance_ratio",
    "wasserstein_1", "wasserstein_2_squared", "written_perplexity", "written_perplexity_high",
    "written_perplexity_low", "zipf_slope",
)  # fmt: skip
KEPT = ("spread", "variance", "coverage", "rare", "diversity", "types", "levels", "classes")
PARTS = (
    "replace", "accumulate", "window:", "subsample", "fresh:", "fixed:", "bank:", "weight:", "every:", "random",
    "contaminated:", "once", "prior:", "map:", "temperature:", "shrink:", "top-k:", "top-p:", "quantile:", "verifier:",
    "dedup:", "quality:", "verify:", "pool", "writers:", "private:", "humans:", "before:", "written:", "halving:",
    "bias:", "filter:", "pools:", "migration:", "laws", "documents", "whole",
)  # fmt: skip
PLAIN = re.compile(r"[\w./+@-]+", re.ASCII)
"""Names that mean nothing else to a shell, which puts them on the line as they are."""
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def complete_names(names: Iterable[str], after: str = "", end: str = "") -> Complete:
    """Completes names.  after: characters after one of which another name may begin; end: what stands behind each."""

    def complete(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
        """Those that begin as the last name does that is typed."""
        start = max((typed.rfind(one) + 1 for one in after), default=0)
        return [CompletionItem(f"{typed[:start]}{name}{end}") for name in names if name.startswith(typed[start:])]

    return complete


complete_families = complete_names(FAMILIES)
complete_metric = complete_names(METRICS)
complete_metrics = complete_names(("usual", *METRICS), ",")
complete_kept = complete_names((*KEPT, *(name for name in METRICS if name not in KEPT)), end="=")
complete_parts = complete_names(PARTS, "=+")
complete_papers = complete_names(NAMES)


def complete_targets(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Presets, and files and folders."""
    presets = [name for name in PRESETS if name.startswith(typed)]
    if not presets:
        return [CompletionItem(typed, type="file")]
    # A shell looks for files only where nothing else was found.
    files = (f"{path.name}{'/' if path.is_dir() else ''}" for path in Path().glob(f"{typed or '[!.]'}*"))
    return [*map(CompletionItem, presets), *map(CompletionItem, sorted(filter(PLAIN.fullmatch, files)))]


def complete_runs(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Run folders in ./runs, the newest first; or any folder."""
    names = [str(path) for path in list_runs() if str(path).startswith(typed) and PLAIN.fullmatch(str(path))]
    return [CompletionItem(name) for name in names] or [CompletionItem(typed, type="dir")]


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete verbs, options, experiments, families, metrics and run folders.

    \b
    bash, in ~/.bashrc:  eval "$(kellet completion bash)"
    zsh, in ~/.zshrc:    eval "$(kellet completion zsh)"
    fish, once:          kellet completion fish > ~/.config/fish/completions/kellet.fish
    """
    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(context.find_root().command, {}, "kellet", "_KELLET_COMPLETE").source())
