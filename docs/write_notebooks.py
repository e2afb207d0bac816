"""Run the five notebooks, and keep in them what their cells show.

    python docs/write_notebooks.py            # --check compares and writes nothing

They run one after the other in an empty workspace, as each uses what those before it left there, and in one
kernel of this interpreter, its names cleared in between: importing torch once saves half the time. An output
is rewritten when more than run ids and durations differ, so that a second run changes nothing. In a cell with
the tag `varies` no number is compared: another processor may round, and so train, differently.
"""

from __future__ import annotations

import copy
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from write_outputs import masked

FOLDER = Path(__file__).resolve().parent / "notebooks"
COMMAND = "python docs/write_notebooks.py"
#: A tag of cells whose numbers depend on the machine.
VARIES = "varies"
CELL_SECONDS = 600
#: A port that nothing listens on.
NOBODY = "http://127.0.0.1:9"
#: The rest of what a kernel says of itself differs from machine to machine.
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main() -> None:
    """Run everything; write or check the outputs."""
    checking = "--check" in sys.argv
    stale = []
    with kernel() as manager:
        for path in notebooks():
            before = nbformat.read(path, as_version=4)
            after = with_kept(before, executed(before, manager))
            if written(after) != path.read_text(encoding="utf-8"):
                stale.append(f"{path.name} ({', '.join(changed(before, after)) or 'its form'})")
                if not checking:
                    path.write_text(written(after), encoding="utf-8")
    if checking and stale:
        sys.exit(f"{', '.join(stale)}: the cells show something else by now; run `{COMMAND}`")


def notebooks() -> list[Path]:
    """Return the notebooks in the order in which they are run."""
    return sorted(FOLDER.glob("*.ipynb"))


@contextmanager
def kernel() -> Iterator[KernelManager]:
    """Yield a running kernel of this interpreter, in an empty workspace; all its files are temporary."""
    # Without folders to look for kernels in, "python3" is the one of the installed ipykernel.
    specs = KernelSpecManager(kernel_dirs=[])
    with tempfile.TemporaryDirectory() as folder:
        # Over files instead of ports, which other accounts of the machine could listen to.
        manager = KernelManager(
            kernel_name="python3",
            kernel_spec_manager=specs,
            connection_file=f"{folder}/kernel.json",
            transport="ipc",
            ip=f"{folder}/kernel",
        )
        own = {
            "REELCHECK_HOME": f"{folder}/workspace",
            "IPYTHONDIR": f"{folder}/ipython",
            "OMP_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
            # This machine is asked, no other: the hub's client asks nobody where it is set to be offline.
            "HF_HUB_OFFLINE": "0",
            "HTTPS_PROXY": NOBODY,
        }
        manager.start_kernel(env={**os.environ, **own}, cwd=folder)
        try:
            yield manager
        finally:
            manager.shutdown_kernel(now=True)


def executed(notebook: Any, manager: KernelManager) -> Any:
    """Return a copy of a notebook with what its cells show, run without the names of the one before it."""
    run = copy.deepcopy(notebook)
    run.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    NotebookClient(run, km=manager, timeout=CELL_SECONDS, record_timing=False).execute()
    del run.cells[0]
    return run


def with_kept(before: Any, after: Any) -> Any:
    """Return an executed notebook, with the outputs from before where they say the same."""
    after.metadata = nbformat.from_dict(_METADATA)
    code = [pair for pair in zip(before.cells, after.cells, strict=True) if pair[1].cell_type == "code"]
    for number, (old, new) in enumerate(code, 1):
        outputs = [_plain(output) for output in new.outputs if not _is_warning(output)]
        new.outputs = old.outputs if said(old.outputs, old) == said(outputs, new) else outputs
        new.execution_count = number
        for output in new.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
    return after


def changed(before: Any, after: Any) -> list[str]:
    """Return the cells whose outputs are others, by their ids."""
    pairs = zip(before.cells, after.cells, strict=True)
    return [new.id for old, new in pairs if old.get("outputs") != new.get("outputs")]


def said(outputs: list[Any], cell: Any) -> str:
    """Return what the outputs of a cell say, without what may differ between two runs of it."""
    texts = [
        output.text if output.output_type == "stream" else _shown(output.get("data", {}))
        for output in outputs
    ]
    return masked("\n".join(texts), digits=VARIES not in cell.metadata.get("tags", []))


def written(notebook: Any) -> str:
    """Return a notebook as its file has it."""
    return f"{nbformat.writes(notebook)}\n"


def _shown(data: Any) -> str:
    return str(data["text/plain"]) if "text/plain" in data else json.dumps(data, sort_keys=True)


def _plain(output: Any) -> Any:
    """Return an output whose tables have no style of their own: that of the page is used."""
    html = output.get("data", {}).get("text/html")
    if html is not None:
        output["data"]["text/html"] = re.sub(r"<style scoped>.*?</style>\n", "", html, flags=re.DOTALL)
    return output


def _is_warning(output: Any) -> bool:
    return output.output_type == "stream" and output.name == "stderr"


if __name__ == "__main__":
    main()
