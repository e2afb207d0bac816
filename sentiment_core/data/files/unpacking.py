"""Parquet, whose size in memory nothing in the file has to say truly, unpacked under limits.

A kilobyte can unpack to gigabytes: a run of one value, a page that is compressed a thousandfold, one row with
a list of millions. The sizes in its metadata are claims, and pyarrow allocates by them before it looks. So a
process of its own unpacks, with a limit of memory, and hands over a few hundred rows at a time; this one
counts what comes and ends it where it is too much.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pandas as pd

from sentiment_core import terminal
from sentiment_core.errors import DataError

if TYPE_CHECKING:
    import pyarrow

#: What the rows of a small file may fill, and of a larger one this many times its size.
UNPACKED_BYTES, UNPACKED_TIMES = 100 * 1024**2, 5
#: What the process may need beside the file: one page of each column, and a few hundred rows.
WORKING_BYTES = 160 * 1024**2
CPU_SECONDS = 120
#: Bytes that Hugging Face's note in a file may have: types of columns, names of labels.
MOST_SAID = 100_000
_ROWS_AT_ONCE = 256
_TOO_WIDE, _UNREADABLE = 3, 4

#: Runs without this project, so that it starts at once. Its standard error is the reason, one line.
_UNPACKER = f"""
import os, sys
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
os.environ["OMP_NUM_THREADS"] = "1"
import pyarrow, pyarrow.parquet
most_columns, rows_at_once, working_bytes, seconds = map(int, sys.argv[1:])
pyarrow.set_cpu_count(1)
content = sys.stdin.buffer.read()
try:
    import resource
    used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + working_bytes, used + working_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
except (ImportError, OSError, ValueError):
    pass
def plain(column):
    return column.dictionary_decode() if pyarrow.types.is_dictionary(column.type) else column
try:
    file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content), pre_buffer=False)
    if len(file.schema) > most_columns:
        sys.exit({_TOO_WIDE})
    said = (file.schema_arrow.metadata or {{}}).get(b"huggingface", b"")
    schema = file.schema_arrow.remove_metadata()
    schema = pyarrow.schema(
        [f.with_type(f.type.value_type) if pyarrow.types.is_dictionary(f.type) else f for f in schema],
        metadata={{"huggingface": said}} if 0 < len(said) <= {MOST_SAID} else None,
    )
    with pyarrow.ipc.new_stream(sys.stdout.buffer, schema) as out:
        for batch in file.iter_batches(batch_size=rows_at_once, use_threads=False):
            columns = [plain(column) for column in batch.columns]
            plain_batch = pyarrow.RecordBatch.from_arrays(columns, schema=schema)
            plain_batch.validate(full=True)  # texts that are not UTF-8, offsets that point elsewhere
            out.write_batch(plain_batch)
except MemoryError:
    raise
except (pyarrow.ArrowException, OSError, ValueError) as error:
    sys.stderr.write(str(error).splitlines()[0][:200])
    sys.stdout.flush()
    os._exit({_UNREADABLE})
"""


def unpacked(
    content: bytes,
    filename: str,
    max_bytes: int,
    max_columns: int,
    check_rows: Callable[[int, int], None],
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Return the rows of a Parquet file, and its own names of label values 0, 1, ... by column.

    `check_rows(rows, columns)` is called as the rows come and may raise.

    They may fill UNPACKED_BYTES, or UNPACKED_TIMES the file's size; never UNPACKED_TIMES `max_bytes`.

    Raises:
        DataError: it is not Parquet, is too wide, or unpacks to more than the limits allow.
    """
    import pyarrow

    most = min(max(UNPACKED_BYTES, UNPACKED_TIMES * len(content)), UNPACKED_TIMES * max_bytes)
    with _unpacking(content, max_columns) as process:
        try:
            batches = list(_within(process, most, filename, check_rows))
        except (pyarrow.ArrowException, OSError, EOFError):
            batches = None
        if batches is None or process.wait() != 0:
            raise _failed(process, filename, max_columns)
    label_names = _label_names((batches[0].metadata or {}).get(b"huggingface", b"{}"))
    table = pyarrow.Table.from_batches(batches[1:], schema=batches[0])
    del batches
    try:
        frame = table.to_pandas(ignore_metadata=True, split_blocks=True, self_destruct=True)
    except (pyarrow.ArrowException, ValueError, OverflowError) as error:  # a date beyond what pandas has
        reason = terminal.one_line(str(error))[:200]
        raise DataError(f"{filename} holds a value that cannot be read ({reason})") from None
    return frame, label_names


def _label_names(said: bytes) -> dict[str, tuple[str, ...]]:
    """Return the names of classes in what the datasets library writes into its Parquet files."""
    try:
        features = json.loads(said)["info"]["features"].items()
        classes = {name: one["names"] for name, one in features if one.get("_type") == "ClassLabel"}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {
        str(column): tuple(map(str, names)) for column, names in classes.items() if isinstance(names, list)
    }


@contextlib.contextmanager
def _unpacking(content: bytes, max_columns: int) -> Iterator[subprocess.Popen[bytes]]:
    limits = map(str, (max_columns, _ROWS_AT_ONCE, WORKING_BYTES, CPU_SECONDS))
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _UNPACKER, *limits],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            assert process.stdin
            with contextlib.suppress(BrokenPipeError), process.stdin as into:
                into.write(content)
            yield process
        finally:
            process.kill()


def _within(
    process: subprocess.Popen[bytes],
    most: int,
    filename: str,
    check_rows: Callable[[int, int], None],
) -> Iterator[pyarrow.Schema | pyarrow.RecordBatch]:
    """Yield the schema, then batches, as long as they are few and small enough."""
    import pyarrow

    rows = size = 0
    with pyarrow.ipc.open_stream(process.stdout) as stream:
        yield stream.schema
        for batch in stream:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            check_rows(rows, batch.num_columns)
            if size > most:
                raise _too_much(filename, most)
            yield batch


def _failed(process: subprocess.Popen[bytes], filename: str, max_columns: int) -> DataError:
    assert process.stderr
    said = process.stderr.read(400).decode(errors="replace").strip()
    code = process.wait()
    if code == _TOO_WIDE:
        return DataError(
            f"{filename} has more than {max_columns} columns, the most that are read; "
            "leave out those that are not needed"
        )
    if code == _UNREADABLE:
        return DataError(f"{filename} is not a readable Parquet file ({said})")
    return _too_much(filename, WORKING_BYTES)


def _too_much(filename: str, most: int) -> DataError:
    return DataError(
        f"{filename} unpacks to more than {most / 1024**2:,.0f} MB, over the limit for a file of its size; "
        "split it, or write it in smaller pages and row groups"
    )
