"""`panel`: people read attacked and original texts blind; what that says of a recipe and of the criteria."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from attacks.panels import answers, making, recalibration
from attacks.panels import results as panel_results
from sentiment_core import terminal
from sentiment_core.commands.runs import as_records, damaged_lines
from sentiment_core.labels.verdicts import Agreement, current_author
from sentiment_core.storage import runs

NAME = "panel"
HELP = "Let people read attacked and original texts blind: how many still say the same, and who notices."
EXAMPLES = """
python -m attacks panel make RUN --n 40
python -m attacks panel make RUN --n 40 --valid --seed 1 --json
python -m attacks panel list
python -m attacks panel texts PANEL
python -m attacks panel answer PANEL --text 3 --says positive --writer person --rater ann
python -m attacks panel undo PANEL --rater ann
python -m attacks panel results PANEL --keep 0.9 --json
"""
_SHOWN = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add make, list, texts, answer, undo and results."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    make = actions.add_parser("make", help="draw the texts of a panel from a finished batch")
    make.add_argument("run", metavar="RUN", help="the batch's id")
    make.add_argument(
        "--n", type=int, default=making.TEXTS, help=f"texts, half of them attacked ({making.TEXTS})"
    )
    make.add_argument("--valid", action="store_true", help="only attacked texts that are judged valid")
    make.add_argument("--seed", type=int, default=0, metavar="N", help="of what is drawn and the order (0)")
    actions.add_parser("list", help="the panels, newest first, and who has read how many texts")
    reading = {
        "texts": "the texts in the order of reading, without anything that says which they are",
        "answer": "keep what somebody says of one text",
        "undo": "take back somebody's last answer",
        "results": "what people said, beside the automatic verdicts, and what it means for the thresholds",
    }
    added = {name: actions.add_parser(name, help=what) for name, what in reading.items()}
    for action in added.values():
        action.add_argument("panel", metavar="PANEL", help="the panel's id")
    added["answer"].add_argument("--text", type=int, required=True, metavar="N", help="its number, from 1")
    added["answer"].add_argument("--says", required=True, choices=answers.SAYS, help="what it says")
    added["answer"].add_argument("--writer", required=True, choices=answers.WRITERS, help="who wrote it")
    for name in ("answer", "undo"):
        added[name].add_argument(
            "--rater", metavar="NAME", help="who reads (REELCHECK_AUTHOR, or the account)"
        )
    added["results"].add_argument(
        "--keep",
        type=float,
        default=recalibration.KEEP,
        metavar="SHARE",
        help="of the texts that people call valid, the share that a threshold is to keep "
        f"({recalibration.KEEP})",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Do what the action says and return its JSON object."""
    actions: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "make": _make,
        "list": _list,
        "texts": _texts,
        "answer": _answer,
        "undo": _undo,
        "results": _results,
    }
    return {"action": args.action} | actions[args.action](args)


def show(result: dict[str, Any]) -> str:
    """Return the result as text."""
    texts: dict[str, Callable[[dict[str, Any]], list[str]]] = {
        "make": _make_text,
        "list": _list_text,
        "texts": lambda found: [f"{item['item']}  {item['text'][:_SHOWN]}" for item in found["texts"]],
        "answer": lambda found: [
            f"kept; {found['rater']} has read {found['read']:,} of {found['n']:,} texts"
        ],
        "undo": _undo_text,
        "results": _results_text,
    }
    return "\n".join(texts[result["action"]](result))


def _make(args: argparse.Namespace) -> dict[str, Any]:
    panel = making.open_panel(making.make(args.run, args.n, valid_only=args.valid, seed=args.seed))
    return _about(panel)


def _about(panel: making.Panel) -> dict[str, Any]:
    alias = panel.manifest.get("model_alias")
    return {
        "panel": panel.run_id,
        "title": making.title_of(panel.spec, alias),
        "n": panel.n,
        "adversarial": panel.manifest["adversarial"],
        "spec": panel.spec,
    }


def _list(args: argparse.Namespace) -> dict[str, Any]:
    found = [
        _about(panel) | {"raters": _read_by(answers.current(panel.run_id))} for panel in making.list_panels()
    ]
    return {"panels": found, "damaged": as_records(making.damaged_panels())}


def _read_by(said: Any) -> dict[str, int]:
    return {str(name): int(n) for name, n in said["rater"].value_counts(sort=False).items()}


def _texts(args: argparse.Namespace) -> dict[str, Any]:
    panel = making.open_panel(args.panel)
    return {"panel": panel.run_id, "texts": panel.items[["item", "text"]].to_dict("records")}


def _answer(args: argparse.Namespace) -> dict[str, Any]:
    panel, rater = making.open_panel(args.panel), args.rater or current_author()
    answers.decide(panel, args.text, args.says, args.writer, rater=rater)
    read = _read_by(answers.current(panel.run_id))[rater]
    return {"panel": panel.run_id, "rater": rater, "text": args.text, "read": read, "n": panel.n}


def _undo(args: argparse.Namespace) -> dict[str, Any]:
    panel, rater = making.open_panel(args.panel), args.rater or current_author()
    return {"panel": panel.run_id, "rater": rater, "text": answers.undo(panel, rater=rater)}


def _results(args: argparse.Namespace) -> dict[str, Any]:
    panel = making.open_panel(args.panel)
    found = panel_results.results(panel)
    told = recalibration.recalibrated(found.texts, args.keep)
    return _about(panel) | {
        "sentence": panel_results.sentence(found.figures),
        "figures": {name: estimate.to_json() for name, estimate in found.figures.items()},
        "raters": found.raters,
        "unreadable": answers.unreadable(panel.run_id),
        "agreement": {
            "opinion": [_agreed(one) for one in found.opinions],
            "writer": [_agreed(one) for one in found.writers],
        },
        "recalibration": [runs.json_ready(one) | {"title": one.title} for one in told],
        "note": recalibration.ONLY_VALID if panel.spec["valid_only"] else "",
    }


def _agreed(one: Agreement) -> dict[str, Any]:
    return {"raters": list(one.authors), "n": one.n, "same": one.same, "kappa": one.kappa.to_json()}


# --- as text -------------------------------------------------------------------------------------


def _make_text(result: dict[str, Any]) -> list[str]:
    originals = result["n"] - result["adversarial"]
    return [
        f"{result['panel']}: {result['title']}, {result['adversarial']:,} attacked, {originals:,} originals",
        "  read them on the page Robustness, part Blind panel, or here:",
        f"  {terminal.command('attacks', 'panel', 'texts', result['panel'])}",
    ]


def _list_text(result: dict[str, Any]) -> list[str]:
    lines = [
        f"{panel['panel']}  {panel['title']}  "
        + (", ".join(f"{name} read {n:,}" for name, n in panel["raters"].items()) or "read by nobody yet")
        for panel in result["panels"]
    ]
    lines += damaged_lines(result["damaged"])
    return lines or ["no panels yet; make one with `python -m attacks panel make RUN`"]


def _undo_text(result: dict[str, Any]) -> list[str]:
    if result["text"] is None:
        return [f"{result['rater']} has no answer to take back"]
    return [f"taken back: {result['rater']}'s answer to text {result['text']}"]


def _results_text(result: dict[str, Any]) -> list[str]:
    damaged = result["unreadable"]
    return [
        f"{result['title']}: {result['sentence']}",
        *(_figure_line(name, record) for name, record in result["figures"].items()),
        "read by " + (", ".join(f"{name} ({n:,})" for name, n in result["raters"].items()) or "nobody yet"),
        *(f"{damaged:,} answers cannot be read" for _ in range(damaged > 0)),
        *(
            _agreed_line(what, one)
            for what, said in (("what texts say", "opinion"), ("who wrote them", "writer"))
            for one in result["agreement"][said]
        ),
        *(_recalibrated_line(one) for one in result["recalibration"]),
        *filter(None, [result["note"]]),
    ]


def _figure_line(name: str, record: Mapping[str, Any]) -> str:
    title = f"  {panel_results.TITLES[name]:<58}"
    if record["value"] is None:
        return f"{title}undefined: {record.get('reason', '')}"
    scale, unit, form = (100, " %", ".1f")
    if name in panel_results.DIFFERENCES:
        unit, form = " points", "+.1f"
    if name == panel_results.KAPPA:
        scale, unit, form = 1, "", ".2f"
    value, low, high = ("–" if record[end] is None else f"{scale * record[end]:{form}}" for end in _ENDS)
    return f"{title}{value}{unit} [{low}, {high}]  n = {record['n']:,}"


_ENDS = ("value", "ci_low", "ci_high")


def _agreed_line(what: str, one: Mapping[str, Any]) -> str:
    kappa = one["kappa"]
    said = f"undefined: {kappa.get('reason', '')}"
    if kappa["value"] is not None:
        value, low, high = ("–" if kappa[end] is None else f"{kappa[end]:.2f}" for end in _ENDS)
        said = f"{value} [{low}, {high}]"
    names = " and ".join(one["raters"])
    return f"{names} agree on {what} in {one['same']:,} of {one['n']:,}; Cohen's kappa {said}"


def _recalibrated_line(one: Mapping[str, Any]) -> str:
    at = one["threshold"]
    if at["value"] is None:
        return f"{one['title']}: no threshold follows, {at.get('reason', '')}"
    return (
        f"{one['title']}: {at['value']:.3f} [{at['ci_low']:.3f}, {at['ci_high']:.3f}] keeps "
        f"{100 * one['keep']:g} % of the {at['n']:,} texts that people call valid (in force: "
        f"{one['today']:g}, keeps {_rate(one['kept_today'])}); it lets {_rate(one['passed'])} of the others "
        f"pass (in force: {_rate(one['passed_today'])})"
    )


def _rate(record: Mapping[str, Any]) -> str:
    if record["value"] is None:
        return "none, as there are none"
    low, high = (100 * record[end] for end in _ENDS[1:])
    return f"{100 * record['value']:.1f} % [{low:.1f}, {high:.1f}]"
