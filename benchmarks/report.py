"""Write BENCHMARKS.md and the pages under docs/benchmarks from `benchmarks/results`; no figure is typed by hand.

python benchmarks/report.py
"""

import pathlib

import yaml
from result import RESULTS, ROOT, is_table, make_parser, read_result
from verdicts import LIKELY, compare

FOLDER = "docs/benchmarks"
QUESTIONS = yaml.safe_load(pathlib.Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))
PAGES = QUESTIONS["pages"]
HEAD = """# Benchmarks

*Written by `python benchmarks/report.py` from `benchmarks/results/*.json`. Every table, with the command that makes it,
is on one of these pages:*
"""
GOOD = """## How good

These networks are small, start from random weights and train for minutes on two CPU cores: the figures compare methods
with each other, and are far below those of the papers, whose networks are pretrained and of full size. A figure is the
mean ± standard deviation over {seeds} seeds, on test images by which nothing was chosen. `Δ MTL` is the mean relative
gain over networks of one task each, in percent. The difference is taken seed by seed and is positive where the method
is better; the verdict is that of a one-sided t test at {level}, which sees large differences alone.
"""
FAST = """## How fast

On two CPU cores where nothing else is said; «x» is a ratio.
"""
HOLDS = """## What holds

A promise is held by tests, or was measured where that takes too long for a test.
"""
MISSED = """## What was aimed at and missed

{met} of {all} aims are met. The others:
"""


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT, help="folder in which the pages are written")
    arguments = parser.parse_args()
    results = read_results(arguments.results)
    for name, text in render_pages(results).items():
        path = arguments.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    met = [line["met"] for result in results.values() for line in result["targets"]]
    print(f"{arguments.output}: {len(results)} benchmarks, {sum(met)} of {len(met)} targets met")


def read_results(folder=RESULTS):
    """Dict of name → result."""
    return {path.stem: read_result(path.stem, folder) for path in sorted(folder.glob("*.json"))}


def render_pages(results):
    """Dict of path → text, of every page."""
    pages = {"BENCHMARKS.md": render_answers(results)}
    for name, page in PAGES.items():
        manual = f"[How it is used](../{page['manual']}) · " if "manual" in page else ""
        head = f"# {page['title']}\n\n{page['head']}\n\n{manual}[All benchmarks](../../BENCHMARKS.md)\n"
        own = [result for key, result in results.items() if page_of(key) == name]
        pages[f"{FOLDER}/{name}.md"] = "\n".join([head, *map(render_section, own)])
    return pages


def page_of(name):
    """The page on which a result stands."""
    return next((page for page, what in PAGES.items() if name.startswith(tuple(what["results"]))), "general")


def render_answers(results):
    """The one page of what a user asks."""
    links = [f"[{page['title']}]({FOLDER}/{name}.md)" for name, page in PAGES.items()]
    asked = [line["result"] for line in QUESTIONS["how_good"] if line["result"] in results]
    counts = sorted({len(results[name]["seeds"]) for name in asked} - {0, 1})
    good = [render_comparison(results, **line) for line in QUESTIONS["how_good"] if line["result"] in results]
    fast = [render_cost(results, **line) for line in QUESTIONS["how_fast"] if line["result"] in results]
    promises = [line for line in QUESTIONS["what_holds"] if line.get("result") in (None, *results)]
    header = ["", "what", "against", "figure", "method", "baseline", "difference", "verdict"]
    parts = [
        HEAD + " · ".join(links) + "\n",
        GOOD.format(seeds=" or ".join(map(str, counts)), level=f"{1 - LIKELY:.0%}"),
        markdown_table(header, thin_out(good)),
        "",
        FAST,
        markdown_table(["what", "measured", "aim", "met", ""], fast),
        "",
        HOLDS,
        markdown_table(["what", "held by"], [render_promise(results, **line) for line in promises]),
        "",
        render_missed(results),
    ]
    return "\n".join(parts)


def render_comparison(results, result, what, against, metric, **options):
    """The row of a method beside a baseline."""
    return [link(result), what, against, spell(metric), *compare(results[result], metric=metric, **options)]


def render_cost(results, result, what, target=None, ratio=None):
    """The row of a target, or of a ratio, which has no aim."""
    if not ratio:
        line = target_of(results[result], target)
        return [what, line["measured"], line["target"], spell_met(line), link(result)]
    table, column, over, under = ratio
    values = {next(iter(row.values())): row[column] for row in results[result]["figures"][table]}
    return [what, f"{values[over] / values[under]:.2f} x", None, None, link(result)]


def render_promise(results, what, tests=None, result=None, target=None):
    """The row of a promise: links to its tests, or what was measured."""
    if tests:
        files = [tests] if isinstance(tests, str) else tests
        return [what, ", ".join(f"[{name}]({name})" for name in files)]
    line = target_of(results[result], target)
    return [what, f"measured {line['measured']}, aim {line['target']}: {link(result)}"]


def render_missed(results):
    """How many targets are met, and which are not."""
    lines = [(name, line) for name, result in results.items() for line in result["targets"]]
    missed = [[line["text"], line["target"], line["measured"], link(name)] for name, line in lines if not line["met"]]
    head = MISSED.format(met=len(lines) - len(missed), all=len(lines))
    return head + "\n" + markdown_table(["what", "aim", "measured", ""], missed) + "\n"


def link(result):
    """The page of a result, as a link."""
    page = page_of(result)
    return f"[{PAGES[page]['title']}]({FOLDER}/{page}.md)"


def target_of(result, part):
    """The only target whose text holds `part`."""
    (line,) = [line for line in result["targets"] if part in line["text"]]
    return line


def thin_out(rows):
    """Rows whose first cell is empty where it says what the row above says."""
    above = [None, *(row[0] for row in rows)]
    return [["" if row[0] == last else row[0], *row[1:]] for last, row in zip(above, rows, strict=False)]


def render_section(result):
    """One benchmark: how it was run, its targets and figures, what was learnt."""
    machine, versions = result["machine"], ", ".join(f"{name} {text}" for name, text in result["versions"].items())
    seeds = f", seeds {', '.join(map(str, result['seeds']))}" if result["seeds"] else ""
    parts = [
        f"## {result['title']}\n",
        f"`{result['command']}` — {result['date']}, backend {result['backend']}{seeds}; {machine['system']}, "
        f"{machine['cores']} cores, load {machine['load']} at the end; {versions}.\n",
    ]
    targets = [[line["text"], line["target"], line["measured"], spell_met(line)] for line in result["targets"]]
    if targets:
        parts.append(markdown_table(["aim", "target", "measured", "met"], targets) + "\n")
    single = {name: value for name, value in result["figures"].items() if not is_table(value)}
    if single:
        parts.append(
            markdown_table(["figure", "value"], [[spell(name), value] for name, value in single.items()]) + "\n"
        )
    for name, rows in result["figures"].items():
        if is_table(rows):
            header = list(dict.fromkeys(key for row in rows for key in row))
            cells = [[row.get(key) for key in header] for row in rows]
            parts.append(f"{spell(name).capitalize()}:\n\n{markdown_table(map(spell, header), cells)}\n")
    parts += [f"- {note}" for note in result["notes"]]
    return "\n".join(parts).rstrip() + "\n"


def spell_met(line):
    return "yes" if line["met"] else "**no**"


def markdown_table(header, rows):
    header = list(header)
    lines = [header, ["---"] * len(header), *[[show(value) for value in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spell(name):
    return name.replace("_", " ")


def show(value):
    """A figure as text: four significant digits, thousands with commas, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {show(item)}" for name, item in value.items())
    return str(value).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
