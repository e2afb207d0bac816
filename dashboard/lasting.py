"""What imports made stays for good: the garbage collector need not look through it after every page.

Streamlit collects all generations after each run of a page (runtime/scriptrunner/script_runner.py). Once
torch and transformers are imported, that is a third of a second of processor time a page, in which all other
visitors wait too.
"""

from __future__ import annotations

import gc
import sys

#: So many new modules are worth a collection of their own.
WORTH_IT = 50
_modules_before = 0


def set_aside() -> bool:
    """Let the collector pass over all there is, once many modules are new; return whether that was done.

    What is freed without the collector is freed as before. Only a ring of objects that is there now and is
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
