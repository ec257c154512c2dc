"""Templates as Jinja has compiled them, kept between runs: compiling takes longer than rendering."""

from __future__ import annotations

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from grader.files.cache import KeptFiles


class CompiledTemplates(BytecodeCache):
    """Jinja's cache. A bucket knows by a hash whether what is kept was made of the template as it is now."""

    def __init__(self) -> None:
        """Choose the place; nothing is read yet."""
        self._kept = KeptFiles("templates")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if that can be done."""
        data = self._kept.read(bucket.key)
        if data is None:
            return
        try:
            bucket.bytecode_from_string(data)
        except Exception:  # noqa: BLE001 - the end of the file is missing, or it is some other file
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is in the bucket."""
        self._kept.write(bucket.key, bucket.bytecode_to_string())
