"""How fast attacks go, side by side: stock TextAttack and ours on the same model, reviews and seeds.

    python tests/benchmarks/bench_attacks.py --model tfidf --recipe deepwordbug,pwws --reviews 40
    python tests/benchmarks/bench_attacks.py --model reference --max-length 512 --reviews 10

Stock is TextAttack's Attacker, without printing or logging, with its own HuggingFaceModelWrapper on as many
torch threads as there are cores; for a linear model, whose wrapper is broken in this TextAttack, one that
asks the classifier's `predict_proba`. Ours is what `python -m attacks run --workers` does: as many processes
of one thread. Neither's start is counted: TextAttack's import takes some seconds in both. Every row's
outcome, text and number of queries is compared.

`--cpu` compares CPU seconds of one process and one thread each, for a machine that has other work to do.
`--quick` is our mode that searches on a copy with int8 weights; its rows are counted where they agree, not
required to.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import functools
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from attacks.engine.attacker import Attacker, build, seed_of
from attacks.resources.offline import textattack
from attacks.schema import AttackSpec, Example
from sentiment_core import data, models
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.reading import Reader
from sentiment_core.demo import box
from sentiment_core.execution.base import Work
from sentiment_core.execution.processes import Processes
from sentiment_core.statistics import share

#: (outcome, text at the end, queries)
Row = tuple[str, str, int]

OUTCOMES = {
    "SuccessfulAttackResult": "succeeded",
    "FailedAttackResult": "failed",
    "SkippedAttackResult": "skipped",
}


@dataclass(frozen=True)
class Measured:
    """One way of attacking: its seconds, and its row of each review."""

    name: str
    seconds: float
    rows: list[Row]

    @property
    def queries(self) -> int:
        return sum(queries for _, _, queries in self.rows)


def load(name: str, max_length: int | None) -> Any:
    """Return the model, reading at most `max_length` tokens from the start, as the stock wrapper does."""
    classifier = models.load_model(name)
    if not isinstance(classifier, TransformerClassifier):
        return classifier
    reader = classifier.reader
    reader = Reader(reader.tokenizer, max_length or reader.max_length, "head")
    return TransformerClassifier(classifier.model_id, classifier.model, reader)


def stock_wrapper(classifier: Any) -> Any:
    """Return TextAttack's wrapper for a transformer, and for a linear model the plain one."""
    textattack()
    from textattack.models.wrappers import HuggingFaceModelWrapper, ModelWrapper

    if isinstance(classifier, TransformerClassifier):
        tokenizer = copy.deepcopy(classifier.reader.tokenizer)
        tokenizer.model_max_length = classifier.reader.max_length
        tokenizer.model_input_names = ["input_ids", "attention_mask"]  # DistilBERT takes no token types
        return HuggingFaceModelWrapper(classifier.model, tokenizer)

    class Plain(ModelWrapper):
        model = classifier

        def __call__(self, texts: Sequence[str]) -> Any:
            return classifier.predict_proba(list(texts))

    return Plain()


def stock_row(attack: Any, spec: AttackSpec, example: Example) -> Row:
    """Attack one review with TextAttack's Attacker, seeded as ours is."""
    from textattack import AttackArgs
    from textattack import Attacker as StockAttacker
    from textattack.datasets import Dataset

    seed = seed_of(spec.seed, example.example_id)
    args = AttackArgs(num_examples=1, random_seed=seed, silent=True, disable_stdout=True)
    rows = Dataset([(example.text, example.label)])
    quiet = io.StringIO()  # its progress bar, and empty lines
    with contextlib.redirect_stderr(quiet), contextlib.redirect_stdout(quiet):
        [result] = StockAttacker(attack, rows, args).attack_dataset()
    last = result.perturbed_result
    return OUTCOMES[type(result).__name__], last.attacked_text.text, int(last.num_queries)


def stock(
    spec: AttackSpec, classifier: Any, examples: Sequence[Example], clock: Callable[[], float]
) -> Measured:
    attack = build(spec.recipe, spec.params, stock_wrapper(classifier))
    stock_row(attack, spec, WARM_UP)
    began = clock()
    rows = [stock_row(attack, spec, example) for example in examples]
    return Measured("stock TextAttack", clock() - began, rows)


#: Attacked before the clock starts: WordNet is read, threads are started, memory is at hand.
WARM_UP = Example("warm-up", "A good film, if a little long.", 1)


def ours_here(
    spec: AttackSpec, classifier: Any, examples: Sequence[Example], clock: Callable[[], float]
) -> Measured:
    work = Attacker(spec, classifier)
    work(WARM_UP, lambda: None)
    began = clock()
    rows = [_row(work(example, lambda: None)) for example in examples]
    return Measured("ours, this process", clock() - began, rows)


def ours_in_processes(
    spec: AttackSpec, max_length: int | None, examples: Sequence[Example], workers: int
) -> Measured:
    """Attack in processes; the clock starts when all of them wait at the gate."""
    rows: list[Row | None] = [None] * len(examples)
    with tempfile.TemporaryDirectory() as name:
        gate = Gate(Path(name), workers)
        prepare = functools.partial(worker, spec, max_length, name)
        for index, record in Processes(workers).run(prepare, examples, tick=gate.open_when_all_wait):
            rows[index] = _row(record)
        seconds = time.perf_counter() - gate.opened
    assert None not in rows
    return Measured(f"ours, {workers} processes", seconds, rows)  # type: ignore[arg-type]


class Gate:
    """A folder in which each worker leaves a file when it is ready, and waits for the file `open`."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder, self.workers, self.opened = folder, workers, 0.0

    def open_when_all_wait(self) -> None:
        if not self.opened and len(list(self.folder.iterdir())) >= self.workers:
            self.opened = time.perf_counter()
            (self.folder / "open").touch()


def worker(spec: AttackSpec, max_length: int | None, folder: str) -> Work:
    """Return a process's attacker, once it is warm and all the others are."""
    attack = Attacker(spec, load(spec.model_id, max_length))
    attack(WARM_UP, lambda: None)
    (Path(folder) / str(os.getpid())).touch()
    while not (Path(folder) / "open").exists():
        time.sleep(0.005)
    return attack


def _row(record: Any) -> Row:
    if record.outcome == "errored":
        raise RuntimeError(f"{record.example_id}: {record.error}")
    return record.outcome, record.perturbed, record.queries


def different(ours: Measured, stock: Measured) -> list[int]:
    """Return the places of the rows that are not the same."""
    return [place for place, pair in enumerate(zip(ours.rows, stock.rows, strict=True)) if pair[0] != pair[1]]


def compared(stock: Measured, ours: Measured) -> list[str]:
    """Return a line for each way, and one that compares them."""
    lines = [
        f"  {way.name:22} {way.seconds:9.2f} s  {way.queries / way.seconds:10.1f} queries/s"
        for way in (stock, ours)
    ]
    apart = different(ours, stock)
    outcomes = sum(pair[0][0] == pair[1][0] for pair in zip(ours.rows, stock.rows, strict=True))
    same = f"equal in all {len(ours.rows)} reviews"
    if apart:
        same = f"DIFFERENT in reviews {apart} (outcome the same in {outcomes} of {len(ours.rows)})"
    return [
        *lines,
        f"  {stock.seconds / ours.seconds:.2f} x; outcome, text and queries {same}",
    ]


def missed(exact: Measured, quick: Measured) -> str:
    """Return a line: of the successes of the search on the model itself, how many the quick one missed."""
    pairs = [(one[0], other[0]) for one, other in zip(exact.rows, quick.rows, strict=True)]
    found = [other for one, other in pairs if one == "succeeded"]
    share_missed = share(sum(one != "succeeded" for one in found), len(found), "no success to miss")
    more = sum(other == "succeeded" and one != "succeeded" for one, other in pairs)
    said = f"{share_missed.value:.0%} [{share_missed.ci_low:.0%}, {share_missed.ci_high:.0%}]"
    return f"  of {len(found)} successes missed: {said}; found besides: {more}"


def measure(
    spec: AttackSpec,
    max_length: int | None,
    examples: Sequence[Example],
    *,
    workers: int,
    cpu: bool,
    against_exact: bool = False,
) -> tuple[Measured, Measured]:
    """Return (stock or, where `against_exact`, our exact search; ours), timed one after the other."""
    import torch

    torch.set_num_threads(1 if cpu else workers)
    classifier = load(spec.model_id, max_length)
    if against_exact:
        exact, clock = replace(spec, quick=False), time.process_time if cpu else time.perf_counter
        first = ours_here(exact, classifier, examples, clock)
        return replace(first, name="ours, exact"), ours_here(spec, classifier, examples, clock)
    if cpu:
        clock = time.process_time
        return stock(spec, classifier, examples, clock), ours_here(spec, classifier, examples, clock)
    theirs = stock(spec, classifier, examples, time.perf_counter)
    return theirs, ours_in_processes(spec, max_length, examples, workers)


def reviews(n: int, seed: int, min_words: int) -> list[Example]:
    """Return n uncut test reviews of the embedded data, chosen at random."""
    rows = data.load("imdb-embedded", seed=0).split("test")
    rows = rows[rows["text"].str.split().str.len() >= min_words].sample(n, random_state=seed)
    return [Example(row.example_id, row.text, int(row.label)) for row in rows.itertuples()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--model", default="tfidf", help="an id or alias; `reference` is put on the shelf")
    parser.add_argument("--recipe", default="deepwordbug,pwws")
    parser.add_argument("--reviews", type=int, default=20)
    parser.add_argument("--min-words", type=int, default=1)
    parser.add_argument("--max-length", type=int)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cpu", action="store_true", help="CPU seconds, one process and one thread each")
    parser.add_argument("--quick", action="store_true", help="ours searches on a copy with int8 weights")
    parser.add_argument(
        "--exact", action="store_true", help="with --quick: against our exact search, not stock"
    )
    args = parser.parse_args()
    if args.model == "reference":
        box.install()
    examples = reviews(args.reviews, args.seed, args.min_words)
    words = sum(len(example.text.split()) for example in examples) / len(examples)
    print(f"{args.model}, {len(examples)} test reviews of {words:.0f} words on average", flush=True)
    apart = 0
    for recipe in args.recipe.split(","):
        spec = AttackSpec(models.resolve(args.model).model_id, recipe, seed=args.seed, quick=args.quick)
        pair = measure(
            spec,
            args.max_length,
            examples,
            workers=args.workers,
            cpu=args.cpu,
            against_exact=args.quick and args.exact,
        )
        clock, mode = " (CPU seconds)" * args.cpu, ", ours quick" * args.quick
        lines = [f"{recipe}{mode}{clock}", *compared(*pair), *([missed(*pair)] if args.quick else [])]
        print("\n".join(lines), flush=True)
        apart += 0 if args.quick else len(different(pair[1], pair[0]))
    sys.exit(1 if apart else 0)


if __name__ == "__main__":
    import bench_attacks  # under its own name: the processes find `worker` by it

    bench_attacks.main()
