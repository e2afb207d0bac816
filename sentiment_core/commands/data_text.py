"""What the `data` command prints for a person."""

from __future__ import annotations

from typing import Any

from sentiment_core.commands.runs import damaged_lines


def show(result: dict[str, Any]) -> str:
    """Return the lines for one action's result."""
    lines = {"list": _list, "describe": _describe, "clean": _clean}[result["action"]](result)
    return "\n".join(lines)


def _list(result: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for source in result["datasets"]:
        state = f"not here: {source['missing']}" if source["missing"] else "ready"
        lines += [
            f"{source['name']}  {source['title']}",
            f"  {source['description']}",
            f"  {source['terms']}",
        ]
        lines += [f"  {state}", ""]
    lines.append("stored in this workspace:" if result["stored"] else "nothing stored in this workspace yet")
    for manifest in result["stored"]:
        splits = ", ".join(f"{count:,} {name}" for name, count in manifest["splits"].items())
        lines.append(f"  {manifest['fingerprint']}  {manifest['name']}  {splits}")
    return lines + damaged_lines(result["damaged"])


def _describe(result: dict[str, Any]) -> list[str]:
    parts = {**result["splits"], "all": result["all"]}
    return [
        f"{result['name']}  fingerprint {result['fingerprint']}",
        "",
        f"{'split':<11}{'reviews':>9}{'positive':>10}{'words':>8}{'median':>8}{'max':>7}"
        f"{'tokens':>8}{'median':>8}{'max':>7}{'> 512':>8}",
        *(_part(name, part) for name, part in parts.items()),
        *([f"tokens unknown: {result['tokens_reason']}"] if result["tokens_reason"] else []),
        "",
        *_duplicates(result["duplicates"]),
        *_near_duplicates(result["near_duplicates"]),
        *_dropped(result["dropped"]),
    ]


def _part(name: str, part: dict[str, Any]) -> str:
    share = part["truncated_share_512"]
    return (
        f"{name:<11}{part['n']:>9,}{part['positive_share']:>10.1%}{_lengths(part['words'])}"
        f"{_lengths(part['tokens'])}{'-' if share is None else format(share, '.1%'):>8}"
    )


def _lengths(found: dict[str, float] | None) -> str:
    if found is None:
        return f"{'-':>8}{'-':>8}{'-':>7}"
    return f"{found['mean']:>8,.1f}{found['median']:>8,.0f}{found['max']:>7,}"


def _duplicates(found: dict[str, Any]) -> list[str]:
    lines = [f"duplicates: {found['all']['surplus_rows']:,} rows repeat an earlier text"]
    lines += [f"  within {name}: {part['surplus_rows']:,} rows" for name, part in found["within"].items()]
    lines += [f"  across {name}: {part['texts']:,} texts" for name, part in found["across"].items()]
    return [*lines, f"  with both labels: {found['both_labels']['texts']:,} texts"]


def _near_duplicates(found: dict[str, Any]) -> list[str]:
    lines = [f"near-duplicates across splits ({found['measure']} >= {found['threshold']}):"]
    for part in found["across"]:
        lines.append(
            f"  {part['splits']}: {part['pairs']:,} pairs, {part['other_label']:,} with other labels"
        )
        lines += [
            f"    {pair['jaccard']:.2f}  {'  '.join(pair['example_ids'])}" for pair in part["examples"][:3]
        ]
    return lines if found["across"] else [*lines, "  only one split"]


def _clean(result: dict[str, Any]) -> list[str]:
    first = f"{result['out']}: {result['written']:,} of {result['read']:,} rows written"
    return [f"{first}, fingerprint {result['fingerprint']}", *_dropped(result["dropped"])]


def _dropped(items: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for item in items:
        lines.append(f"dropped {item['count']:,}: {item['why']}")
        lines += [f"  {example}" for example in item["examples"]]
        more = item["count"] - len(item["examples"])
        lines += [f"  and {more:,} more"] if more and item["examples"] else []
    return lines or ["dropped nothing"]
