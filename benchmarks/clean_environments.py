"""Every command of the README and the manuals in clean environments: one with JAX alone, one with torch alone.

    python benchmarks/clean_environments.py [--backends jax torch] [--keep]

Builds a wheel of the last commit, makes an environment a backend in a temporary folder, installs the wheel with the
backend's extra, and runs every command of the pages on tiny settings, without `KERAS_BACKEND`. Each works, or says in
one line which extra it needs. About 20 minutes and 3 GB a backend on 2 cores; the environments are removed.
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import fresh_clone
import readme_commands
from result import make_parser, target, write_result

EXTRA = "pip install 'xdomain-keras[tensorflow]'"
# torch by its exact version: the CPU build where an index or a folder offers one.
FIRST = {"torch": "torch==2.13.0"}
BACKENDS = ("tensorflow", "jax", "torch")
# Small networks compile faster without optimisations that they do not run long enough to win by.
QUICK = {"XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"}


def build_wheel(folder):
    """A wheel of the last commit; its path."""
    with fresh_clone.clone() as clone:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(clone)]
        subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def make_environment(folder, wheel, backend):
    """A virtual environment with the wheel and the extra of one backend; the names of the backends that it has."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip"]
    for wanted in filter(None, (FIRST.get(backend), f"{wheel}[{backend}]")):
        subprocess.run([*pip, "install", "-qq", wanted], check=True)
    listed = json.loads(subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True).stdout)
    return [package["name"] for package in listed if package["name"] in BACKENDS]


def run(words, environment, folder, backend):
    """Run one command; (exit code, last line of stderr, seconds)."""
    hidden = ("VIRTUAL_ENV", "KERAS_BACKEND", "PYTHONPATH", "PYTHONHOME")
    variables = {key: value for key, value in os.environ.items() if key not in hidden}
    variables |= {**QUICK, "KERAS_HOME": str(folder / "keras"), "MPLBACKEND": "agg"}
    if words[-1] == "readme.py":  # Keras itself asks for it where there is no TensorFlow
        variables["KERAS_BACKEND"] = backend
    program = [str(environment / "bin" / words[0]), *words[1:]]
    start = time.perf_counter()
    finished = subprocess.run(program, cwd=folder, env=variables, capture_output=True, text=True)
    lines = finished.stderr.strip().splitlines()
    return finished.returncode, lines[-1] if lines else "", time.perf_counter() - start


def judge(code, line):
    """`worked`, the line that names the extra, or what went wrong."""
    if code == 0:
        return "worked"
    if code == 2 and line.startswith("error: ") and EXTRA in line:
        return line.removeprefix("error: ")
    return f"FAILED with exit code {code}: {line}"


def try_commands(backend, commands, wheel, folder):
    """All commands in one environment: (rows, backends that are installed, backends that the runs kept)."""
    environment, work = folder / backend, folder / f"{backend}_work" / "work"
    installed = make_environment(environment, wheel, backend)
    work.mkdir(parents=True)
    readme_commands.write_files(work, readme_commands.read_pages())
    rows = []
    for command in commands:
        words = shlex.split(command) if command == readme_commands.PYTHON else readme_commands.make_tiny(command)
        code, line, seconds = run(words, environment, work, backend)
        rows.append({"backend": backend, "command": command, "outcome": judge(code, line), "seconds": round(seconds)})
        print(f"{backend}: {command}: {rows[-1]['outcome']} ({seconds:.0f} s)", flush=True)
    kept = {json.loads(path.read_text(encoding="utf-8"))["backend"] for path in work.glob("runs/**/facts.json")}
    return rows, installed, sorted(kept)


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--backends", nargs="+", choices=BACKENDS[1:], default=BACKENDS[1:])
    parser.add_argument("--keep", action="store_true", help="leave the environments for inspection")
    arguments = parser.parse_args()
    readme = readme_commands.read_commands(readme_commands.read_pages())
    commands = [*dict.fromkeys(readme), readme_commands.PYTHON, *readme_commands.BEYOND]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="clean_environments_"))
    rows, targets = [], []
    try:
        wheel = build_wheel(folder)
        for backend in arguments.backends:
            own, installed, kept = try_commands(backend, commands, wheel, folder)
            rows += own
            good = [row for row in own if not row["outcome"].startswith("FAILED")]
            worked = sum(row["outcome"] == "worked" for row in own)
            targets += [
                target(
                    f"backends in the environment of {backend}", backend, ", ".join(installed), installed == [backend]
                ),
                target(
                    f"commands with {backend} alone that work, or name the extra",
                    f"{len(own)} of {len(own)}",
                    f"{worked} work, {len(good) - worked} name the extra",
                    len(good) == len(own),
                ),
                target(f"backend that runs with {backend} alone keep", backend, ", ".join(kept), kept == [backend]),
            ]
            if not arguments.keep:
                shutil.rmtree(folder / backend)
    finally:
        print(f"environments: {folder}") if arguments.keep else shutil.rmtree(folder, ignore_errors=True)
    title = "Clean environments with JAX alone and with torch alone"
    backends = ", ".join(arguments.backends)
    write_result("clean_environments", title, {"commands": rows}, targets, folder=arguments.results, backend=backends)


if __name__ == "__main__":
    main()
