"""What reading a hostile file costs: memory over the baseline and seconds, each file in a process of its own.

    python tests/benchmarks/bench_uploads.py
    python tests/benchmarks/bench_uploads.py --only "many rows" --limit-mb 4000

Each file is read as its reader reads it: Live's upload, `data describe` (labelled reviews), `predict --file`,
an own probe. The process has a limit of address space, so that no file takes the machine; "refused by the
limit" is then what a reader without limits of its own ends in.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEGABYTE = 1024**2
UPLOAD = 20 * MEGABYTE
#: What the reading process has before it reads: pandas, pyarrow and our modules. For one that is stopped.
BASELINE = 190 * MEGABYTE

#: Run by the measured process: read one file as `reader` reads it, and print how that ended.
_READ = """
import json, os, resource, sys, threading, time
limit, reader, file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
from pathlib import Path
import numpy, pandas, pyarrow.parquet
import sentiment_core.data, sentiment_core.data.loading, dashboard.views.live.batch, attacks.own.probes
from sentiment_core.errors import ReelcheckError

def live(path):
    content = path.read_bytes()
    return dashboard.views.live.batch.read_upload(content, path.name, None).rows
def predict(path):
    from sentiment_core.commands import predict as command
    if hasattr(command, "texts_of"):
        return command.texts_of(path, None)
    from sentiment_core.data.files.tables import MAX_FILE_BYTES, read_bytes
    content = read_bytes(path, path.name)
    return sentiment_core.data.texts_from_upload(content, path.name, max_bytes=MAX_FILE_BYTES)
def labelled(path):
    from sentiment_core.data.files import tables
    return sentiment_core.data.load(str(path)).examples
def probe(path):
    from attacks.probes import own, own_files
    return own.from_content(own_files.read(path), path.name).cases()

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
import gc; gc.collect()
before, peak, done = resident(), resident(), False
def watch():
    global peak
    while not done:
        peak = max(peak, resident()); time.sleep(0.005)
watcher = threading.Thread(target=watch, daemon=True); watcher.start()
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
began = time.perf_counter()
try:
    result = {"live": live, "predict": predict, "labelled": labelled, "probe": probe}[reader](Path(file))
    how = f"read, {len(result):,} rows"
except ReelcheckError as error:
    how = f"one line: {error}"
except MemoryError:
    how = "out of memory"
except BaseException as error:
    how = f"TRACEBACK {type(error).__name__}: {str(error)[:80]}"
seconds = time.perf_counter() - began
done = True
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print(json.dumps({"over": max(0, peak - before), "children": children, "seconds": seconds, "how": how}))
"""


@dataclass(frozen=True)
class Hostile:
    """A hostile file: its name with the ending that decides its reader's format, and how to write it."""

    title: str
    filename: str
    write: Callable[[Path], object]
    readers: tuple[str, ...]


def _parquet(path: Path, columns: dict[str, Any], **options: Any) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table(columns), path, **options)


def _repeated(path: Path, value: str, n: int, **options: Any) -> None:
    """Write n rows of one value without ever holding them: a dictionary of one entry and a run of it."""
    import pyarrow
    import pyarrow.parquet

    rows = 5_000_000
    one = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0] * 1, pyarrow.int32()).take(pyarrow.array([0] * min(n, rows))), [value]
    )
    schema = pyarrow.schema([("text", one.type)])
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd", **options) as file:
        for start in range(0, n, rows):
            batch = pyarrow.table({"text": one.slice(0, min(rows, n - start))}, schema=schema)
            file.write_table(batch, row_group_size=rows)


def _nested_lists(path: Path) -> None:
    import numpy as np
    import pyarrow

    n = 30_000_000
    values = pyarrow.array(np.zeros(n, dtype=np.int8))
    tags = pyarrow.ListArray.from_arrays(pyarrow.array([0, n], pyarrow.int32()), values)
    _parquet(path, {"text": ["fine"], "tags": tags}, compression="zstd")


HOSTILE: Sequence[Hostile] = (
    Hostile("many rows", "rows.csv", lambda p: p.write_text("t\n" + "a\n" * 9_900_000), ("live", "predict")),
    Hostile(
        "many labelled rows",
        "labelled.csv",
        lambda p: p.write_text("text,label\n" + "a,1\nb,0\n" * 2_500_000),
        ("labelled", "live", "predict"),
    ),
    Hostile(
        "as many rows as are read",
        "most.csv",
        lambda p: p.write_text("text,label\n" + "a,1\nb,0\n" * 250_000),
        ("labelled", "predict"),
    ),
    Hostile(
        "many columns",
        "columns.csv",
        lambda p: p.write_text(
            "\n".join(",".join([f"{row}c{n}" for n in range(20_000)]) for row in range(40))
        ),
        ("live", "predict", "labelled"),
    ),
    Hostile(
        "a header of commas",
        "commas.csv",
        lambda p: p.write_text("aa," * 6_900_000 + "\n"),
        ("live", "predict"),
    ),
    Hostile(
        "one line", "line.csv", lambda p: p.write_text("text\n" + "a" * (UPLOAD - 10)), ("live", "predict")
    ),
    Hostile(
        "one wide line",
        "wide.csv",
        lambda p: p.write_text("text\n\U0001f600" + "a" * (UPLOAD - 10)),
        ("live", "predict"),
    ),
    Hostile(
        "an open quotation mark",
        "quote.csv",
        lambda p: p.write_text('text\n"' + "a\n" * (UPLOAD // 2)),
        ("live", "predict"),
    ),
    Hostile(
        "a record of many lines",
        "record.csv",
        lambda p: p.write_text("text\n" + ("aa," * 30_000 + '"\n",') * 230),
        ("live",),
    ),
    Hostile(
        "many rows of a TSV",
        "rows.tsv",
        lambda p: p.write_text("text\tx\n" + "a\tb\n" * 5_000_000),
        ("live", "predict"),
    ),
    Hostile("many lines", "lines.txt", lambda p: p.write_text("a\n" * 10_000_000), ("predict",)),
    Hostile(
        "many JSON lines",
        "rows.jsonl",
        lambda p: p.write_text('{"text":"a"}\n' * 1_600_000),
        ("live", "predict"),
    ),
    Hostile(
        "a key of its own in each JSON line",
        "keys.jsonl",
        lambda p: p.write_text("".join(f'{{"text":"a","{n}":1}}\n' for n in range(20_000))),
        ("live", "predict"),
    ),
    Hostile(
        "one JSON line of lists",
        "lists.jsonl",
        lambda p: p.write_text('{"text":"a","x":[' + "[]," * 6_900_000 + "[]]}"),
        ("live", "predict"),
    ),
    Hostile(
        "JSON lines of lists",
        "nested.jsonl",
        lambda p: p.write_text(('{"text":"a","x":[' + "[]," * 100_000 + "[]]}\n") * 69),
        ("live", "predict"),
    ),
    Hostile(
        "entities in entities",
        "entities.csv",
        lambda p: p.write_text("text\n" + "&#5" * 20_000 + "&#038;" + ";" * 20_000),
        ("live",),
    ),
    Hostile(
        "breaks in breaks",
        "breaks.csv",
        lambda p: p.write_text("text\n" + "<" * 20_000 + "br>" * 20_000),
        ("live",),
    ),
    Hostile(
        "a run of one value", "run.parquet", lambda p: _repeated(p, "a", 40_000_000), ("predict", "labelled")
    ),
    Hostile(
        "a run of a long value", "long.parquet", lambda p: _repeated(p, "a" * 100_000, 100_000), ("predict",)
    ),
    Hostile(
        "a value of 300 MB",
        "value.parquet",
        lambda p: _parquet(p, {"text": ["a" * 300_000_000]}, compression="zstd"),
        ("predict",),
    ),
    Hostile("a list of 30 million", "list.parquet", _nested_lists, ("predict", "labelled")),
    Hostile(
        "many columns of Parquet",
        "columns.parquet",
        lambda p: _parquet(p, {f"c{n}": [1] for n in range(20_000)}),
        ("predict",),
    ),
    Hostile("aliases in aliases", "bomb.yaml", lambda p: p.write_text(_bomb()), ("probe",)),
    Hostile("a deep YAML", "deep.yaml", lambda p: p.write_text("[" * 100_000), ("probe",)),
    Hostile(
        "many rows of a probe",
        "probe.csv",
        lambda p: p.write_text("template,kind,expectation\n" + "a,MFT,positive\n" * 17_000),
        ("probe",),
    ),
)


def _bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines)


def measured(file: Path, reader: str, limit: int, seconds: float) -> dict[str, Any]:
    """Return the peak over the baseline in bytes, the seconds, and how reading a file ended."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-c", _READ, str(limit), reader, str(file)]
        environment = {
            **os.environ,
            "REELCHECK_HOME": home,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
            try:
                printed, complained = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                over = max(0, _peak(process.pid) - BASELINE)
                process.kill()
                return {"over": over, "children": 0, "seconds": seconds, "how": f"not done in {seconds:g} s"}
    lines = printed.strip().splitlines()
    if process.returncode or not lines:
        how = f"died with {process.returncode}: {' '.join(complained.split())[-80:]}"
        return {"over": 0, "children": 0, "seconds": 0.0, "how": how}
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _peak(pid: int) -> int:
    """Return the largest memory that a process had so far, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main(argv: Sequence[str] | None = None) -> None:
    """Write each hostile file, read it, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit-mb", type=int, default=4_000, help="address space of each reading process")
    parser.add_argument("--seconds", type=float, default=180, help="until a reading process is stopped")
    parser.add_argument("--only", default="", help="files whose title holds this")
    parser.add_argument("--after", default="", help="only files after the one with this title")
    args = parser.parse_args(argv)
    print(f"{'file':<36}{'reader':<10}{'size':>10}{'over':>10}{'process':>11}{'seconds':>8}  how it ended")
    with tempfile.TemporaryDirectory() as folder:
        titles = [hostile.title for hostile in HOSTILE]
        for hostile in HOSTILE[titles.index(args.after) + 1 if args.after else 0 :]:
            if args.only not in hostile.title:
                continue
            file = Path(folder) / hostile.filename
            hostile.write(file)
            for reader in hostile.readers:
                found = measured(file, reader, args.limit_mb * MEGABYTE, args.seconds)
                size = file.stat().st_size / MEGABYTE
                over, child = found["over"] / MEGABYTE, found["children"] / MEGABYTE
                print(
                    f"{hostile.title:<36}{reader:<10}{size:>7.1f} MB{over:>7.0f} MB{child:>8.0f} MB"
                    f"{found['seconds']:>8.1f}  "
                    f"{found['how'][:150]}",
                    flush=True,
                )
            file.unlink()


if __name__ == "__main__":
    main()
