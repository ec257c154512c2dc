"""Runs a composite action's steps as GitHub's runner does: expressions, conditions, files, commands.

What an action of somebody else's would do is the test's to say; the scripts run for real, with `bash`, on
this machine or in a container.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ruamel.yaml import YAML

Value = str | bool
Action = Callable[["Step"], Mapping[str, str]]
"""What a step with `uses` does; gives its outputs."""
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_][\w.-]*)|(?P<sign>\|\||&&|==|!=|[!(),]))"
)
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS = ("always", "cancelled", "success", "failure")


class Machine(Protocol):
    """Where scripts run."""

    def bash(
        self, script: str, environment: Mapping[str, str], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """Run a script to its end; what it says on either stream is in `stdout`."""


@dataclass(frozen=True)
class Step:
    """A step that is about to run."""

    name: str
    given: Mapping[str, str]
    """Its `with`, or its `env`."""


@dataclass
class Issued:
    """A workflow command."""

    name: str
    properties: dict[str, str]
    message: str


@dataclass
class Run:
    """An action that runs, or has run."""

    definition: Mapping[str, Any]
    contexts: dict[str, str]
    """`github.sha` and the like, each under its whole name."""
    machine: Machine
    actions: Mapping[str, Action]
    """What to do for an action, by its name without the version."""
    environment: Mapping[str, str]
    log: str = ""
    ran: list[str] = field(default_factory=list)
    failed: bool = False

    def start(self, inputs: Mapping[str, str], *, leave_out: tuple[str, ...] = ()) -> None:
        """Run all steps whose conditions hold, but for those to leave out by name."""
        for name, about in self.definition["inputs"].items():
            self.contexts[f"inputs.{name}"] = (
                inputs[name] if name in inputs else self.text(str(about["default"]))
            )
        assert set(inputs) <= set(self.definition["inputs"])
        for step in self.definition["runs"]["steps"]:
            if step["name"] not in leave_out:
                self.step(step)

    def step(self, step: Mapping[str, Any]) -> None:
        """Run one step if its condition holds."""
        key = f"steps.{step.get('id', step['name'])}"
        if not self._holds(str(step.get("if", "success()"))):
            self.contexts[f"{key}.outcome"] = "skipped"
            return
        self.ran.append(step["name"])
        given = {name: self.text(str(value)) for name, value in step.get("with", step.get("env", {})).items()}
        done = True
        if "uses" in step:
            outputs = self.actions[step["uses"].partition("@")[0]](Step(step["name"], given))
        else:
            done, outputs = self._script(step, given)
        self.contexts[f"{key}.outcome"] = "success" if done else "failure"
        self.contexts |= {f"{key}.outputs.{name}": value for name, value in outputs.items()}
        self.failed = self.failed or not done

    def output(self, name: str) -> str:
        """An output of the whole action."""
        return self.text(self.definition["outputs"][name]["value"])

    def text(self, template: str) -> str:
        """A text with its expressions worked out."""
        return _EXPRESSION.sub(lambda match: self._shown(match[1]), template).strip()

    def commands(self) -> list[Issued]:
        """The workflow commands in the log."""
        return list(commands(self.log))

    def _script(self, step: Mapping[str, Any], given: Mapping[str, str]) -> tuple[bool, dict[str, str]]:
        assert step["shell"] == "bash"
        temporary = Path(self.contexts["runner.temp"])
        files = {name: temporary / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        for path in files.values():
            path.write_text("", encoding="utf-8")
        environment = {**self.environment, **{name: str(path) for name, path in files.items()}, **given}
        folder = Path(self.text(step.get("working-directory", self.contexts["github.workspace"])))
        done = self.machine.bash(step["run"], environment, folder)
        self.log += done.stdout
        assert files["GITHUB_ENV"].read_text(encoding="utf-8") == ""
        lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        return done.returncode == 0, dict(line.split("=", 1) for line in lines)

    def _holds(self, condition: str) -> bool:
        said = condition.strip().removeprefix("${{").removesuffix("}}")
        holds = bool(_Reader(said, self._value).read())
        return holds and (not self.failed or any(f"{name}(" in said for name in _STATUS))

    def _shown(self, expression: str) -> str:
        value = _Reader(expression, self._value).read()
        return value if isinstance(value, str) else str(value).lower()

    def _value(self, word: str, arguments: list[Value] | None) -> Value:
        if arguments is None:
            return self.contexts.get(word, "")
        if word == "format":
            return str(arguments[0]).format(*arguments[1:])
        return {"always": True, "cancelled": False, "success": not self.failed, "failure": self.failed}[word]


class _Reader:
    """Works an expression out, as far as the action uses the language."""

    def __init__(self, text: str, value: Callable[[str, list[Value] | None], Value]) -> None:
        self._tokens: list[tuple[str, str]] = []
        position, text = 0, text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            assert match, f"cannot read {text[position:]!r}"
            self._tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            position = match.end()
        self._value = value

    def read(self) -> Value:
        value = self._either()
        assert not self._tokens
        return value

    def _next(self, *signs: str) -> str | None:
        if self._tokens and self._tokens[0][0] == "sign" and self._tokens[0][1] in signs:
            return self._tokens.pop(0)[1]
        return None

    def _either(self) -> Value:
        value = self._both()
        while self._next("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Value:
        value = self._compared()
        while self._next("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Value:
        value = self._single()
        sign = self._next("==", "!=")
        return value if sign is None else (value == self._single()) == (sign == "==")

    def _single(self) -> Value:
        if self._next("!"):
            return not self._single()
        if self._next("("):
            value = self._either()
            assert self._next(")")
            return value
        kind, token = self._tokens.pop(0)
        if kind == "text":
            return token[1:-1].replace("''", "'")
        return self._value(token, self._arguments() if self._next("(") else None)

    def _arguments(self) -> list[Value]:
        found: list[Value] = []
        while not self._next(")"):
            found.append(self._either())
            self._next(",")
        return found


def load(path: Path) -> dict[str, Any]:
    """An action's or a workflow's definition."""
    loaded: dict[str, Any] = YAML(typ="safe").load(path)
    return loaded


def commands(log: str) -> Iterator[Issued]:
    """What the runner takes for commands in a log, with the annotations' texts as people see them."""
    stopped: str | None = None
    for line in log.split("\n"):
        assert "##[" not in line or line.startswith("::") or stopped is not None, line
        if not line.lstrip().startswith("::") or line.lstrip().find("::", 2) < 0:
            continue
        head, message = line.lstrip()[2:].split("::", 1)
        name, _, listed = head.partition(" ")
        if stopped is not None:
            stopped = None if name == stopped else stopped
        elif name == "stop-commands":
            stopped = message.strip()
        else:
            pairs = (pair.split("=", 1) for pair in listed.split(",") if pair)
            yield Issued(name, {key: _read(value) for key, value in pairs}, _read(message))
    assert stopped is None, "commands were not let in again"


def _read(text: str) -> str:
    for code, sign in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, sign)
    return text
