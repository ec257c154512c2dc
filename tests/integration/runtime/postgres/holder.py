"""A harness in small, to be killed by tests: holds a server of the kind named, and tells where it is.

Prints one line of JSON: its folders, and the server's process or the run's label. Then waits to be killed.
"""

from __future__ import annotations

import json
import signal
import sys
from contextlib import closing
from pathlib import Path

from grader.runtime.postgres.choose import choose_backend
from grader.runtime.postgres.container import ContainerBackend
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.sessions import connect, fetch


def main() -> None:
    """Hold a server until killed."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in the background
    backend = choose_backend(sys.argv[1])
    with backend.server() as server, StudentDatabase.create(server) as database:
        told: dict[str, object] = {}
        if isinstance(backend, EmbeddedBackend):
            assert backend._template is not None
            with closing(connect(server.endpoint)) as admin:
                ((data,),) = fetch(admin, "SHOW data_directory")
            told["server"] = int(Path(data, "postmaster.pid").read_text().split()[0])
            told["folders"] = [str(Path(server.endpoint.host).parent), str(backend._template.data.parent)]
        else:
            assert isinstance(backend, ContainerBackend)
            told["folders"] = [str(Path(server.endpoint.host).parent)]
            told["run"] = backend._run
        print(json.dumps(told), flush=True)  # noqa: T201 - this is what the test reads
        session = database.connect_as("direct")
        fetch(session, "CREATE TABLE t (a int); BEGIN; LOCK TABLE t")
        signal.pause()


if __name__ == "__main__":
    main()
