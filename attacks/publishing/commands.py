"""The commands that make runs of attacks, probes and bias again, for a report's figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attacks.batches.request import DEFAULT_LIMIT, TYPED
from attacks.batches.runs import AttackRun
from attacks.bias.runs import BiasRun
from attacks.certificates.runs import CertificateRun
from attacks.certificates.schema import CertificateSpec
from attacks.own.recipes import STORE
from attacks.probing.runs import ProbeRun
from attacks.recipes import RECIPES
from sentiment_core import terminal
from sentiment_core.publishing.blocks import Origin
from sentiment_core.publishing.origins import name_of_model, reviews_of

#: More ids than this make a line that nobody copies; the run's own folder holds them.
MOST_IDS = 20


def of_attack(run: AttackRun) -> Origin:
    """Return where a batch's figures are from."""
    return Origin(run.run_id, f"`python -m attacks show {run.run_id} --json`: figures", attack(run))


def attack(run: AttackRun) -> str:
    """Return the command that attacks the same reviews in the same way, "" where they were typed or many."""
    spec = run.spec
    if spec.data.get("name") == TYPED:
        return ""
    asked = dict(spec.data.get("selection") or {})
    if len(asked.get("ids") or ()) > MOST_IDS:
        return ""
    given: dict[str, object] = {"model": name_of_model(spec.model_id), "recipe": spec.recipe}
    given |= reviews_of(spec.data)
    given |= {"limit": asked["n"]} if asked.get("n") not in (None, DEFAULT_LIMIT) else {}
    given |= {"seed": spec.seed} if spec.seed else {}
    given |= {"budget": spec.query_budget} if spec.query_budget is not None else {}
    given |= {"seconds": f"{spec.seconds:g}"} if spec.seconds is not None else {}
    settings = [part for name, value in spec.params.items() for part in ("--set", f"{name}={_typed(value)}")]
    chosen = [part for pair in _selected(asked) for part in ("--select", pair)]
    flags = ["--quick"] if spec.quick else []
    return terminal.command("attacks", "run", *settings, *chosen, *flags, **given)


def attack_on(model_id: str, record: Mapping[str, Any]) -> str:
    """Return the command of a first attack on these reviews."""
    given = {"model": name_of_model(model_id), "recipe": "deepwordbug", **reviews_of(record)}
    return terminal.command("attacks", "run", **given)


def of_certificate(run: CertificateRun) -> Origin:
    """Return where a certificate's figures are from."""
    spec = run.spec
    asked = dict(spec.data.get("selection") or {})
    given: dict[str, object] = {"model": name_of_model(spec.model_id), **reviews_of(spec.data)}
    given |= {"recipe": spec.recipe} if spec.recipe else {"edits": spec.edits}
    given |= {"k": ",".join(map(str, spec.changes))}
    given |= {"seed": asked["seed"]} if asked.get("seed") else {}
    given |= {"limit": asked["n"]} if asked.get("n") not in (None, DEFAULT_LIMIT) else {}
    usual = CertificateSpec(spec.model_id)
    given |= {
        name: getattr(spec, name)
        for name in ("parts", "seconds", "noise", "kept", "samples", "error")
        if getattr(spec, name) != getattr(usual, name)
    }
    settings = [part for name, value in spec.params.items() for part in ("--set", f"{name}={_typed(value)}")]
    command = terminal.command("attacks", "certify", *settings, **given)
    return Origin(run.run_id, "manifest.json: brackets", command)


def certify_on(model_id: str, record: Mapping[str, Any]) -> str:
    """Return the command of a first certificate on these reviews."""
    given = {"model": name_of_model(model_id), "edits": "letters", **reviews_of(record)}
    return terminal.command("attacks", "certify", **given)


def of_probe(run: ProbeRun) -> Origin:
    """Return where a probing's figures are from."""
    reviews = dict(run.manifest.get("data") or {})
    given = reviews_of(reviews) if reviews.get("fingerprint") else {}
    command = terminal.command("attacks", "probe", model=name_of_model(run.model_id), **given)
    return Origin(run.run_id, "manifest.json: matrix", command)


def probe(model_id: str) -> str:
    """Return the command that probes a model."""
    return terminal.command("attacks", "probe", model=name_of_model(model_id))


def of_bias(run: BiasRun, table: str) -> Origin:
    """Return where a bias report's figures are from."""
    facts = run.manifest
    given: dict[str, object] = {"model": name_of_model(run.model_id), **reviews_of(facts["data"])}
    given |= {
        name: facts[name]
        for name, usual in (("reviews", 200), ("seed", 0))
        if facts.get(name, usual) != usual
    }
    return Origin(run.run_id, f"tables.json: {table}", terminal.command("attacks", "bias", **given))


def bias(model_id: str, record: Mapping[str, Any]) -> str:
    """Return the command that measures bias on these reviews."""
    return terminal.command("attacks", "bias", model=name_of_model(model_id), **reviews_of(record))


def _selected(asked: Mapping[str, Any]) -> Iterator[str]:
    """Return the pairs of --select that a recorded selection was made of."""
    if asked.get("outcome", "any") != "any":
        yield f"outcome={asked['outcome']}"
    if asked.get("right_by"):
        yield f"right-by={','.join(asked['right_by'])}"
    low, high = asked.get("min_words") or 0, asked.get("max_words")
    if low or high:
        yield f"words={low or ''}-{high or ''}"
    if asked.get("ids"):
        yield f"ids={','.join(asked['ids'])}"
    for name in ("file", "desk"):
        if asked.get(name):
            yield f"{name}={asked[name]}"


def _typed(value: Any) -> str:
    """Return a parameter's value as the command line reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def by_chance(recipe: str) -> bool:
    """Whether a recipe edits by chance, so that attacks are seen against it."""
    known = {**RECIPES, **STORE.all()}.get(recipe)
    return known is not None and known.kind == "baseline"


def recipe_title(run: AttackRun) -> str:
    """Return what a report calls a recipe: its name, with the settings that are not its own."""
    details = [f"{name}={_typed(value)}" for name, value in run.spec.params.items()]
    details += ["quick"] if run.spec.quick else []
    return f"{run.spec.recipe} ({', '.join(details)})" if details else run.spec.recipe
