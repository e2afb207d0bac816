"""How fast explanations go, side by side: each library called directly, and ours, on the same reviews.

    python tests/benchmarks/bench_explanations.py --model reference --reviews 4 --threads 1

Directly: the library gets a function that tokenizes a batch, pads it to the model's maximum, as the example
of shap's documentation and most notebooks after it do (`--padding longest`: to the batch's longest text,
which is the best that can be done outside a library), and predicts it, in batches of 32; integrated
gradients get all steps at once. Ours: each distinct text once, no padding, and only what reaches the
answer. Settings and seeds are the same. Seconds are the processor's, so that other work on the machine does
not count. Only reviews that the model reads whole are taken: a library knows nothing of what a model leaves
out.

SHAP and LIME find the same; the largest difference of a score is printed. Integrated gradients are a sum that
approaches an integral: the largest difference of a score from the integral, taken at many points, is printed
for both ways.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core import data, models
from sentiment_core.explainers import EXPLAINERS, partition_shap
from sentiment_core.explanation.explaining import explain
from sentiment_core.explanation.gradients import network_of
from sentiment_core.explanation.passages import WORD, passage_of

Floats = NDArray[np.float64]
BATCH = 32
#: Of captum; ours takes as many points as it needs.
STEPS = 32
#: Of the integral that both are compared with, and how near its sum is, in thousandths of log-odds.
FINE = {"steps": 201, "thousandths": 10}


def stock_log_odds(model: Any, padding: str) -> Callable[[Sequence[str]], Floats]:
    """Return the log-odds as a notebook asks for them: batches as they come, padded."""
    import torch

    def ask(texts: Sequence[str]) -> Floats:
        found = []
        for start in range(0, len(texts), BATCH):
            inputs = model.reader.tokenizer(
                list(texts[start : start + BATCH]), padding=padding, truncation=True,
                max_length=model.max_tokens, return_tensors="pt", return_token_type_ids=False,
            )  # fmt: skip
            with torch.inference_mode():
                logits = model.model(**inputs).logits.double()
            found.append((logits[:, 1] - logits[:, 0]).numpy())
        return np.concatenate(found)

    return ask


def direct_shap(model: Any, text: str, padding: str) -> Floats:
    """Return what shap's PartitionExplainer finds with the plain function."""
    passage, ask = passage_of(model, text), stock_log_odds(model, padding)
    evaluations = EXPLAINERS["shap"].settings["evaluations"]
    return partition_shap.explained(
        lambda masks: ask([passage.kept(mask) for mask in masks]), len(passage.words), evaluations
    )


def direct_lime(model: Any, text: str, padding: str) -> Floats:
    """Return what lime's LimeTextExplainer finds with the plain function."""
    from lime.lime_text import LimeTextExplainer

    ask, n = stock_log_odds(model, padding), len(WORD.findall(text))
    settings = EXPLAINERS["lime"].settings

    def answers(texts: Sequence[str]) -> Floats:
        scores = ask(texts)
        return np.stack([-scores, scores], axis=1)

    explainer = LimeTextExplainer(
        bow=False, mask_string=" ", split_expression=WORD.findall, random_state=settings["seed"],
        feature_selection="none",
    )  # fmt: skip
    found = explainer.explain_instance(text, answers, num_features=n, num_samples=settings["samples"])
    weights = dict(found.local_exp[1])
    return np.array([weights[place] for place in range(n)])


def direct_gradients(model: Any, text: str, padding: str) -> Floats:
    """Return what captum's LayerIntegratedGradients finds with all steps in one batch."""
    import torch
    from captum.attr import LayerIntegratedGradients

    passage = passage_of(model, text)
    network = network_of(model, passage)
    room = model.max_tokens - network.ids.shape[1] if padding == "max_length" else 0
    pad = model.reader.tokenizer.pad_token_id
    ids, masked = (
        torch.nn.functional.pad(row, (0, room), value=pad) for row in (network.ids, network.masked)
    )
    attention = torch.nn.functional.pad(torch.ones_like(network.ids), (0, room))

    def forward(ids: Any, attention: Any) -> Any:
        logits = model.model(input_ids=ids, attention_mask=attention).logits
        return logits[:, 1] - logits[:, 0]

    found = LayerIntegratedGradients(forward, network.embedding).attribute(
        ids, baselines=masked, additional_forward_args=(attention,), n_steps=STEPS,
    )  # fmt: skip
    tokens = found.sum(-1)[0].double().detach().numpy()[: network.ids.shape[1]]
    special = np.array(network.special)
    words = [pair for pair, skipped in zip(network.offsets, special, strict=True) if not skipped]
    return passage.merged(words, tokens[~special])


DIRECT = {"shap": direct_shap, "lime": direct_lime, "integrated-gradients": direct_gradients}


def reviews(model: Any, number: int, tokens: tuple[int, int]) -> list[str]:
    """Return the first test reviews of that many tokens."""
    texts = [str(text) for text in data.load("imdb-embedded").split("test")["text"][:400]]
    counts = model.token_counts(texts)
    return [text for text, n in zip(texts, counts, strict=True) if tokens[0] <= n <= tokens[1]][:number]


def measured(model: Any, texts: Sequence[str], method: str, padding: str) -> dict[str, Any]:
    """Return the seconds of both ways and the largest difference of a score."""
    (
        DIRECT[method](model, "A short film.", padding),
        explain(model, ["A short film."], EXPLAINERS[method], keep=False),
    )
    began = time.process_time()
    theirs = [DIRECT[method](model, text, padding) for text in texts]
    between = time.process_time()
    ours = explain(model, texts, EXPLAINERS[method], keep=False)
    ended = time.process_time()
    direct, seconds = (between - began) / len(texts), (ended - between) / len(texts)
    found = {
        "method": method, "padding": padding, "reviews": len(texts), "direct_seconds": round(direct, 2),
        "seconds": round(seconds, 2), "ratio": round(direct / seconds, 2),
    }  # fmt: skip
    ours_scores = [one.scores for one in ours]
    if method != "integrated-gradients":
        return found | {"largest_difference": apart(ours_scores, theirs)}
    fine = [one.scores for one in explain(model, texts, EXPLAINERS[method], FINE, keep=False)]
    return found | {
        "largest_score": max(float(np.abs(scores).max()) for scores in fine),
        "direct_from_integral": apart(theirs, fine),
        "from_integral": apart(ours_scores, fine),
    }


def apart(ours: Sequence[Floats], theirs: Sequence[Floats]) -> float:
    """Return the largest difference of a score."""
    return round(max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True)), 8)


def main(argv: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure and print one line for each library."""
    import torch

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="reference")
    parser.add_argument("--reviews", type=int, default=4)
    parser.add_argument("--tokens", type=int, nargs=2, default=(128, 384), help="lengths of the reviews")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--padding", choices=("longest", "max_length"), default="max_length")
    parser.add_argument("--methods", nargs="+", choices=DIRECT, default=list(DIRECT))
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    model: Any = models.load_model(args.model)
    texts = reviews(model, args.reviews, tuple(args.tokens))
    lengths = model.token_counts(texts).tolist()
    print(f"{args.model}, {args.threads} threads, reviews of {lengths} tokens")
    found = []
    for method in args.methods:
        found.append(measured(model, texts, method, args.padding))
        print(json.dumps(found[-1]), flush=True)
    return found


if __name__ == "__main__":
    main()
