#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the autograder's image: finds a Python for the grader and
# installs what the grader and students' code import. Nothing is installed when a submission is graded.
set -euo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive

source_folder=/autograder/source
home=/opt/migration-grader
test_python='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

install() {
    [ -n "${apt_updated:-}" ] || { apt-get update -q; apt_updated=1; }
    apt-get install -y -q --no-install-recommends "$@"
}

# The system's own python3 stays as it is: Gradescope's harness runs with it.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && "$name" -c "$test_python" 2>/dev/null; then
            python=$name
            return 0
        fi
    done
    return 1
}

if ! find_python; then
    install ca-certificates
    for version in 3.14 3.13 3.12 3.11; do
        if apt-cache show "python$version-venv" >/dev/null 2>&1; then
            install "python$version" "python$version-venv"
            break
        fi
    done
    if ! find_python; then
        echo "The grader needs Python 3.11 or later, and this image has $(python3 --version 2>&1) and offers no other." >&2
        echo "Choose Ubuntu 22.04 or later as the base image of the autograder, and upload the zip again." >&2
        exit 1
    fi
fi
echo "Python: $("$python" --version)"

# Walls around students' code, where the container lets them be put up; the grader does without where it does not.
command -v bwrap >/dev/null || install bubblewrap || echo "bubblewrap could not be installed"

"$python" -m venv "$home/venv"
"$home/venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
    --requirement "$source_folder/harness/requirements.txt"
"$home/venv/bin/python" -m compileall -q "$source_folder/harness"
# What this exercise needs besides, before any submission is there.
PYTHONPATH="$source_folder/harness" "$home/venv/bin/python" -m grader prepare \
    --assignment "$source_folder/assignment/assignment.toml" --isolation bubblewrap
echo "The grader is set up."
