"""What is certified of a table's models, from the certificates that are kept for its split."""

from __future__ import annotations

from typing import Any

from attacks.certificates import runs as certificates
from attacks.certificates.runs import CertificateRun
from attacks.tables.spec import TableSpec
from sentiment_core.storage import runs


def certified(spec: TableSpec) -> list[dict[str, Any]]:
    """Return a record for each model and kind of edits: the finished run of the most reviews, the newest."""
    found: dict[tuple[str, str], CertificateRun] = {}
    for model_id in spec.models:
        for run in certificates.list_certificates(model_id):
            place = (model_id, run.whose_edits)
            size = len(run.spec.example_ids)
            if run.finished and _is_of(run, spec):
                known = found.get(place)
                found[place] = run if known is None or size > len(known.spec.example_ids) else known
    return [_record(model_id, edits, run) for (model_id, edits), run in found.items()]


def _is_of(run: CertificateRun, spec: TableSpec) -> bool:
    wanted = (spec.data["fingerprint"], spec.split)
    return (run.spec.data.get("fingerprint"), run.spec.data.get("split")) == wanted


def _record(model_id: str, edits: str, run: CertificateRun) -> dict[str, Any]:
    brackets = [
        {"k": one.k, "certified": one.certified.to_json(), "at_most": one.at_most.to_json()}
        for one in run.brackets
    ]
    record = {"model_id": model_id, "edits": edits, "run_id": run.run_id, "brackets": brackets}
    return dict(runs.json_ready(record | {"method": (run.manifest or {}).get("method", "")}))
