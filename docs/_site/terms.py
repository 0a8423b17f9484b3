"""How docstrings are written here: ``name: what it is.  other, another: what they are.``, in plain text."""

import re

NAMES = r"[A-Za-z_]\w*(?:(?:, | or | and )[A-Za-z_]\w*)*"
TERM = re.compile(rf"(?:^|(?<=  ))({NAMES}):\s", re.M)
MARKED = re.compile(r"(:[\w:]+:`[^`]*`|``.+?``|`[^`]*`|(?<![\w*])\*[^\s*](?:[^*]*[^\s*])?\*(?![\w*]))", re.S)


def split_names(written):
    return re.split(r", | or | and ", written)


def split_terms(paragraph, known):
    """[(names, meaning)] of a paragraph that begins with one of the known names; else None.

    >>> split_terms("n: how many points.  k, m: of them\\nreal, written.", {"n", "k", "m"})
    [('n', 'how many points.'), ('k, m', 'of them real, written.')]
    """
    text = paragraph.strip()
    parts = [
        part
        for part in TERM.finditer(text)
        if text[: part.start()].endswith("  ") or known.issuperset(split_names(part.group(1)))
    ]
    if not parts or parts[0].start() or known.isdisjoint(split_names(parts[0].group(1))):
        return None
    ends = [part.start() for part in parts[1:]] + [None]
    return [(part.group(1), " ".join(text[part.end() : end].split())) for part, end in zip(parts, ends, strict=True)]


def escape(text):
    r"""Plain text as reStructuredText, but for its roles, code and emphasis.

    >>> print(escape("|z| > 3 of classes_, n*k and `Look`"))
    \|z\| > 3 of classes\_, n\*k and `Look`
    """
    parts = MARKED.split(text)
    parts[::2] = [re.sub(r"([|*\\]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)
