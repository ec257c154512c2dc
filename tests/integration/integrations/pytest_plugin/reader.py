"""Follows EXERCISE.md to the letter: types its commands, and pastes its code where its sentences say.

Knows where a sentence such as "in place of the line" puts a piece of code; the code itself, the commands and
what they are promised to show come from the text alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 240.0
"""After which a command counts as stuck, on a machine that is busy with other things."""
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_ENVIRONMENT = re.compile(r"(python -m venv|source|pip install) ")
"""The virtual environment is there already, and active."""


@dataclass(frozen=True)
class Block:
    """A piece of code in the text."""

    language: str
    code: str
    before: str
    """The text between the block before and this one: says what to do with it."""
    after: str
    """The text up to the next block."""


@dataclass(frozen=True)
class Section:
    """A section of the text."""

    title: str
    blocks: tuple[Block, ...]


def sections(text: str) -> list[Section]:
    """The text's sections that have a heading of the second level."""
    return [_section(part) for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]]


def _section(text: str) -> Section:
    title, _, body = text.partition("\n")
    found = list(_FENCE.finditer(body))
    starts = [0, *(match.end() for match in found)]
    ends = [*(match.start() for match in found), len(body)]
    between = [body[start:end] for start, end in zip(starts, ends, strict=True)]
    blocks = tuple(
        Block(match["language"], textwrap.dedent(match["code"]), before, after)
        for match, before, after in zip(found, between, between[1:], strict=False)
    )
    return Section(title, blocks)


@dataclass
class Reader:
    """A student who does what the text says, in a copy of the template."""

    folder: Path
    urls: Mapping[str, str]
    """What to fill into `.env`."""
    environment: Mapping[str, str]
    """What the shell has besides."""
    check: tuple[str, ...] = (sys.executable, "-m", "pytest")
    outputs: dict[str, str] = field(default_factory=dict)
    """By command: what it printed last."""

    def follow(self, section: Section) -> Iterator[tuple[str, Block]]:
        """Do everything in a section; returns the output of every `pytest` with its block."""
        for block in section.blocks:
            if block.language == "console":
                for command in block.code.splitlines():
                    output = self._type(command)
                    if command == "pytest":
                        yield output, block
            else:
                self._edit(block)

    def _type(self, command: str) -> str:
        if _ENVIRONMENT.match(f"{command} "):
            return ""
        program = [*self.check] if command == "pytest" else command
        output = self._run(program, may_fail=command == "pytest")
        self.outputs[command] = output
        if command == "cp .env.example .env":
            lines = [f'{name}="{url}"\n' for name, url in self.urls.items()]
            (self.folder / ".env").write_text("".join(lines), encoding="utf-8")
        return output

    def _run(self, command: str | list[str], *, typed: str | None = None, may_fail: bool = False) -> str:
        programs = Path(sys.executable).parent
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "COV", "PYTEST"))
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**plain, **self.environment, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
            shell=isinstance(command, str),  # commands are typed as the text has them
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )
        assert may_fail or done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout

    # --- edits ----------------------------------------------------------------------------------------------

    def _edit(self, block: Block) -> None:
        """Do with a piece of code what the sentence before it says."""
        sentence = " ".join(block.before.split())
        (apply,) = (edit for words, edit in self._edits() if re.search(words, sentence))
        apply(block.code)

    def _edits(self) -> list[tuple[str, Callable[[str], None]]]:
        return [
            (r"put a `#` in front of the line that begins with `sqlalchemy\.url`", self._comment_url_out),
            (r"At the very top", lambda code: self._change("alembic/env.py", lambda text: code + text)),
            (r"In place of the line `target_metadata = None`", self._in_place_of("target_metadata = None\n")),
            (
                r'in place of `url = config\.get_main_option\("sqlalchemy\.url"\)`',
                self._in_place_of('    url = config.get_main_option("sqlalchemy.url")\n', indent=4),
            ),
            (r"in place of `connectable = engine_from_config\(`", self._new_engine),
            (r"Start `flask shell`, and paste", self._paste_into_shell),
            (r"Add to the model `User`", lambda code: self._add_columns("User", code)),
            (r"Add a new model in `app\.py`, above `Post`", self._add_model),
            (r"one more column in `Post`", lambda code: self._add_columns("Post", code)),
            (r"Change the model", self._change_username),
            (r"Replace both functions in the new file", self._replace_functions),
        ]

    def _change(self, name: str, change: Callable[[str], str]) -> None:
        path = self.folder / name
        old = path.read_text(encoding="utf-8")
        new = change(old)
        assert new != old, f"nothing to change in {name}"
        path.write_text(new, encoding="utf-8")

    def _substitute(self, name: str, pattern: str, code: str) -> None:
        def change(text: str) -> str:
            new, count = re.subn(pattern, lambda _: code, text, flags=re.MULTILINE | re.DOTALL)
            assert count == 1, f"{pattern!r} is {count} times in {name}"
            return new

        self._change(name, change)

    def _comment_url_out(self, code: str) -> None:
        self._substitute("alembic.ini", r"^sqlalchemy\.url[^\n]*\n", code)

    def _in_place_of(self, line: str, *, indent: int = 0) -> Callable[[str], None]:
        pattern = f"^{re.escape(line)}"
        return lambda code: self._substitute("alembic/env.py", pattern, textwrap.indent(code, " " * indent))

    def _new_engine(self, code: str) -> None:
        pattern = r"^    connectable = engine_from_config\(.*?^    \)\n"
        self._substitute("alembic/env.py", pattern, textwrap.indent(code, "    "))
        self._substitute(
            "alembic/env.py",
            r"^from sqlalchemy import engine_from_config$",
            "from sqlalchemy import create_engine",
        )

    def _paste_into_shell(self, code: str) -> None:
        output = self._run("flask shell", typed=code)
        assert "Error" not in output, output

    def _add_columns(self, model: str, code: str) -> None:
        pattern = rf"^class {model}\(db\.Model\):\n.*?^    updated_at = [^\n]*\n"
        found = re.search(
            pattern, (self.folder / "app.py").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        assert found, f"{model} is not in app.py"
        self._substitute("app.py", re.escape(found[0]), found[0] + textwrap.indent(code, "    "))

    def _add_model(self, code: str) -> None:
        self._substitute("app.py", r"^class Post\(", f"{code}\n\nclass Post(")

    def _change_username(self, code: str) -> None:
        self._substitute("app.py", r"^    username = [^\n]*\n", textwrap.indent(code, "    "))

    def _replace_functions(self, code: str) -> None:
        newest = max(
            (self.folder / "alembic/versions").glob("*.py"), key=lambda path: path.stat().st_mtime_ns
        )
        self._substitute(str(newest.relative_to(self.folder)), r"^def upgrade\(\).*\Z", code)
