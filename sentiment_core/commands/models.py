"""`models`: the models on the shelf, one more of somebody else's, the facts, names, note and end of one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from sentiment_core import dependents, models, notes, promotions, terminal
from sentiment_core.adoption import endpoints, hub_models
from sentiment_core.calibration import scaling
from sentiment_core.classifiers.remote.forms import FORMS
from sentiment_core.commands.runs import as_records, damaged_lines, removed_text
from sentiment_core.errors import ModelError
from sentiment_core.evaluation import spending
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.models import CURRENT, ModelCard

NAME = "models"
HELP = "List the models; add one of somebody else; show, rename or remove one, give it an alias or a note."
EXAMPLES = """
python -m sentiment_core models
python -m sentiment_core models show tfidf
python -m sentiment_core models add distilbert/distilbert-base-uncased-finetuned-sst-2-english --alias sst2
python -m sentiment_core models add OWNER/NAME@REVISION --positive LABEL_1
python -m sentiment_core models add https://api.example.org/models/reviews --token-env HF_TOKEN --alias theirs
python -m sentiment_core models add http://127.0.0.1:8080 --form tei --price 0.5 --budget 20000 --alias served
python -m sentiment_core models alias best nbsvm
python -m sentiment_core models rename nbsvm nbsvm-trigrams
python -m sentiment_core models note nbsvm "for the report of May"
python -m sentiment_core models remove nbsvm --yes
"""

#: Of an endpoint: flag -> type, and what it is.
ENDPOINT_NUMBERS: dict[str, tuple[type, str]] = {
    "--batch-size": (int, "texts in one request, at most (32)"),
    "--timeout": (float, "seconds that a request may take (30)"),
    "--tries": (int, "how often a request is made before it is given up (5)"),
    "--per-second": (float, "requests per second, at most (no limit)"),
    "--parallel": (int, "requests on their way at a time (1)"),
    "--price": (float, "what 1,000 requests cost, to show it (0)"),
    "--budget": (int, "texts that it may be asked in all (no limit)"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add list (also meant where nothing is given) and the actions on one model."""
    parser.set_defaults(action="list")
    actions = parser.add_subparsers(metavar="ACTION")
    actions.add_parser("list", help="all models, oldest first").set_defaults(action="list")
    show_one = actions.add_parser("show", help="everything that was recorded when one model was trained")
    show_one.set_defaults(action="show")
    show_one.add_argument("model", metavar="MODEL", help="a model's id or alias")
    _add_adding(actions)
    alias = actions.add_parser("alias", help="give a model a short name")
    alias.set_defaults(action="alias")
    alias.add_argument("alias", metavar="ALIAS", help="small letters, digits and '-'")
    alias.add_argument("model", metavar="MODEL", help="a model's id or another alias of it")
    alias.add_argument(
        "--yes",
        action="store_true",
        help=f"make it `{CURRENT}` although no decision of the gate says that it may be",
    )
    renaming = actions.add_parser("rename", help="show a model by another name instead of the one it has")
    renaming.set_defaults(action="rename")
    renaming.add_argument("model", metavar="MODEL", help="a model's id or alias")
    renaming.add_argument("alias", metavar="ALIAS", help="small letters, digits and '-'")
    noting = actions.add_parser("note", help="keep a short note with a model")
    noting.set_defaults(action="note")
    noting.add_argument("model", metavar="MODEL", help="a model's id or alias")
    noting.add_argument("text", metavar="TEXT", help='the note; "" removes it')

    removing = actions.add_parser(
        "remove", help="remove a model, damaged or not, with its aliases and the runs that asked it"
    )
    removing.set_defaults(action="remove")
    removing.add_argument("model", metavar="MODEL", help="a model's id or alias")
    removing.add_argument(
        "--yes", action="store_true", help="do it; without this, only list what would be removed"
    )


def _add_adding(actions: Any) -> None:
    """Add `add`, with the settings of an endpoint, and `allow`."""
    adding = actions.add_parser("add", help="put a model that somebody else made on the shelf")
    adding.set_defaults(action="add")
    adding.add_argument(
        "source",
        metavar="SOURCE",
        help="OWNER/NAME[@REVISION] of the hub, or an endpoint's address",
    )
    adding.add_argument("--alias", metavar="NAME", help="a short name for the model")
    for name in ("negative", "positive"):
        adding.add_argument(f"--{name}", default="", metavar="LABEL", help=f"which of its labels is {name}")
    about = adding.add_argument_group("of an endpoint")
    about.add_argument("--form", choices=FORMS, help="how it is asked: as the hub's inference, or TEI (hub)")
    about.add_argument(
        "--token-env", metavar="VARIABLE", help="the environment variable of its token, which is not kept"
    )
    for flag, (kind, said) in ENDPOINT_NUMBERS.items():
        about.add_argument(flag, type=kind, metavar="N", help=said)
    about.add_argument("--near", action="store_true", help="its name may lead to this machine or its network")
    allowing = actions.add_parser(
        "allow", help="let a model whose folder came from elsewhere ask its address"
    )
    allowing.set_defaults(action="allow")
    allowing.add_argument("model", metavar="MODEL", help="a model's id or alias")
    allowing.add_argument(
        "--near", action="store_true", help="its name may lead to this machine or its network"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Do what the action says and return its JSON object."""
    actions: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "list": _list,
        "show": _show,
        "add": _add,
        "allow": _allow,
        "alias": _alias,
        "rename": _rename,
        "note": _note,
        "remove": _remove,
    }
    return {"action": args.action} | actions[args.action](args)


def show(result: dict[str, Any]) -> str:
    """Return the result as lines for a person."""
    lines = {
        "list": _list_lines,
        "show": _show_lines,
        "add": _add_lines,
        "allow": _allow_lines,
        "alias": _alias_lines,
        "rename": _alias_lines,
        "note": _note_lines,
        "remove": _remove_lines,
    }
    return "\n".join(lines[result["action"]](result))


def _list(args: argparse.Namespace) -> dict[str, Any]:
    damaged = models.damaged_models()
    without = {item.name for item in damaged}
    whole = [card for card in models.list_models() if card.model_id not in without]
    return {"models": list(map(_summary, whole)), "damaged": as_records(damaged)}


def _show(args: argparse.Namespace) -> dict[str, Any]:
    card = models.resolve(args.model)
    facts = {
        "folder": str(card.folder),
        "note": notes.note_of(card),
        "settings": card.used_params,
        "manifest": card.manifest,
    }
    return _summary(card) | facts | {spending.KEY: spending.so_far(card)}


def _add(args: argparse.Namespace) -> dict[str, Any]:
    promotions.check_name(args.alias or "")
    if not endpoints.is_address(args.source):
        return _fetch(args)
    names = ("form", "negative", "positive", *(_setting(flag) for flag in ("--token-env", *ENDPOINT_NUMBERS)))
    given = {name: value for name in names if (value := getattr(args, name)) is not None}
    card = endpoints.add({"url": args.source, **given}, near=args.near, alias=args.alias)
    return _summary(card) | {"outputs": card.manifest["details"]["outputs"]}


def _fetch(args: argparse.Namespace) -> dict[str, Any]:
    labels = {"negative": args.negative, "positive": args.positive}
    card = hub_models.add(args.source, alias=args.alias, progress=job_progress(), **labels)
    return _summary(card) | {"outputs": card.manifest["details"]["outputs"]}


def _allow(args: argparse.Namespace) -> dict[str, Any]:
    endpoint = endpoints.allow(args.model, near=args.near)
    return {"model_id": models.resolve(args.model).model_id, "url": endpoint.url}


def _setting(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")


def _alias(args: argparse.Namespace) -> dict[str, Any]:
    if args.alias == CURRENT:
        _promote(models.resolve(args.model), sure=args.yes)
    else:
        models.set_alias(args.alias, args.model)
    return {"alias": args.alias, "model_id": models.resolve(args.alias).model_id}


def _promote(card: ModelCard, *, sure: bool) -> None:
    """Make a model the current one; if the gate has doubts, ask, or refuse where nobody can be asked."""
    doubt = promotions.doubt(card)
    if doubt and not sure:
        if not sys.stdin.isatty():
            raise ModelError(f"{doubt}; let it decide with `{promotions.how_to_decide(card)}`, or add --yes")
        print(terminal.one_line(f"{doubt}. Make it current all the same? [y/N]"), end=" ", file=sys.stderr)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise ModelError("nothing was changed")
    promotions.promote_named(card.model_id)


def _rename(args: argparse.Namespace) -> dict[str, Any]:
    card = dependents.rename(args.model, args.alias)
    return {"alias": args.alias, "model_id": card.model_id}


def _note(args: argparse.Namespace) -> dict[str, Any]:
    note = notes.set_note(args.model, args.text)
    return {"model_id": models.resolve(args.model).model_id, "note": note}


def _summary(card: ModelCard) -> dict[str, Any]:
    return {
        "model_id": card.model_id,
        "alias": card.alias,
        "family": card.family,
        "title": card.title,
        "trained_on": card.trained_on,
        "size_bytes": card.size_bytes,
        "created": card.created,
    }


def _list_lines(result: dict[str, Any]) -> list[str]:
    damaged = damaged_lines(result["damaged"])
    if not result["models"]:
        return damaged or ["no models yet; make one with: python -m sentiment_core train --help"]
    width = max(len(model["title"]) for model in result["models"])
    return [
        f"{model['alias'] or '-':<12}  {model['model_id']:<36}  {model['title']:<{width}}  "
        f"{_reviews(model['trained_on'])}  {model['size_bytes'] / 1e6:,.1f} MB"
        for model in result["models"]
    ] + damaged


def _remove(args: argparse.Namespace) -> dict[str, Any]:
    found = dependents.of(args.model)
    paths = [str(path) for path in found.paths]
    dependents.check_unused(found)
    if args.yes:
        dependents.remove(args.model)
    return {"removed": args.yes, "model_id": found.folder.name, "with": found.in_words(), "paths": paths}


def _remove_lines(result: dict[str, Any]) -> list[str]:
    return [removed_text(result), f"with model {result['model_id']}: {result['with']}"]


def _show_lines(result: dict[str, Any]) -> list[str]:
    manifest = result["manifest"]
    facts = {
        "alias": result["alias"] or "-",
        "note": result["note"],
        "trained on": _reviews(result["trained_on"]),
        "base": manifest.get("base"),
        "created": f"{manifest['created']}, in {manifest.get('seconds') or 0:,.0f} s on "
        f"{manifest.get('device') or 'an unknown device'}",
        "size": f"{result['size_bytes'] / 1e6:,.1f} MB in {result['folder']}",
        "labels": (manifest.get("details") or {}).get("outputs"),
        "settings": _pairs(result["settings"]),
        "validation": _pairs(manifest["validation"]),
        "calibration": scaling.in_words(manifest),
        "versions": _pairs(manifest.get("versions") or {}),
        "revision": manifest.get("git_revision"),
    }
    known = {name: fact for name, fact in facts.items() if fact}
    return [
        f"{result['model_id']}  {result['title']}",
        *(f"  {name:<11} {fact}" for name, fact in known.items()),
        *(f"  so far      {spending.in_words(row)}" for row in result[spending.KEY]),
    ]


def _add_lines(result: dict[str, Any]) -> list[str]:
    name = result["alias"] or result["model_id"]
    following = terminal.command("sentiment_core", "evaluate", model=name, data="imdb-embedded")
    return [
        f"{result['model_id']}" + (f"  (alias {result['alias']})" if result["alias"] else ""),
        f"  {result['title']}; {result['outputs']}",
        f"  next: {following}",
    ]


def _allow_lines(result: dict[str, Any]) -> list[str]:
    return [f"{result['model_id']} may ask {result['url']}"]


def _note_lines(result: dict[str, Any]) -> list[str]:
    return [f"{result['model_id']}: {result['note'] or 'no note'}"]


def _alias_lines(result: dict[str, Any]) -> list[str]:
    return [f"{result['alias']} now means {result['model_id']}"]


def _reviews(trained_on: dict[str, Any]) -> str:
    known = trained_on["name"]
    return f"{trained_on['n_train']:,} reviews of {known}" if known else "data that is not known"


def _pairs(record: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in record.items())


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
