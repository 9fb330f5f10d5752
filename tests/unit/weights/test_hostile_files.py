"""Files of weights that were made to do harm: each is refused in one line, runs nothing, and needs little memory."""

import json
import pathlib
import pickle
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest

from tests.unit.weights.test_keras_file import HOSTILE, vars_group
from tests.unit.weights.test_torch_file import BOMBS, LEGACY, Runs

torch = pytest.importorskip("torch", reason="torch writes the files")
GIBIBYTE = 2**30
ROOT = pathlib.Path(__file__).parents[3]

# Loads every file into a network whose one layer is called `layer`, and tells the messages and what memory it took.
SCRIPT = """
import json, pathlib, resource, sys
import keras
from xdomain_keras.errors import XDomainError
from xdomain_keras.models.pretrained import load_pretrained

images = keras.Input((4, 4, 4))
network = keras.Model(images, {"c0": keras.layers.Dense(4, use_bias=False, name="layer")(images)}, name="backbone")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
said = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        load_pretrained(network, path, {"name": "any"})
        said[path.name] = None
    except XDomainError as error:
        said[path.name] = str(error)
print(json.dumps([said, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024]))
"""


def write_archive(path, content, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", content, **options)


def write_all(folder, ran):
    """Write the hostile files, and return how many there are."""
    for make in HOSTILE:
        elsewhere = folder.parent / make.__name__
        elsewhere.mkdir()
        with h5py.File(folder / f"{make.__name__}.weights.h5", "w") as file:
            make(file, elsewhere)
    for name, content in BOMBS.items():
        write_archive(folder / f"{name}.pth", content)
    torch.save({"weight": Runs(ran)}, folder / "runs.pth")
    torch.save({"weight": Runs(ran)}, folder / "runs_legacy.pth", **LEGACY)
    (folder / "runs_alone.pt").write_bytes(pickle.dumps({"weight": Runs(ran)}, protocol=2))
    write_archive(folder / "unpacks.pth", b"\x00" * (65 * 2**20))
    with zipfile.ZipFile(folder / "unpacks.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("model.weights.h5", "w") as member:
            for _ in range(600):
                member.write(bytes(2**20))
        archive.writestr("config.json", json.dumps({"class_name": "Lambda", "config": {"function": f"{ran}"}}))
    with h5py.File(folder / "six_gigabytes.weights.h5", "w") as file:
        vars_group(file).create_dataset("0", (1600, 10**6), "f4", chunks=(1, 1000))
    torch.save({"layer.weight": torch.ones(1).expand(10**6, 10**6)}, folder / "terabyte.pth")
    header = json.dumps({"layer.weight": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}}).encode()
    (folder / "beyond.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(16))
    (folder / "endless.safetensors").write_bytes((2**62).to_bytes(8, "little") + b"{}")
    np.savez(folder / "objects.npz", layer=np.array([Runs(ran)], object))
    return len(list(folder.iterdir()))


@pytest.mark.backend_free
def test_hostile_files_are_refused_run_nothing_and_need_little_memory(tmp_path):
    folder, ran = tmp_path / "files", tmp_path / "ran"
    folder.mkdir()
    count = write_all(folder, ran)
    finished = subprocess.run([sys.executable, "-c", SCRIPT, str(folder)], cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr[-1000:]
    said, grown = json.loads(finished.stdout.splitlines()[-1])
    assert count == len(said) >= 20
    assert {name: text for name, text in said.items() if text is None or "\n" in text or len(text) > 500} == {}
    assert not ran.exists() and grown < GIBIBYTE
