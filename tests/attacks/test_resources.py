from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from attacks import __main__ as command_line
from attacks.resources import fetching, places
from attacks.resources.catalog import RESOURCES, resource_named
from sentiment_core.errors import ResourceMissing

needs_wordnet = pytest.mark.skipif(places.wordnet() is None, reason="WordNet is not on this machine")


@pytest.fixture
def empty_machine(monkeypatch, tmp_path):
    """Hide whatever this machine has."""
    monkeypatch.setattr(places, "DEBIAN_WORDNET", tmp_path / "none")
    monkeypatch.setattr(places, "nltk_folders", lambda: [tmp_path / "nltk_data"])
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TFHUB_CACHE_DIR", "FLAIR_CACHE_ROOT"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.setenv("TA_CACHE_DIR", str(tmp_path / "textattack"))
    return tmp_path


def a_wordnet(folder):
    """Write files with WordNet's names and a first line of its licence."""
    folder.mkdir(parents=True)
    for name in places.WORDNET_FILES:
        (folder / name).write_text("  14 WordNet 3.0 Copyright 2006 by Princeton University.\n")
    return folder


@pytest.mark.parametrize("name", RESOURCES)
def test_each_resource_says_what_it_is_for_and_how_to_get_it(name):
    resource = RESOURCES[name]
    assert resource.name == name
    assert resource.title and resource.enables and resource.how_to_get
    assert not resource.title.endswith(".") and "\n" not in resource.how_to_get


@pytest.mark.parametrize("name", RESOURCES)
def test_on_an_empty_machine_nothing_is_there_and_nothing_is_tried(name, empty_machine):
    assert RESOURCES[name].where() is None


def test_looking_loads_no_library(empty_machine):
    code = (
        "import sys\nfrom attacks.resources.catalog import RESOURCES\n"
        "[resource.where() for resource in RESOURCES.values()]\n"
        "print({'nltk', 'textattack', 'torch', 'flair', 'tensorflow'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ResourceMissing, match="'wordnett' is not known; known: wordnet, counter-fitted"):
        resource_named("wordnett")


@needs_wordnet
def test_the_fetched_wordnet_is_read_by_nltk(monkeypatch):
    import nltk
    from nltk.corpus.reader import WordNetCorpusReader

    folder = RESOURCES["wordnet"].fetch()
    monkeypatch.setattr(nltk.data, "path", [str(folder.parents[1])])  # it reads nothing beyond its path
    reader = WordNetCorpusReader(str(folder), None)
    lexnames = {
        "dog.n.01": "noun.animal",
        "run.v.01": "verb.motion",
        "good.a.01": "adj.all",
        "quickly.r.01": "adv.all",
        "abdominal.a.01": "adj.pert",
        "running.s.01": "adj.all",
        "entity.n.01": "noun.Tops",
        "fly.v.01": "verb.motion",
        "rain.v.01": "verb.weather",
        "hour.n.01": "noun.time",
    }
    assert {name: reader.synset(name).lexname() for name in lexnames} == lexnames
    assert reader.get_version() == "3.0" == places.wordnet_version()
    assert sum(1 for _ in reader.all_lemma_names()) > 140_000
    assert RESOURCES["wordnet"].where() == folder == places.wordnet_copy()


def test_wordnet_is_fetched_from_a_named_folder_or_nltks_zip_file(empty_machine):
    named = a_wordnet(empty_machine / "elsewhere")
    copy = RESOURCES["wordnet"].fetch(named)
    assert places.is_wordnet(copy)
    assert (copy / "index.sense").read_bytes() == b""
    assert (copy / "lexnames").read_text().splitlines()[4] == "04\tnoun.act\t1"
    shutil.rmtree(copy)
    archive = empty_machine / "nltk_data" / "corpora" / "wordnet.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as packed:
        for file in named.iterdir():
            packed.write(file, f"wordnet/{file.name}")
    assert RESOURCES["wordnet"].where() == archive
    assert places.is_wordnet(RESOURCES["wordnet"].fetch())
    assert RESOURCES["wordnet"].where() == copy


def test_a_folder_that_is_not_wordnet_leaves_nothing_behind(empty_machine):
    folder = a_wordnet(empty_machine / "elsewhere")
    (folder / "data.noun").unlink()
    with pytest.raises(ResourceMissing, match=r"is not WordNet: it must have .*data\.noun"):
        RESOURCES["wordnet"].fetch(folder)
    with pytest.raises(ResourceMissing, match="is not a folder"):
        RESOURCES["wordnet"].fetch(empty_machine / "nowhere")
    with pytest.raises(ResourceMissing, match="WordNet is not on this machine"):
        RESOURCES["wordnet"].fetch()
    assert not places.wordnet_copy().parent.exists() or os.listdir(places.wordnet_copy().parent) == []


def test_many_can_fetch_wordnet_at_once(empty_machine):
    folder = a_wordnet(empty_machine / "elsewhere")
    with ThreadPoolExecutor(8) as pool:
        copies = set(pool.map(lambda _: fetching.wordnet(folder), range(16)))
    assert copies == {places.wordnet_copy()}
    assert os.listdir(places.wordnet_copy().parent) == ["wordnet"]


def test_a_hub_model_is_found_in_the_hub_s_cache_and_put_there(empty_machine):
    folder = empty_machine / "bert"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    resource = RESOURCES["bert-base-uncased"]
    with pytest.raises(ResourceMissing, match=r"config\.json is missing"):
        resource.fetch(empty_machine)
    (folder / "model.safetensors").write_bytes(b"")
    snapshot = resource.fetch(folder)
    assert resource.where() == snapshot
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache("bert-base-uncased", "config.json", cache_dir=places.hub_folder())
    assert found == str(snapshot / "config.json")


def test_what_textattack_downloads_is_looked_for_where_it_keeps_it(empty_machine):
    folder = empty_machine / "textattack" / "word_embeddings" / "paragramcf"
    folder.mkdir(parents=True)
    assert RESOURCES["counter-fitted"].where() == folder


def test_a_download_unpacks_one_inner_folder_or_many_files(tmp_path):
    for layout in ("paragramcf/", ""):
        archive, target = tmp_path / "download", tmp_path / f"t{len(layout)}" / "paragramcf"
        target.parent.mkdir()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr(f"{layout}a.npy", "1")
            packed.writestr(f"{layout}b.npy", "2")
        fetching._unpacked(archive, target)
        assert sorted(os.listdir(target)) == ["a.npy", "b.npy"]
        assert os.listdir(target.parent) == ["paragramcf"]


def test_the_command_lists_and_fetches(empty_machine, capsys):
    assert command_line.main(["resources", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["resources"]
    assert [item["name"] for item in listed] == list(RESOURCES)
    assert not any(item["here"] for item in listed)
    folder = a_wordnet(empty_machine / "elsewhere")
    assert command_line.main(["resources", "fetch", "wordnet", "--from", str(folder)]) == 0
    assert capsys.readouterr().out.strip() == f"wordnet is in {places.wordnet_copy()}"
    assert command_line.main(["resources", "fetch", "ner-english"]) == 2
    assert "cannot be fetched from here" in capsys.readouterr().err
