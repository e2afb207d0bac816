"""Model folders from unknown sources: opened without running code, checked before they answer.

Everything here assumes the worst of a folder: settings that would fill the memory, weights that are not the
model's, a tokenizer that names words the model does not have. Every fault is one ModelError.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sentiment_core.errors import ModelError, ReelcheckError

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer_config.json"
ADAPTER = "adapter_config.json"
#: Files that a tokenizer can be read from.
TOKENIZERS = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "tokenizer_config.json",
)
#: Settings that would run code, fetch code, or unpack the weights by another library.
REFUSED = ("auto_map", "quantization_config", "attn_implementation", "_attn_implementation")
MOST_BYTES_OF_SETTINGS = 1 << 24
#: No encoder comes near: beyond these, building the model takes the machine before its weights are looked at.
LARGEST, MOST_LAYERS, MOST_LABELS = 10**8, 1_000, 10_000
#: safetensors' own limit for the header (safetensors 0.8, src/tensor.rs: MAX_HEADER_SIZE).
MOST_BYTES_OF_HEADER = 100_000_000
#: A fresh head, a pooler and tied weights are not in the file: how much larger than its file a model may be.
MORE_THAN_ITS_FILE, FRESH_WEIGHTS = 2, 5_000_000
TRIAL = "A film that asks nothing of its audience, and gives as much."


class Opened(NamedTuple):
    """A sequence classifier and its tokenizer, as they were read.

    `made_anew` names the weights that are random: the file has none for them, or of another shape.
    """

    model: Any
    tokenizer: Any
    made_anew: frozenset[str] = frozenset()


def open_folder(
    folder: Path,
    changed: Mapping[str, Any] | None = None,
    where_known: Mapping[str, Any] | None = None,
    *,
    fresh_head: bool = False,
    classes: int | None = 2,
) -> Opened:
    """Return the model in a folder, with some of its settings changed; nothing in it is executed.

    Args:
        folder: config.json, model.safetensors and a tokenizer, as `save_pretrained` writes them.
        changed: fields of the configuration and their values.
        where_known: the same, for fields that not every architecture has.
        fresh_head: whether the classification head may be missing, or have other outputs; it is then random.
        classes: how many it must have; None: any number.

    Raises:
        ModelError: what is wrong with it, in one line.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification

    _check_settings(folder)
    with reading(folder.name):
        settings = AutoConfig.from_pretrained(  # nosec B615  # a local folder
            folder, local_files_only=True, trust_remote_code=False
        )
        known = {name: value for name, value in (where_known or {}).items() if hasattr(settings, name)}
        settings.update(dict(changed or {}) | known)
        _check_size(settings, folder)
        model, found = AutoModelForSequenceClassification.from_pretrained(  # nosec B615  # a local folder
            folder,
            config=settings,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            ignore_mismatched_sizes=fresh_head,
        )
        _check_all_there(model, found, folder, fresh_head)
        tokenizer = _padding(_tokenizer(folder), model) if fresh_head else _tokenizer(folder)
    check_answers(folder.name, model, tokenizer, classes)
    return Opened(model, tokenizer, frozenset([*found["missing_keys"], *found["mismatched_keys"]]))


def settings_of(folder: Path) -> dict[str, Any]:
    """Return a model's own settings; ModelError where they are not accepted."""
    _check_settings(folder)
    settings: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    return settings


def open_tokenizer(folder: Path) -> Any:
    """Return the tokenizer in a folder; ModelError in one line if anything is wrong with it."""
    _check_settings_file(folder / TOKENIZER, needed=False)
    with reading(folder.name):
        return _tokenizer(folder)


def check_answers(name: str, model: Any, tokenizer: Any, classes: int | None = 2) -> None:
    """Raise ModelError unless all weights are finite and one sentence gets a finite answer."""
    import torch

    _check_finite(name, model)
    with reading(name):
        _check_words(name, model, tokenizer)
        ids = tokenizer(TRIAL, verbose=False)["input_ids"]
        was_training = model.training
        with torch.inference_mode():
            logits = model.eval()(input_ids=torch.tensor([ids], device=model.device)).logits
        model.train(was_training)
        if classes not in (None, logits.shape[-1]):
            raise refusal(name, f"it has {logits.shape[-1]} classes; {classes} are needed")
        check_finite_logits(name, logits.float().cpu().numpy())


def check_finite_logits(name: str, logits: Any) -> None:
    """Raise ModelError if any answer is NaN or infinite."""
    import numpy as np

    if not np.isfinite(logits).all():
        raise refusal(name, "it answers NaN or infinity; its weights are damaged or too large")


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn whatever a library raises about the files of this model into one ModelError."""
    try:
        yield
    except ReelcheckError:
        raise
    except Exception as error:  # torch, transformers, tokenizers, safetensors, peft: each raises many kinds
        raise refusal(name, first_line(error)) from error


def refusal(name: str, why: str) -> ModelError:
    """Return the error that says why a model's folder is not used."""
    return ModelError(f"'{name}' is not loaded: {why}; use another model, or make this one again")


def first_line(error: BaseException) -> str:
    """Return what an error says, as far as it fits into a line."""
    printable = "".join(sign if sign.isprintable() else " " for sign in str(error).strip()[:2000])
    return " ".join(printable.split())[:160].rstrip(" ;.") or type(error).__name__


def shapes_in(file: Path) -> dict[str, list[int]]:
    """Return the shape of each tensor in a .safetensors file, from its header only.

    Raises:
        ModelError: the file is not there, or has no such header.
    """
    with reading(file.parent.name), file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > min(MOST_BYTES_OF_HEADER, file.stat().st_size):
            raise ValueError(f"the header of {file.name} is longer than the file")
        header = json.loads(stream.read(length))
        return {name: list(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}


# --- settings ------------------------------------------------------------------------------------


def _check_settings(folder: Path) -> None:
    _check_settings_file(folder / CONFIG)
    _check_settings_file(folder / TOKENIZER, needed=False)
    _check_files(folder)
    # transformers would follow it to another folder or to the hub (auto_factory.py: find_adapter_config_file)
    if (folder / ADAPTER).exists():
        raise refusal(folder.name, f"it is an adapter ({ADAPTER}), not a whole model")


def _check_files(folder: Path) -> None:
    """Raise where there are no weights that can be read without running code, or no tokenizer."""
    if not any(folder.glob("*.safetensors")):
        unsafe = next((path.name for path in sorted(folder.glob("*.bin"))), None)
        advice = f"; {unsafe} could run code when it is read: save the model as .safetensors"
        raise refusal(folder.name, f"{WEIGHTS} is missing{advice if unsafe else ''}")
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise refusal(folder.name, f"it has no tokenizer: none of {', '.join(TOKENIZERS[:3])} is there")


def _check_settings_file(file: Path, *, needed: bool = True) -> None:
    if not needed and not file.exists():
        return
    name = file.parent.name
    with reading(name):
        if not file.is_file():
            raise refusal(name, f"{file.name} is missing; needed are {CONFIG}, {WEIGHTS} and a tokenizer")
        if file.stat().st_size > MOST_BYTES_OF_SETTINGS:
            raise refusal(name, f"{file.name} has more than {MOST_BYTES_OF_SETTINGS >> 20} MiB")
        settings = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(settings, dict):
            raise refusal(name, f"{file.name} holds no settings")
        if trouble := _trouble(settings, file.name):
            raise refusal(name, trouble)


def _trouble(settings: Mapping[str, Any], file: str) -> str:
    """Return what of these settings is not accepted, "" where all is."""
    for field in REFUSED:
        if settings.get(field):
            code = field == "auto_map"
            return f"{file} has {field}" + (
                ": Python code of the folder's own, which is not run" if code else ""
            )
    # A tokenizer's "no limit" is 1e30; only a model's numbers become memory.
    absurd = [(name, value) for name, value in _numbers(settings) if _absurd(name, value)]
    return f"{file} has {absurd[0][0]} = {absurd[0][1]:.3g}" if absurd and file == CONFIG else ""


def _numbers(settings: Mapping[str, Any]) -> Iterator[tuple[str, int | float]]:
    """Yield every named number, of nested settings too."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _numbers(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield name, value


def _absurd(name: str, value: int | float) -> bool:
    most = MOST_LABELS if name == "num_labels" else MOST_LAYERS if "layer" in name else LARGEST
    return not -most <= value <= most  # NaN is neither


# --- weights -------------------------------------------------------------------------------------


def _check_size(settings: Any, folder: Path) -> None:
    """Raise where the settings describe a model much larger than its file; nothing is allocated for that."""
    import torch
    from transformers import AutoModelForSequenceClassification

    # Forked: a fresh head is the same whether or not the size was looked at.
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        planned = AutoModelForSequenceClassification.from_config(settings, trust_remote_code=False)
    wanted = sum(parameter.numel() for parameter in planned.parameters())
    files = sorted(folder.glob("*.safetensors"))
    there = sum(math.prod(shape) for file in files for shape in shapes_in(file).values())
    if files and wanted > MORE_THAN_ITS_FILE * there + FRESH_WEIGHTS:
        raise refusal(folder.name, f"{CONFIG} describes {wanted:,} weights, of which its file has {there:,}")


def _check_all_there(model: Any, found: Mapping[str, Any], folder: Path, fresh_head: bool) -> None:
    """Raise where weights would be random or left out: at most a head's and a pooler's may be."""
    missing, left_out = (set(found[kind]) for kind in ("missing_keys", "unexpected_keys"))
    lost = sorted(_of_the_encoder(missing, model) if fresh_head else missing)
    if lost:
        raise refusal(folder.name, f"{len(lost)} of its weights are missing, for example {lost[0]}")
    if other := sorted(_of_the_encoder(set(found["mismatched_keys"]), model)):
        raise refusal(folder.name, f"{CONFIG} describes another shape than its file has, of {other[0]}")
    if unused := sorted(_of_the_encoder(left_out, model)):
        raise refusal(folder.name, f"{CONFIG} leaves out {len(unused)} weights, for example {unused[0]}")


def _of_the_encoder(names: set[str], model: Any) -> set[str]:
    """Return the names of weights that every answer depends on; older files keep position_ids as well."""
    beside = (".pooler.", ".position_ids")
    inside = (name for name in names if name.startswith(f"{model.base_model_prefix}."))
    return {name for name in inside if not any(part in name for part in beside)}


def _check_finite(name: str, model: Any) -> None:
    import torch

    for weight, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise refusal(name, f"its weights are NaN or infinite, for example in {weight}")


# --- tokenizers ----------------------------------------------------------------------------------


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(  # nosec B615  # a local folder
        folder, local_files_only=True, trust_remote_code=False
    )


def _padding(tokenizer: Any, model: Any) -> Any:
    """Give a tokenizer without a padding token the one that ends texts, and return it: GPT-2 has none.

    What is padded is masked, and a decoder reads its answer at the last token that is no padding.
    """
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    return tokenizer


def _check_words(name: str, model: Any, tokenizer: Any) -> None:
    """Raise where a text could get an id that the model has no row for, or texts cannot be padded."""
    if not tokenizer.is_fast:
        raise refusal(name, "its tokenizer is none of the fast ones, which say where in a text a token is")
    if not isinstance(tokenizer.pad_token_id, int):
        raise refusal(name, "its tokenizer has no padding token")
    rows = model.get_input_embeddings().num_embeddings
    largest = max(tokenizer.get_vocab().values(), default=-1)
    if not 0 <= largest < rows:
        raise refusal(
            name, f"its tokenizer's largest id is {largest:,}, and the model has {rows:,} word vectors"
        )
