"""How much memory and time one long review takes, by its length, for each recipe: a process of its own each.

    python tests/benchmarks/bench_memory.py --model tfidf --words 5000,20000,50000
    python tests/benchmarks/bench_memory.py --model nbsvm --recipe pruthi --words 50000 --seconds 60

The review is made of test reviews of the embedded data, one after the other. Peak memory is the process's
own, everything that it has loaded included; `loaded` is what it had before the review. `over` is by how much
a review took longer than `--seconds`. No process may take more than `--most` gigabytes over what it has
loaded, so that a failure cannot take the machine: it shows as an error.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

from attacks.engine.attacker import Attacker
from attacks.schema import AttackSpec, Example
from sentiment_core import data, models
from sentiment_core.execution import memory

RECIPES = "deepwordbug,pwws,pruthi,input-reduction,textfooler-style,textbugger-style,random,bad-characters"


def review(words: int) -> str:
    """Return so many words of positive reviews."""
    rows = data.load("imdb-embedded", seed=0).split("test")
    found: list[str] = []
    for text in rows[rows["label"] == 1]["text"]:
        found += text.split()
        if len(found) >= words:
            break
    return " ".join(found[:words])


def measured(args: argparse.Namespace, recipe: str, words: int) -> dict[str, object]:
    """Attack one review in this process and return what it took."""
    text = review(words)
    spec = AttackSpec(
        models.resolve(args.model).model_id, recipe, query_budget=args.budget, seconds=args.seconds
    )
    attack = Attacker(spec, models.load_model(args.model))
    attack(Example("warm-up", "A good film, if a little long.", 1), lambda: None)
    loaded = peak()
    memory.limit(args.most)
    began = time.perf_counter()
    record = attack(Example("long", text, 1), lambda: None)
    return {
        "loaded": loaded,
        "peak": peak(),
        "seconds": time.perf_counter() - began,
        "queries": record.queries,
        "outcome": record.error or f"{record.outcome} {record.stopped_by}".strip(),
    }


def peak() -> float:
    """Return the most memory that this process has had, in megabytes of 2^20 bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(args: argparse.Namespace, recipe: str, words: int) -> dict[str, object]:
    """Return what `measured` says in a process of its own."""
    command = [sys.executable, __file__, "--one", "--model", args.model, "--recipe", recipe]
    command += ["--words", str(words), "--seconds", str(args.seconds), "--most", str(args.most)]
    command += ["--budget", str(args.budget)] if args.budget else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"outcome": f"ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}"}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure and print a line for each recipe and length."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--model", default="tfidf")
    parser.add_argument("--recipe", default=RECIPES)
    parser.add_argument("--words", default="5000,20000,50000")
    parser.add_argument("--seconds", type=float, default=30.0, help="most seconds a review")
    parser.add_argument("--budget", type=int, help="most queries a review")
    parser.add_argument("--most", type=float, default=1.5, help="most gigabytes over what is loaded")
    parser.add_argument("--one", action="store_true", help="here, and print JSON")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measured(args, args.recipe, int(args.words))))
        return
    print(f"{args.model}, at most {args.seconds:g} s a review")
    print("recipe               words  loaded MB  peak MB  seconds   over  queries  outcome")
    for recipe in args.recipe.split(","):
        for words in map(int, args.words.split(",")):
            one = in_a_process(args, recipe, words)
            if "peak" not in one:
                print(f"{recipe:18} {words:7,}  {one['outcome']}", flush=True)
                continue
            over = max(0.0, float(str(one["seconds"])) - args.seconds)
            print(
                f"{recipe:18} {words:7,} {one['loaded']:10.0f} {one['peak']:8.0f} {one['seconds']:8.1f} "
                f"{over:6.2f} {one['queries']:8,}  {one['outcome']}",
                flush=True,
            )


if __name__ == "__main__":
    main()
