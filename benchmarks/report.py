"""Write BENCHMARKS.md from the JSON files in `benchmarks/results`; no figure is typed by hand.

python benchmarks/report.py
"""

import json
import pathlib

from result import ROOT, is_table, make_parser

HEAD = """# Benchmarks

Written by `python benchmarks/report.py` from `benchmarks/results/*.json`; each of those by its command.
"""


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "BENCHMARKS.md")
    arguments = parser.parse_args()
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(arguments.results.glob("*.json"))]
    arguments.output.write_text(render(results), encoding="utf-8")
    met = [line["met"] for result in results for line in result["targets"]]
    print(f"{arguments.output}: {len(results)} benchmarks, {sum(met)} of {len(met)} targets met")


def render(results):
    """The whole page."""
    rows = [
        [line["text"], line["target"], line["measured"], "yes" if line["met"] else "**no**", f"`{result['command']}`"]
        for result in results
        for line in result["targets"]
    ]
    summary = markdown_table(["what", "target", "measured", "met", "command"], rows)
    return "\n".join([HEAD, "## All targets\n", summary, "", *map(render_section, results)])


def render_section(result):
    """One benchmark: how it was run, its figures, what was learnt."""
    machine, versions = result["machine"], ", ".join(f"{name} {text}" for name, text in result["versions"].items())
    seeds = f", seeds {', '.join(map(str, result['seeds']))}" if result["seeds"] else ""
    parts = [
        f"## {result['title']}\n",
        f"`{result['command']}` — {result['date']}, backend {result['backend']}{seeds}; {machine['system']}, "
        f"{machine['cores']} cores, load {machine['load']} at the end; {versions}.\n",
    ]
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
    return "\n".join(parts) + "\n"


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
    return str(value).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
