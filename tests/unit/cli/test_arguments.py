"""Options are taken by their whole names, and a mistake is answered with what was probably meant."""

from __future__ import annotations

import argparse

import pytest

from grader.cli.arguments import CommandParser
from grader.cli.main import parser


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is said about a command line that is refused."""
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grade", "--al", "c"), "there is no option --al\nDid you mean --all?"),
        (("grade", "c", "--fres"), "there is no option --fres\nDid you mean --fresh?"),
        (("grade", "c", "--isolaton=none"), "there is no option --isolaton\nDid you mean --isolation?"),
        (("grade", "--al"), "there is no option --al\nDid you mean --all?"),
        (("export", "out", "--too", "csv"), "there is no option --too\nDid you mean --to?"),
        (("grade", "c", "--teapot"), "there is no option --teapot\n`grader grade --help` lists the options."),
        (("image", "build", "--verbos"), "there is no option --verbos\nDid you mean --verbose?"),
        (("--versio",), "there is no option --versio\nDid you mean --version?"),
        (("grad", "c"), "invalid choice: 'grad'"),
        (("grad", "c"), "\nDid you mean grade?"),
        (("export", "out", "--to", "canvs"), "\nDid you mean canvas?"),
        (("assignment", "chek"), "\nDid you mean check?"),
        (("grade", "c", "--isolation", "nne"), "\nDid you mean none?"),
    ],
)
def test_what_was_meant_is_said(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert said in refusal(capsys, *words)


def test_a_value_with_a_password_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert "hunter2" not in refusal(capsys, "grade", "c", "--postgre=postgresql://ada:hunter2@host/db")


def test_an_option_that_is_no_plain_text_is_made_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in refusal(capsys, "grade", "c", "--\x1b[31mall")


def test_what_stands_behind_two_dashes_is_no_option() -> None:
    assert parser().parse_args(["grade", "--", "--al"]).paths == ["--al"]


def test_a_choice_that_is_there_is_taken() -> None:
    command = CommandParser(prog="grader")
    command.add_argument("--colour", choices=("red", "green"))
    assert command.parse_args(["--colour", "red"]) == argparse.Namespace(colour="red")
