"""A user's own probe: both forms, every mistake named, kept and found again, nothing run."""

from __future__ import annotations

import pytest

from attacks.own import probes
from attacks.own.probes import probe_named
from attacks.probes import ProbeError

GOOD_YAML = """
title: Endings
kind: MFT
per_template: 4
templates:
  - {text: "The {part} is {a:good} one.", expectation: positive}
  - {text: "The {part} is {bad}.", expectation: negative}
slots:
  part: [ending, last scene]
  good: [great, odd but fine, 8]
  bad: [poor]
"""
GOOD_CSV = (
    "template,kind,expectation,variant,good\n"
    '"Well, it is {good}.",DIR,up,"Well, it is very {good}.",fine|nice\n'
    "It is {good}.,,up,It is truly {good}.,nice|odd\n"
)


def from_yaml(text: str) -> probes.Capability:
    return probes.from_content(text.encode(), "mine.yaml")


def from_csv(text: str) -> probes.Capability:
    return probes.from_content(text.encode(), "mine.csv")


def test_a_yaml_file_becomes_a_capability():
    probe = probes.from_content(GOOD_YAML.encode(), "My_endings.yaml")
    assert (probe.name, probe.title, probe.kind, probe.family) == ("my-endings", "Endings", "MFT", "own")
    texts = {case.text: case.expected for case in probe.cases()}
    assert texts["The ending is poor."] == 0 and texts["The last scene is poor."] == 0
    assert sum(texts.values()) == 4
    assert set(texts) - {"The ending is poor.", "The last scene is poor."} <= {
        f"The {part} is {good} one."
        for part in ("ending", "last scene")
        for good in ("a great", "an odd but fine", "an 8")
    }


def test_a_csv_file_becomes_a_capability_with_values_from_all_rows():
    probe = from_csv(GOOD_CSV)
    cases = probe.cases()
    assert probe.kind == "DIR" and len(cases) == 12
    assert {case.text for case in cases if case.order == 1} == {
        *(f"Well, it is very {good}." for good in ("fine", "nice", "odd")),
        *(f"It is truly {good}." for good in ("fine", "nice", "odd")),
    }
    assert [case.expected for case in cases[:2]] == [None, 1]


def test_an_inv_probe_needs_no_expectation():
    probe = from_yaml('kind: INV\ntemplates:\n  - {text: "Good.", variants: ["Good!", "good."]}\n')
    assert [case.expected for case in probe.cases()] == [None, None, None]


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("kind: MFT", "kind: mft", "kind is 'mft'; allowed: MFT, INV, DIR"),
        ("kind: MFT", "kind: INV", r"template 1: expectation is 'positive'; for INV allowed: same"),
        ("positive", "up", r"template 1: expectation is 'up'; for MFT allowed: positive, negative"),
        ("title:", "titel:", "'titel' is not known; allowed: title, description, kind"),
        (
            "{part} is {bad}",
            "{art} is {bad}",
            r"slot \{art\} has no values; slots with values: part, good, bad",
        ),
        ("{part} is {bad}", "{part is {bad}", "braces go around a slot's name only"),
        ("{part} is {bad}", "{part.__class__} is {bad}", "braces go around a slot's name only"),
        ("  bad: [poor]", "  bad: poor", "slot 'bad' is 'poor'; give a list"),
        ("  bad: [poor]", "  bad: []", r"slot 'bad' is \[\]; give a list"),
        ("  bad: [poor]", "  bad: [no]", "slot 'bad' has a value that YAML reads as yes, no or nothing"),
        ("per_template: 4", "per_template: 0", "per_template is 0; give a number from 1"),
        ("per_template: 4", "per_template: 4000", "up to 8,000 cases; 5,000 at most"),
        ("{part} is {bad}", "{bad} is {bad2}", "needs more values than its slots have"),
        ('text: "The {part} is {bad}."', 'text: ""', "template 2: text is ''; give a text"),
        (
            "expectation: negative}",
            "expectation: negative, variants: [x]}",
            "an MFT template has no variants",
        ),
        ("kind: MFT", "kind: [", "is not readable YAML: line"),
    ],
)
def test_every_mistake_in_yaml_is_named(old, new, message):
    assert old in GOOD_YAML
    with pytest.raises(ProbeError, match=f"mine.yaml.*{message}"):
        from_yaml(GOOD_YAML.replace(old, new, 1))


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "has no column 'template'"),
        ("text,kind\nx,MFT\n", "has no column 'template'"),
        ("template,kind,expectation\nx,MFT\n", "row 2: 2 cells where the header has 3"),
        ("template,kind,expectation\nx,MFT,positive\ny,INV,same\n", "mixes the kinds MFT, INV"),
        ("template,kind,expectation\nx,MFT,good\n", "row 2: expectation is 'good'"),
        ("template,kind,expectation,a,a\nx,MFT,positive,1,2\n", "row 1 names a column twice"),
        ("template,kind\n", "kind is None"),
        ("template,kind,expectation\nx,DIR,up\n", "row 2: a template of kind DIR needs variants"),
        ('template,kind,expectation\n"x,MFT,positive\n', "is not CSV that can be read"),
    ],
)
def test_every_mistake_in_csv_is_named(text, message):
    with pytest.raises(ProbeError, match=f"mine.csv.*{message}"):
        from_csv(text)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "null"])
def test_yaml_that_is_no_mapping_is_no_probe(text):
    with pytest.raises(ProbeError, match="contains no probe"):
        from_yaml(text)


def test_yaml_runs_nothing_and_does_not_unfold():
    with pytest.raises(ProbeError, match="is not readable YAML"):
        from_yaml('kind: !!python/object/apply:os.system ["true"]\n')
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    with pytest.raises(ProbeError, match="aliases"):
        from_yaml(bomb)
    with pytest.raises(ProbeError, match="nested more than 10 levels"):
        from_yaml("[" * 100_000)


@pytest.mark.parametrize(
    "filename, message",
    [
        ("probe.py", "is not a probe file"),
        ("..yaml", "is not a probe file|names the probe"),
        ("contrast.yaml", "a capability 'contrast' already exists"),
        ("é.csv", "names the probe"),
        ("../x.yaml", None),
    ],
)
def test_the_name_of_the_file_is_the_name_of_the_probe(filename, message):
    if message is None:
        assert probes.from_content(GOOD_YAML.encode(), filename).name == "x"
        return
    with pytest.raises(ProbeError, match=message):
        probes.from_content(GOOD_YAML.encode(), filename)


def test_bytes_that_are_not_utf8_and_files_too_large_are_refused():
    with pytest.raises(ProbeError, match="is not UTF-8"):
        probes.from_content(b"kind: \xff", "mine.yaml")
    with pytest.raises(ProbeError, match="has more than"):
        probes.from_content(b" " * (256 * 1024 + 1), "mine.csv")


def test_a_kept_probe_is_found_replaced_and_forgotten():
    assert probes.STORE.names() == []
    probes.keep(GOOD_YAML.encode(), "endings.yaml")
    assert probes.STORE.names() == ["endings"] and probe_named("endings").kind == "MFT"
    probes.keep(GOOD_CSV.encode(), "endings.csv")
    assert probes.STORE.names() == ["endings"] and probe_named("endings").kind == "DIR"
    probes.STORE.delete("endings")
    assert probes.STORE.names() == []
    with pytest.raises(ProbeError, match="kept: none yet"):
        probes.STORE.open("endings")
    with pytest.raises(ProbeError, match="'../x' is not kept"):
        probes.STORE.delete("../x")


def test_a_wrong_probe_is_not_kept():
    with pytest.raises(ProbeError):
        probes.keep(b"kind: none", "mine.yaml")
    assert probes.STORE.names() == []
