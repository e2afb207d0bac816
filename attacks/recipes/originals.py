"""TextAttack's own recipes that need data of their own: listed with what they need, run where it is there."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attacks.composition.base import LINEAR_FAMILIES, Recipe
from attacks.resources.offline import textattack

_VECTORS, _USE = "counter-fitted", "universal-sentence-encoder"
_TAGGER = ("averaged_perceptron_tagger_eng", "universal_tagset")


def _original(
    name: str,
    title: str,
    class_name: str,
    source: str,
    description: str,
    needs: tuple[str, ...],
    queries_per_word: float,
    families: tuple[str, ...] = (),
    flair: str = "",
) -> Recipe:
    return Recipe(
        name=name,
        title=title,
        description=description,
        kind="original",
        source=f"{source}; TextAttack 0.3.11, unchanged",
        build=_builder(class_name, flair),
        needs=needs,
        families=families,
        queries_per_word=queries_per_word,
    )


def _builder(class_name: str, flair: str) -> Callable[[Any, Mapping[str, Any]], Any]:
    def build(victim: Any, constants: Mapping[str, Any]) -> Any:
        """Return TextAttack's own recipe; its models are loaded here, from this machine only."""
        textattack()
        recipes = importlib.import_module("textattack.attack_recipes")
        with without_hub():
            attack = getattr(recipes, class_name).build(victim)
            if flair:
                _load_flair(flair)
        return attack

    return build


@contextlib.contextmanager
def without_hub() -> Iterator[None]:
    """Keep the hub's clients from asking the network, which takes them 46 seconds where there is none."""
    import huggingface_hub.constants as hub
    import transformers.utils.hub as transformers_hub

    before = hub.HF_HUB_OFFLINE, transformers_hub._is_offline_mode
    hub.HF_HUB_OFFLINE = transformers_hub._is_offline_mode = True
    try:
        yield
    finally:
        hub.HF_HUB_OFFLINE, transformers_hub._is_offline_mode = before


def _load_flair(model: str) -> None:
    """Load flair's model now: TextAttack keeps it by this name, and would load it within the search."""
    from flair.data import Sentence
    from textattack.shared.utils import flair_tag

    flair_tag(Sentence("A film"), model)


ORIGINALS = (
    _original(
        "textfooler",
        "TextFooler",
        "TextFoolerJin2019",
        "Jin et al. 2020, 'Is BERT Really Robust?'",
        "Replaces words by counter-fitted neighbours of the same part of speech that keep the meaning.",
        (_VECTORS, _USE, *_TAGGER),
        4.0,
    ),
    _original(
        "textbugger",
        "TextBugger",
        "TextBuggerLi2018",
        "Li et al. 2019, 'TextBugger: Generating Adversarial Text Against Real-world Applications'",
        "Splits, misspells or replaces the words that matter most, within a limit on the meaning.",
        (_VECTORS, _USE, "intentional-homoglyphs"),
        3.0,
    ),
    _original(
        "bae",
        "BAE",
        "BAEGarg2019",
        "Garg and Ramakrishnan 2020, 'BAE: BERT-based Adversarial Examples for Text Classification'",
        "Replaces words by those that BERT expects in their place.",
        ("bert-base-uncased", _USE, *_TAGGER),
        4.0,
    ),
    _original(
        "bert-attack",
        "BERT-Attack",
        "BERTAttackLi2020",
        "Li et al. 2020, 'BERT-ATTACK: Adversarial Attack Against BERT Using BERT'",
        "Replaces words, whole or in pieces, by what BERT expects, where they matter most.",
        ("bert-base-uncased", _USE),
        4.0,
    ),
    _original(
        "clare",
        "CLARE",
        "CLARE2020",
        "Li et al. 2021, 'Contextualized Perturbation for Textual Adversarial Attack'",
        "Replaces, inserts and merges words by what a language model expects.",
        ("distilroberta-base", _USE),
        50.0,
    ),
    _original(
        "pso",
        "PSO",
        "PSOZang2020",
        "Zang et al. 2020, 'Word-level Textual Adversarial Attacking as Combinatorial Optimization'",
        "Lets a swarm of texts with HowNet's substitutes drift towards mistakes.",
        ("hownet", "upos-english-fast"),
        300.0,
        LINEAR_FAMILIES,
        "upos-fast",
    ),
    _original(
        "iga",
        "IGA",
        "IGAWang2019",
        "Wang et al. 2019, 'Natural Language Adversarial Attacks and Defenses in Word Level'",
        "Breeds texts with counter-fitted neighbours over generations.",
        (_VECTORS,),
        300.0,
        LINEAR_FAMILIES,
    ),
    _original(
        "alzantot",
        "Alzantot's genetic algorithm",
        "GeneticAlgorithmAlzantot2018",
        "Alzantot et al. 2018, 'Generating Natural Language Adversarial Examples'",
        "Breeds texts with neighbours that a language model finds likely.",
        (_VECTORS, "google-lm"),
        100.0,
        LINEAR_FAMILIES,
    ),
    _original(
        "faster-genetic",
        "Faster genetic algorithm",
        "FasterGeneticAlgorithmJia2019",
        "Jia et al. 2019, 'Certified Robustness to Adversarial Word Substitutions'",
        "Breeds texts with neighbours of the original words that a small language model finds likely.",
        (_VECTORS, "learning-to-write"),
        100.0,
        LINEAR_FAMILIES,
    ),
    _original(
        "kuleshov",
        "Kuleshov",
        "Kuleshov2017",
        "Kuleshov et al. 2018, 'Adversarial Examples for Natural Language Classification Problems'",
        "Replaces words by counter-fitted neighbours as long as GPT-2 finds the sentence likely.",
        (_VECTORS, "gpt2"),
        50.0,
    ),
    _original(
        "checklist",
        "CheckList",
        "CheckList2020",
        "Ribeiro et al. 2020, 'Beyond Accuracy: Behavioral Testing of NLP Models with CheckList'",
        "Changes names, places and numbers, and writes contractions out or in.",
        ("ner-english",),
        1.0,
        (),
        "ner",
    ),
)
