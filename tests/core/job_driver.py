"""Stands in for `python -m sentiment_core` in tests of jobs: a command whose every step can be told."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sentiment_core.errors import DataError
from sentiment_core.jobs import jobs


def main(command: str, *arguments: str) -> None:
    with jobs.working() as job:
        progress = jobs.job_progress()
        print(f"{command} begins")
        if command == "count":  # to a number, a step every so many seconds
            for step in range(int(arguments[0])):
                progress(step, int(arguments[0]), "counting")
                time.sleep(float(arguments[1]))
            if job:
                job.result = {"counted": int(arguments[0]), "resumed": job.resumed}
        elif command == "stamp":  # when its turn began and ended
            began = time.time()
            time.sleep(float(arguments[1]))
            Path(arguments[0]).write_text(f"{began} {time.time()}")
        elif command == "fail":
            raise DataError("column 'text' is missing; columns: a, b")
        elif command == "crash":
            raise ZeroDivisionError("a bug")
        elif command == "fork":  # leave an orphan behind and die
            if os.fork() == 0:
                time.sleep(20)
            Path(arguments[0]).touch()
            time.sleep(20)
        elif command == "environment":
            Path(arguments[0]).write_text("\n".join(f"{k}={v}" for k, v in os.environ.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
