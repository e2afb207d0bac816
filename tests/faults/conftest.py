"""The workspace with everything that is kept, made once for all tests and all processes that run them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from sentiment_core.storage import locks

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the workspace that `kept_workspace.make` makes; copy it, and leave it as it is."""
    import kept_workspace

    here = tmp_path_factory.getbasetemp()
    root = here.parent if os.environ.get("PYTEST_XDIST_WORKER") else here
    home, making = root / "kept-workspace", root / "kept-workspace-making"
    with locks.locked(root / "kept-workspace.lock"):
        if not home.exists():
            shutil.rmtree(making, ignore_errors=True)  # of a process that was killed
            making.mkdir()
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("REELCHECK_HOME", str(making))
                kept_workspace.make(making)
            making.rename(home)
    return home
