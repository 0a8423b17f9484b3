"""What models of text write: the same prompts continued, and the frequent n-grams that are gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup

from kellet.characters import reveal
from kellet.data.segmentation import UNKNOWN
from kellet.data.source import Corpus
from kellet.data.tokens import Pieces
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.experiment.running.recorder import exhibits
from kellet.metrics import RealText, real_of
from kellet.metrics.ngrams import NAMES
from kellet.metrics.specimen import PROMPT, prompted
from kellet.page.wording import join, number
from kellet.report.gallery import Gallery, Panel, Row, Shown, Strip

CONTINUED, FREE, LOST = 2, 1, 4
"""Prompts and free passages in a panel; lost n-grams of each length."""
LONGEST, SHORT, FIRST = 320, 90, 3
"""Characters of a passage that are shown, and of one that a page begins with; how many these are."""


def gallery(run: Run, source: Corpus) -> Gallery:
    """Per arm and shown generation what follows the same prompts, and what is lost, most frequent first."""
    texts = real_of(source)
    assert isinstance(texts, RealText)
    prompts = prompted(texts)
    continued = any("continued" in run.specimens(arm) for arm in run.blocks)
    asked = min(CONTINUED, len(prompts)) if continued and prompts is not None else 0
    goes_on = texts.heldout[texts.heldout[:, min(2 * PROMPT, texts.heldout.shape[1]) - 1] >= 0][:asked]
    judged = run.experiment.judged or 0
    real = np.concatenate([texts.reserve, texts.heldout])[:judged]
    # Fewer real blocks than written ones would lack more.
    enough = len(real) == judged
    lost = {n: texts.find_missing(real, n) for n in NAMES}
    note = f"as much real text lacks {_counts([len(gone) for gone in lost.values()], texts)}" if enough else ""
    panel = Panel("how the real text goes on", passages=_passages(texts, goes_on, texts.heldout[:FREE]), note=note)
    rows = [Row(None, "real text", (panel,))]
    kinds = ("continued", "written", "lost", *(f"lost_{n}" for n in NAMES))
    for arm_number, arm in enumerate(run.blocks):
        shows = run.specimens(arm)
        panels = [
            _panel(texts, f"generation {t}", {name: shows[name][i] for name in kinds if name in shows}, asked)
            for i, t in enumerate(exhibits(run.experiment.generations)[: len(shows.get("lost", ()))])
        ]
        rows.append(Row(arm_number, arm, tuple(panels)))
    begun = (
        f"The beginnings in bold are real, {PROMPT} tokens of text that no model was shown, and each model goes on "
        "from there as it would; the passage after them"
        if asked
        else "The passage in each panel"
    )
    intro = (
        f"{begun} is written freely. Nothing is selected: it is what the first replicate wrote first. Below stand the "
        "most frequent tokens, pairs and triples of the real text that are missing from "
        f"{number(judged)} passages that it wrote, with how often each occurs in the real training text."
    )
    if _has_unknown(texts):
        intro += f" {UNKNOWN} stands for whatever is too rare for the vocabulary."
    return Gallery("passages", "What the models write", intro, tuple(rows))


def strip(run: Run, source: Corpus, wanted: Sequence[Shown]) -> Strip:
    """The beginning of a passage each, with what is missing."""
    texts = real_of(source)
    assert isinstance(texts, RealText)
    panels = []
    for one in wanted:
        shows = run.specimens(one.arm)
        written = [texts.spell(block) for block in shows["written"][one.at][:FIRST]]
        few = tuple(("", _mark(text if len(text) <= SHORT else f"{text[:SHORT]} …", texts)) for text in written)
        gone, common = int(shows["lost"][one.at][1]), len(texts.types(2).common)
        note = f"missing: {number(gone)} of the {number(common)} most frequent pairs"
        panels.append(Panel(one.caption, passages=few, note=note))
    return Strip(tuple(panels), "What the first replicate wrote first, not selected; longer passages are cut.")


def _panel(texts: RealText, caption: str, shows: dict[str, Array], asked: int) -> Panel:
    passages = _passages(texts, shows["continued"][:asked] if asked else (), shows["written"][:FREE])
    words: list[tuple[str, int]] = []
    for n in NAMES:
        types = texts.types(n)
        gone = [i for i in shows[f"lost_{n}"][:LOST] if i >= 0]
        words += [(texts.spell_gram(int(types.common[i]), n), int(types.times[i])) for i in gone]
    words.sort(key=lambda pair: -pair[1])
    note = f"missing: {_counts(shows['lost'], texts)}"
    often = tuple((_mark(word, texts), f"{number(times)}×") for word, times in words)
    return Panel(caption, passages=passages, words=often, note=note)


def _counts(lost: Sequence[int] | Array, texts: RealText) -> str:
    """How many n-grams of each length are missing."""
    common = {name: number(len(texts.types(n).common)) for n, name in NAMES.items()}
    pairs = zip(common.items(), lost, strict=True)
    return join([f"{number(gone)} of the {there} most frequent {name}" for (name, there), gone in pairs])


def _passages(texts: RealText, continued: Iterable[Array], written: Iterable[Array]) -> tuple[tuple[str, str], ...]:
    """(prompt, what follows), the prompt empty for what was written freely."""
    pairs = [(texts.spell(block[:PROMPT]), texts.spell(block[PROMPT:])) for block in continued]
    pairs += [("", texts.spell(block)) for block in written]
    shown = [(lead, rest if len(rest) <= LONGEST else f"{rest[:LONGEST]} …") for lead, rest in pairs]
    return tuple((_mark(lead, texts), _mark(rest, texts)) for lead, rest in shown)


def _mark(text: str, texts: RealText) -> Markup:
    """A text for a page, where the unknown is told from what is written."""
    escaped = Markup.escape(reveal(text, lines=True))
    return escaped.replace(UNKNOWN, Markup(f'<i class="unknown">{UNKNOWN}</i>')) if _has_unknown(texts) else escaped


def _has_unknown(texts: RealText) -> bool:
    return isinstance(texts.tokeniser, Pieces)
