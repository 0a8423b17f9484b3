"""The command line from its own help: every verb, every argument, every option, in place of ``<!-- commands -->``."""

import inspect
import re

import click
from pygments.lexers.special import TextLexer

MARK = "<!-- commands -->"


def write_commands(group):
    """All verbs in Markdown, each as it explains itself."""
    context = click.Context(group, info_name="kellet", **group.context_settings)
    parts = [*write_help(group), "```{program} kellet\n```", *write_options(group, context)]
    for verb in sorted(group.commands):
        command = group.commands[verb]
        inner = click.Context(command, parent=context, info_name=verb, **command.context_settings)
        usage = " ".join([inner.command_path, *command.collect_usage_pieces(inner)])
        parts += [f"## kellet {verb}", f"```sh\n{usage}\n```", *write_help(command)]
        parts += [f"```{{program}} kellet {verb}\n```", *write_options(command, inner)]
    return "\n\n".join(parts)


def write_help(command):
    """Its help, paragraph by paragraph; what stands as it is, such as commands to type, is code."""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            text = paragraph.strip("\b\n")
            typed = all(line.startswith("kellet ") and "   " not in line for line in text.split("\n"))
            yield f"```{'sh' if typed else 'text'}\n{text}\n```"
        else:
            yield escape(paragraph)


def write_options(command, context):
    for parameter in command.get_params(context):
        if (record := parameter.get_help_record(context)) is not None:
            names, told = record
            yield f"````{{option}} {names.replace(' / ', ', ')}\n{escape(told)}\n````"


def escape(text):
    """Plain text as Markdown, but for its code."""
    parts = re.split(r"(`[^`]+`)", text)
    parts[::2] = [re.sub(r"([\\`*_<>\[\]#|$~])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def fill(_, __, source):
    if MARK in source[0]:
        from kellet.cli.main import kellet

        source[0] = source[0].replace(MARK, write_commands(kellet))


def setup(app):
    app.connect("source-read", fill)
    # What a command printed.
    app.add_lexer("out", TextLexer)
    return {"parallel_read_safe": True}
