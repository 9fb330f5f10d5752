import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.weights import open_weights


@pytest.fixture(scope="module")
def model():
    images = keras.Input((8, 8, 3))
    x = keras.layers.BatchNormalization(name="norm")(keras.layers.Conv2D(4, 3, name="first")(images))
    x = keras.Model(x, keras.layers.Dense(2, name="inner")(x), name="nested")(x)
    made = keras.Model(images, x, name="whole")
    for variable in made.weights:
        variable.assign(np.random.default_rng(0).normal(size=variable.shape))
    return made


def read(path):
    with open_weights(path) as arrays:
        return {key: array.read() for key, array in arrays.items()}


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras"])
def test_arrays_have_the_names_of_their_layers(model, tmp_path, name):
    path = tmp_path / name
    model.save_weights(path) if name.endswith("h5") else model.save(path)
    found = read(path)
    layers = {layer.name: layer for layer in model._flatten_layers() if layer.weights and not hasattr(layer, "layers")}
    expected = {f"{name}/{number}": value for name, own in layers.items() for number, value in enumerate(own.weights)}
    assert found.keys() == expected.keys() and set(layers) == {"first", "norm", "inner"}
    for key, variable in expected.items():
        np.testing.assert_array_equal(found[key], keras.ops.convert_to_numpy(variable))


@pytest.mark.parametrize("within", ["", "model_weights"])
def test_files_of_keras_2_are_read(tmp_path, within):
    """Their layout: a group for each layer, which lists its weights in their order."""
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        top = file.create_group(within) if within else file
        top.attrs["layer_names"] = [b"conv", b"pool"]
        top.create_group("pool").attrs["weight_names"] = []
        group = top.create_group("conv")
        group.attrs["weight_names"] = [b"conv/kernel:0", b"conv/bias:0"]
        group["conv/kernel:0"], group["conv/bias:0"] = np.ones((3, 3, 1, 2)), np.zeros(2)
    found = read(path)
    assert {key: value.shape for key, value in found.items()} == {"conv/0": (3, 3, 1, 2), "conv/1": (2,)}


def test_a_name_that_comes_twice_is_left_out(tmp_path):
    path = tmp_path / "twice.weights.h5"
    with h5py.File(path, "w") as file:
        for place, name in (("layers/a/vars", "same"), ("layers/b/vars", "same"), ("layers/c/vars", "other")):
            group = file.create_group(place)
            group.attrs["name"] = name
            group["0"] = np.zeros(2)
    assert list(read(path)) == ["other/0"]


def test_a_lambda_in_a_model_is_not_run(tmp_path):
    """The description of the model in a `.keras` file is not read at all."""
    images = keras.Input((4,))
    made = keras.Model(
        images, keras.layers.Lambda(lambda x: x, name="code")(keras.layers.Dense(2, name="dense")(images))
    )
    path, ran = tmp_path / "a.keras", tmp_path / "ran"
    made.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    config["build_config"] = {"__reduce__": f"open({str(ran)!r}, 'w')"}
    members["config.json"] = json.dumps(config).encode()[:-1]  # and cut off
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert sorted(read(path)) == ["dense/0", "dense/1"] and not ran.exists()


def vars_group(file, name="layer"):
    group = file.create_group("layers/a/vars")
    group.attrs["name"] = name
    return group


def external_storage(file, folder):
    (folder / "secret").write_bytes(b"0123456789abcdef")
    vars_group(file).create_dataset("0", (4,), "f4", external=[(str(folder / "secret"), 0, 16)])


def external_link(file, folder):
    with h5py.File(folder / "other.h5", "w") as other:
        other["secret"] = np.ones(4, "float32")
    vars_group(file)["0"] = h5py.ExternalLink(str(folder / "other.h5"), "secret")


def soft_link(file, folder):
    vars_group(file)["0"] = h5py.SoftLink("/layers")


def virtual(file, folder):
    with h5py.File(folder / "other.h5", "w") as other:
        other["secret"] = np.ones(4, "float32")
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(folder / "other.h5", "secret", (4,))
    vars_group(file).create_virtual_dataset("0", layout)


def texts(file, folder):
    vars_group(file)["0"] = np.array([b"text"], "S4")


HOSTILE = {
    external_storage: "the numbers of .* lie in other files",
    virtual: "the numbers of .* lie in other files",
    external_link: "is a link to another place",
    soft_link: "is a link to another place",
    texts: "is not an array of numbers",
}


@pytest.mark.parametrize(("make", "message"), HOSTILE.items(), ids=[make.__name__ for make in HOSTILE])
def test_numbers_that_are_elsewhere_are_refused(tmp_path, make, message):
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        make(file, tmp_path)
    with pytest.raises(DataError, match=f"a.weights.h5: .*{message}") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_dataset_of_six_gigabytes_costs_nothing_until_it_is_read(tmp_path):
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        vars_group(file).create_dataset("0", (1600, 10**6), "f4", chunks=(1, 1000))
    with open_weights(path) as arrays:
        assert arrays["layer/0"].shape == (1600, 10**6)


def test_groups_that_hold_themselves_come_to_an_end(tmp_path):
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        group = vars_group(file)
        group["0"], group["back"] = np.zeros(2), file["layers"]
    assert list(read(path)) == ["layer/0"]


def test_damaged_files_are_refused(model, tmp_path):
    for name in ("a.weights.h5", "a.keras"):
        path = tmp_path / name
        model.save_weights(path) if name.endswith("h5") else model.save(path)
        whole = path.read_bytes()
        for part in (0.05, 0.4, 0.9):
            path.write_bytes(whole[: int(part * len(whole))])
            with pytest.raises(DataError, match=name):
                read(path)


def test_a_compressed_file_is_not_unpacked_beyond_a_bound(tmp_path):
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("model.weights.h5", "w") as member:
        for _ in range(513):
            member.write(b"\x00" * 2**20)
    with pytest.raises(DataError, match="its weights are compressed and of 537919488 bytes"):
        read(path)
