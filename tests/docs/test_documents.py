"""README and docs: every block of Python runs, every config can be run, every command is one, every link leads on."""

import functools
import importlib
import inspect
import pathlib
import re
import shlex

import keras
import pytest
import yaml

from xdomain_keras.apps.main import COMMANDS
from xdomain_keras.config import ExperimentConfig, load_config
from xdomain_keras.packaged_configs import packaged_configs

pytestmark = pytest.mark.backend_free
ROOT = pathlib.Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "BENCHMARKS.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?:<!-- laid over (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The files of the README's own data are not there to read the classes from.
CLASSES = "tasks.detection.class_names=[face]"


def blocks(language):
    """(page, config that the block is laid over, text) of every block in a language."""
    return [
        pytest.param(page, over, text, id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, (over, kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
        if kind == language
    ]


def write_config(folder, over, text):
    """A block of YAML as a file; what is not a whole config is laid over one that the page names in a comment."""
    base = f"base: {packaged_configs()[over]}\n" if over else ""
    path = folder / "block.yaml"
    path.write_text(base + text, encoding="utf-8")
    return path


def whole_config(page):
    """The text of the page's config of its own; None where there is none."""
    found = [text for over, kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == "yaml"]
    return next((text for text in found if text.startswith("name:")), None)


@pytest.mark.parametrize(("page", "over", "text"), blocks("python"))
def test_python_runs(page, over, text, monkeypatch):
    """As it stands, but that a step is not compiled, which would take nearly all of the time."""
    eager = functools.partialmethod(keras.Model.compile, jit_compile=False, run_eagerly=True)
    monkeypatch.setattr(keras.Model, "compile", eager)
    exec(compile(text, str(page), "exec"), {})


@pytest.mark.parametrize(("page", "over", "text"), blocks("yaml"))
def test_a_config_can_be_run(page, over, text, tmp_path):
    from xdomain_keras.experiments.data import Data
    from xdomain_keras.experiments.model import build_model
    from xdomain_keras.experiments.resolve import resolve
    from xdomain_keras.experiments.validate import check_plan
    from xdomain_keras.parts import load_parts

    assert over or text.startswith("name:"), "neither a whole config nor laid over one that a comment names"
    config = load_config(write_config(tmp_path, over, text), [] if over else [CLASSES])
    assert isinstance(config, ExperimentConfig)
    parts = load_parts()
    # The README's own data are not there, so that no source is opened.
    facts = resolve(config, Data(config, parts), parts, read_labels=False)
    check_plan(config, parts, build_model(config, facts, parts))
    for domain in config.domains.values():
        for source in domain.source if isinstance(domain.source, list) else [domain.source]:
            options = dict(source)
            inspect.signature(parts.readers[options.pop("reader")]).bind_partial(**options)


def commands(text):
    """The command lines of a block, as lists of words without comments."""
    lines = text.replace("\\\n", " ").splitlines()
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def parse(words):
    """The arguments of `xdomain …`, as its own parser reads them."""
    import argparse

    from xdomain_keras.apps.main import finish_parser
    from xdomain_keras.apps.main import parse as parse_all

    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        app = importlib.import_module(f"xdomain_keras.apps.{name if name != 'list' else 'list_names'}")
        subparser = subparsers.add_parser(name)
        app.add_arguments(subparser)
        finish_parser(subparser, app)
    return parse_all(parser, words)


def config_paths(page, name, folder):
    """The file of a config that a command names: a packaged one, or the page's own."""
    if name in packaged_configs():
        return packaged_configs()[name]
    assert name.endswith(".yaml") and whole_config(page), f"{name}: no such config"
    return write_config(folder, None, whole_config(page))


@pytest.mark.parametrize(("page", "over", "text"), blocks("bash"))
def test_a_command_is_one(page, over, text, tmp_path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    for program, *words in commands(text):
        if program == "make":
            assert re.search(rf"^{words[0]}:", makefile, re.MULTILINE), words
        elif program == "pip":
            (extra,) = re.findall(r"\[(\w+)\]", words[-1])
            assert re.search(rf"^{extra} =$", setup, re.MULTILINE), words
        else:
            assert program == "xdomain"
            check_command(page, words, tmp_path)


def check_command(page, words, folder):
    """The words are parsed, and the config and what it is changed to can be read."""
    from xdomain_keras.experiments.sweep import combine, overrides_of, parse_axis

    arguments = parse(words)
    if not getattr(arguments, "config", None):
        return
    path, settings = config_paths(page, arguments.config, folder), [{}]
    if words[0] == "sweep":
        settings = combine([parse_axis(text) for text in arguments.vary])
    for setting in settings:
        load_config(path, [*arguments.overrides, *overrides_of(setting)])


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_on(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (page.parent / link).exists()] == []


def test_every_config_and_path_that_is_named_is_there():
    for page in PAGES[:1] + PAGES[2:]:
        for path in re.findall(r"`(configs/[\w/.]+|benchmarks/[\w/.]+\.py)`", page.read_text(encoding="utf-8")):
            assert (ROOT / path).exists(), f"{page}: {path}"


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_methods_have_a_page_each():
    folders = {path.name for path in (ROOT / "configs").iterdir() if path.is_dir()}
    assert {path.stem for path in (ROOT / "docs" / "methods").glob("*.md")} == folders


def test_blocks_are_found():
    languages = {language: len(blocks(language)) for language in ("python", "yaml", "bash")}
    assert all(count >= 2 for count in languages.values()), languages
    every = [kind for page in PAGES for _, kind, _ in BLOCK.findall(page.read_text(encoding="utf-8"))]
    assert set(every) <= {*languages, "text"} and all(yaml.safe_load(param.values[2]) for param in blocks("yaml"))
