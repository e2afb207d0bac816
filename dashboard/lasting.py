"""Objects that imports created are kept for good: the garbage collector need not visit them after every page.

Streamlit collects all generations after each run of a page (runtime/scriptrunner/script_runner.py). Once
torch and transformers are imported, that is a third of a second of processor time a page, in which all other
visitors wait too.
"""

from __future__ import annotations

import gc
import sys

#: This many new modules justify one collection.
WORTH_IT = 50
_modules_before = 0


def set_aside() -> bool:
    """Exempt all live objects from collection once many modules are new; return whether that was done.

    Reference counting frees them as before. Only a reference cycle that exists now and is
    given up later stays: at most what a few visitors see, as often as modules are imported by the dozen.
    """
    global _modules_before
    there = len(sys.modules)
    if there - _modules_before < WORTH_IT:
        return False
    _modules_before = there
    gc.collect()
    gc.freeze()
    return True
