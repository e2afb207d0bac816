"""Print the figures of a workspace's finished runs as a table's data, or as Markdown.

    python docs/figures_of_runs.py attack > docs/results/NAME.json
    python docs/figures_of_runs.py attack --markdown

One table for each kind of run: `evaluation`, `attack`, `certificate`, `probe`, `table`, and of the same run
`transfer` and `certified`.
The workspace is the one that REELCHECK_HOME names; the figures are those that the command line prints with
--json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from write_tables import markdown

Json = Mapping[str, Any]
#: Rows of an unfinished table with fewer reviews say nothing.
ENOUGH = 30
PERCENT = {"scale": 100, "decimals": 1, "unit": "%"}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=sorted(TABLES))
    parser.add_argument("--markdown", action="store_true", help="the table itself instead of its data")
    args = parser.parse_args()
    table = TABLES[args.kind]()
    print(markdown(table) if args.markdown else _json(table))


def evaluations() -> Json:
    """Return the newest evaluation of each model on each split, a row each."""
    columns = {
        "accuracy": ("accuracy", PERCENT),
        "f1": ("F1", PERCENT),
        "roc_auc": ("ROC AUC", PERCENT),
        "log_loss": ("log loss", {"decimals": 3}),
        "ece": ("ECE", PERCENT),
    }
    rows = {}
    for manifest in _manifests("evaluation"):
        data = manifest["data"]
        place = (manifest["model_alias"] or manifest["model_id"], f"{data['name']} {data['split']}")
        rows[place] = {
            "model": f"`{place[0]}`",
            "data": f"`{data['name']}` {data['split']}, n = {manifest['n']:,}",
        } | {name: _figure(manifest["metrics"][name]) for name in columns}
    return {
        "about": "Each model on each split that it was evaluated on, with 95 % intervals.",
        "command": "python -m sentiment_core evaluate --model MODEL --data DATA",
        "columns": _columns({"model": "model", "data": "reviews"}, columns),
        "rows": [rows[place] for place in sorted(rows)],
    }


def attacks() -> Json:
    """Return each finished batch, a row each, with what may be counted by valid texts."""
    columns = {
        "accuracy_before": ("before", PERCENT),
        "accuracy_under_attack": ("under attack", PERCENT),
        "valid_accuracy_under_attack": ("under attack, valid only", PERCENT),
        "queries": ("queries per review", {}),
        "words_changed_share": ("words changed", PERCENT),
    }
    rows = []
    for run_id in _finished("attack"):
        shown = _asked("attacks", "show", run_id)
        row = {"model": f"`{shown['model']}`", "recipe": f"`{shown['recipe']}`", "n": f"{shown['n']:,}"}
        rows.append(row | {name: _figure(shown["figures"][name]) for name in columns})
    return {
        "about": "Each batch of attacks, with 95 % intervals; rates are of the reviews tried.",
        "command": "python -m attacks run --model MODEL --recipe RECIPE --data DATA",
        "columns": _columns({"model": "model", "recipe": "recipe", "n": "reviews"}, columns),
        "rows": sorted(rows, key=lambda row: (row["model"], row["recipe"])),
    }


def probes() -> Json:
    """Return failure rates: a row for each kind of language, a column for each model's newest run."""
    newest = {manifest["model_alias"] or manifest["model_id"]: manifest for manifest in _manifests("probe")}
    rows: dict[str, dict[str, Any]] = {}
    for model, manifest in newest.items():
        for line in manifest["matrix"]:
            if line["severity"] is None:
                row = rows.setdefault(line["capability"], {"capability": line["title"], "kind": line["kind"]})
                row[model] = _figure(line["failure_rate"])
    columns = {model: (f"`{model}` fails", {**PERCENT, "show_n": True}) for model in sorted(newest)}
    return {
        "about": "How often each model fails each kind of language, with 95 % intervals.",
        "command": "python -m attacks probe --model MODEL",
        "columns": _columns({"capability": "kind of language", "kind": "test"}, columns),
        "rows": list(rows.values()),
    }


def robustness() -> Json:
    """Return the newest robustness table: a row for each cell of which enough reviews are done."""
    columns = {
        "accuracy_before": ("before", PERCENT),
        "accuracy_under_attack": ("under attack", PERCENT),
        "valid_accuracy_under_attack": ("under attack, valid only", PERCENT),
        "queries": ("queries per review", {}),
        "words_changed_share": ("words changed", PERCENT),
        "censored": ("stopped by the budget", PERCENT),
    }
    shown = _newest_table()
    rows = []
    for row in (row for row in shown["rows"] if row["n"] >= ENOUGH):
        model = shown["models"][row["model_id"]]
        n = f"{row['n']:,}" if row["n"] == row["of"] else f"{row['n']:,} of {row['of']:,}"
        run = {"model": model, "recipe": row["recipe"], "quick": False}
        cells = {name: _defined(row["figures"][name]) for name in columns}
        rows.append({"model": f"`{model}`", "recipe": f"`{row['recipe']}`", "run": run, "n": n} | cells)
    return {
        "about": shown["about"],
        "command": shown["command"],
        "columns": _columns({"model": "model", "recipe": "recipe", "n": "reviews"}, columns),
        "rows": rows,
    }


def transfers() -> Json:
    """Return, of the newest robustness table, which share of a model's texts fools the others."""
    shown = _newest_table()
    names = shown["models"]
    columns = {name: (f"fool `{name}`", {**PERCENT, "show_n": True}) for name in names.values()}
    rows = [
        {"model": f"`{names[row['model_id']]}`", "recipe": f"`{row['recipe']}`"}
        | {names[target]: _defined(found) for target, found in row["transfer"].items()}
        for row in shown["rows"]
        if row["transfer"]
    ]
    return {
        "about": "Of the texts that fooled the model of the row and whose original the model of the column "
        "gets right, the share that fools it too.",
        "command": shown["command"],
        "columns": _columns({"model": "texts that fooled", "recipe": "recipe"}, columns),
        "rows": rows,
    }


def certificates() -> Json:
    """Return what is certified of the models of the newest robustness table."""
    columns = {"certified": ("certified", {**PERCENT, "show_n": True}), "at_most": ("cannot exceed", PERCENT)}
    shown = _newest_table()
    rows = [
        {
            "model": f"`{shown['models'][record['model_id']]}`",
            "edits": record["edits"],
            "k": str(bracket["k"]),
        }
        | {name: _defined(bracket[name]) for name in columns}
        for record in shown["certified"]
        for bracket in record["brackets"]
    ]
    return {
        "about": "The share of reviews whose answer is right and stays so whatever at most so many words are "
        "edited: at least, and at most.",
        "command": "python -m attacks certify --model MODEL --data DATA",
        "columns": _columns({"model": "model", "edits": "edits", "k": "words edited, at most"}, columns),
        "rows": rows,
    }


def brackets() -> Json:
    """Return each finished certificate: a row for a model, a kind of edits and so many words."""
    columns = {
        "certified": ("certified", PERCENT),
        "at_most": ("cannot exceed", PERCENT),
        "undecided": ("undecided", PERCENT),
    }
    rows = []
    for found in sorted(_manifests("certificate"), key=lambda one: (-one["n"], one["model_alias"])):
        named = {
            "model": f"`{found['model_alias']}`",
            "edits": found["spec"]["edits"],
            "n": f"{found['n']:,}",
        }
        seconds = f"{found['seconds_per_review']:.2f}"
        rows += [
            {**named, "k": str(one["k"]), "seconds": seconds}
            | {name: _figure(one["estimates"][name]) for name in columns}
            for one in found["brackets"]
        ]
    texts = {"model": "model", "edits": "edits", "n": "reviews", "k": "words edited, at most"}
    return {
        "about": "The share of full-length test reviews whose answer is right and stays so whatever at most "
        "so many words are edited: at least, and at most; with 95 % intervals, and processor seconds per "
        "review.",
        "command": "python -m attacks certify --model MODEL --data imdb-embedded --edits wordnet "
        "--k 1,2,3,5,10 --limit 500",
        "columns": [*_columns(texts, columns), *_columns({"seconds": "seconds per review"}, {})],
        "rows": rows,
    }


def _newest_table() -> Json:
    listed = _asked("attacks", "table", "--list")["tables"]
    if not listed:
        sys.exit(
            "this workspace has no robustness table; `python -m attacks table --help` says how to make one"
        )
    return _asked("attacks", "table", "--show", listed[0]["run_id"])


def _defined(estimate: Json) -> Json | str:
    """Return a figure, or in words why there is none."""
    return (
        _figure(estimate) if estimate["n"] else str(estimate.get("reason", "nothing to count")).split(";")[0]
    )


TABLES: dict[str, Callable[[], Json]] = {
    "attack": attacks,
    "certificate": brackets,
    "certified": certificates,
    "evaluation": evaluations,
    "probe": probes,
    "table": robustness,
    "transfer": transfers,
}


def _columns(texts: Mapping[str, str], figures: Mapping[str, tuple[str, Json]]) -> list[Json]:
    named = [{"name": name, "title": title} for name, title in texts.items()]
    return [*named, *({"name": name, "title": title, **form} for name, (title, form) in figures.items())]


def _manifests(kind: str) -> list[Json]:
    """Return the manifests of a kind's finished runs, the oldest first."""
    return [_asked("sentiment_core", "runs", "show", run_id)["manifest"] for run_id in _finished(kind)]


def _finished(kind: str) -> list[str]:
    listed = _asked("sentiment_core", "runs", "list")["runs"]
    found = [run["run_id"] for run in listed if run["kind"] == kind and run["state"] == "finished"]
    return sorted(found)


def _asked(package: str, *words: str) -> Json:
    command = [sys.executable, "-m", package, *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.strip())
    answer: Json = json.loads(done.stdout)
    return answer


def _figure(estimate: Json) -> Json:
    """Return a figure as it is kept: six decimals, and no interval where there is none."""
    ends = {name: estimate[name] for name in ("value", "ci_low", "ci_high") if estimate[name] is not None}
    rounded = {name: round(value, 6) for name, value in ends.items()}
    reason = {"reason": estimate["reason"]} if estimate.get("reason") else {}
    return {"value": None} | rounded | {"n": estimate["n"]} | reason


def _json(table: Json) -> str:
    """Return the data with a row on each line, so that a change of one figure is a change of one line."""
    head = json.dumps({name: content for name, content in table.items() if name != "rows"}, indent=1)
    rows = ",\n".join(f"  {json.dumps(row)}" for row in table["rows"])
    return f'{head[:-2]},\n "rows": [\n{rows}\n ]\n}}'


if __name__ == "__main__":
    main()
