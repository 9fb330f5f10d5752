"""torch's own files, and others that say they are; torch writes them and is not needed to read them."""

import argparse
import collections
import os
import pickle
import zipfile

import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.weights import open_weights

torch = pytest.importorskip("torch", reason="torch writes the files")
STATE = collections.OrderedDict(
    parameter=torch.nn.Parameter(torch.arange(24.0).reshape(4, 6).T),
    every_other=torch.arange(24.0).reshape(4, 6)[1:3, ::2],
    half=torch.arange(3, dtype=torch.float16),
    bfloat16=torch.arange(3, dtype=torch.bfloat16),
    whole=torch.tensor(5),
    empty=torch.zeros(0, 3),
    truths=torch.tensor([True, False]),
    repeated=torch.ones(1, 3).expand(2, 3),
)
MODERN = [{"pickle_protocol": protocol} for protocol in (2, 3, 4, 5)]
LEGACY = {"_use_new_zipfile_serialization": False}


@pytest.fixture
def save(tmp_path):
    """Callable that lets torch write something, and returns the path."""

    def write(value, **options):
        path = tmp_path / "weights.pth"
        torch.save(value, path, **options)
        return path

    return write


def read(path):
    with open_weights(path) as arrays:
        return {key: array.read() for key, array in arrays.items()}


@pytest.mark.parametrize("options", [*MODERN, LEGACY])
@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"epoch": 3, "best": 0.5, "model": state}])
def test_tensors_are_as_torch_reads_them(save, options, wrap):
    path = save(wrap(STATE), **options)
    with open_weights(path) as arrays:
        assert list(arrays) == list(STATE)
        for key, tensor in STATE.items():
            found = arrays[key].read()
            assert found.shape == arrays[key].shape == tuple(tensor.shape) and found.dtype == arrays[key].dtype
            assert np.array_equal(found.astype("float64"), tensor.detach().double().numpy()), key


def test_a_checkpoint_with_an_optimizer_holds_the_networks_weights(save):
    network = torch.nn.Linear(2, 3)
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    network(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    path = save({"optimizer": optimizer.state_dict(), "state_dict": network.state_dict()})
    assert list(read(path)) == ["weight", "bias"]


def test_of_two_state_dicts_the_average_is_taken(save):
    state = {"weight": torch.zeros(2)}
    assert read(save({"model": state, "model_ema": {"weight": torch.ones(2)}}))["weight"].tolist() == [1, 1]
    with pytest.raises(DataError, match="or one under a key such as `state_dict`; it holds left, right"):
        read(save({"left": state, "right": state}))


class Runs:
    """A pickle of it calls a function that leaves a file behind."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


ADVICE = r"save the state dict alone: torch.save\(model.state_dict\(\), FILE\)"


@pytest.mark.parametrize("options", [{}, LEGACY])
def test_nothing_in_a_file_is_run(save, tmp_path, options):
    with pytest.raises(DataError, match=f"holds `posix.mkdir`, which is neither a tensor.*{ADVICE}"):
        read(save({"weight": Runs(tmp_path / "ran"), "other": torch.ones(2)}, **options))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
        ({"model": dict(STATE), "args": argparse.Namespace(lr=0.1)}, "argparse.Namespace"),
        ({"model": dict(STATE), "best": np.float64(0.5)}, "numpy.*scalar"),
        ({"model": dict(STATE), "kind": torch.float32}, "torch.*"),
        ({"weight": torch.ones(2, 2).to_sparse()}, "torch._utils._rebuild_sparse_tensor"),
    ],
    ids=["model", "arguments", "scalar", "dtype", "sparse"],
)
def test_what_is_more_than_tensors_is_refused(save, value, name):
    with pytest.raises(DataError, match=f"weights.pth: holds `{name}`, which is neither .*{ADVICE}"):
        read(save(value))


def test_what_holds_no_dict_of_tensors_is_refused(save):
    with pytest.raises(DataError, match="holds a list; expected a dict of tensors"):
        read(save([torch.ones(2)]))
    with pytest.raises(DataError, match="expected a dict of tensors, .* it holds epoch"):
        read(save({"epoch": 3}))


@pytest.mark.parametrize("options", [{}, LEGACY], ids=["zip", "legacy"])
def test_a_file_that_is_cut_off_is_refused(save, options):
    path = save(STATE, **options)
    whole = path.read_bytes()
    for part in (0.02, 0.3, 0.6, 0.9, 0.99):
        path.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(DataError, match="weights.pth: "):
            read(path)


def rewritten(path, change):
    """The zip archive with its members changed by a function of a dict."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def member(members, end):
    return next(name for name in members if name.endswith(end))


def test_numbers_that_are_missing_or_too_few_are_refused(save):
    path = save({"weight": torch.ones(100)})
    with pytest.raises(DataError, match="the numbers of `weight` are cut off"):
        read(rewritten(path, lambda members: members.update({member(members, "data/0"): b"1234"})))
    with pytest.raises(DataError, match="has no plain numbers for storage `0`"):
        read(rewritten(path, lambda members: members.pop(member(members, "data/0"))))
    with pytest.raises(DataError, match="big-endian"):
        read(
            rewritten(
                save({"a": torch.ones(1)}), lambda members: members.update({member(members, "byteorder"): b"big"})
            )
        )


def test_a_tensor_reads_no_numbers_beyond_its_storage(save):
    """A shape or an offset that a damaged pickle gives is held against the numbers that there are."""

    def enlarge(members):
        name = member(members, "data.pkl")
        members[name] = members[name].replace(b"K\x64", b"K\x65")  # 100 → 101, of the shape and of the storage

    with pytest.raises(DataError, match="the numbers of `weight` are cut off"):
        read(rewritten(save({"weight": torch.ones(100)}), enlarge))


def test_what_is_no_state_dict_is_refused(tmp_path):
    path = tmp_path / "weights.pth"
    for content, message in (
        (b"", "is not a file of weights"),
        (b"# a text", "is not a file of weights"),
        (pickle.dumps({"a": 1}, protocol=2), "is not a file of torch"),
        (pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2), "its pickle is damaged|has no end"),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=f"weights.pth: .*({message})"):
            read(path)
    torch.jit.script(torch.nn.Linear(2, 2)).save(path)
    with pytest.raises(DataError, match="is a TorchScript program"):
        read(path)


BOMBS = {
    "memory": b"\x80\x02}r\xff\xff\xff\x7f.",  # writes to place 2**31 of the memory
    "text": b"\x80\x02X\xff\xff\xff\x7f" + b"a" * 10,  # a text of 2 GiB that is not there
    "number": b"\x80\x02\x8b\xff\xff\xff\x7f" + b"1" * 10,  # a number of as many bytes
    "nested": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "doubled": b"\x80\x02]q\x00"
    + b"".join(b"]q" + bytes([i + 1]) + b"(h" + bytes([i]) * 1 + b"h" + bytes([i]) + b"e" for i in range(60))
    + b".",
    "steps": b"\x80\x02" + b"N0" * 10 + b".",
    "marks": b"\x80\x02t.",
    "build": b"\x80\x02K\x01K\x02b.",
    "unhashable": b"\x80\x02}]K\x01s.",
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=list(BOMBS))
def test_hostile_pickles_are_refused_and_need_no_memory(tmp_path, content):
    path = tmp_path / "weights.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    with pytest.raises(DataError, match="weights.pth: ") as caught:
        read(path)
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_a_pickle_that_unpacks_to_more_than_any_network_has_is_refused(tmp_path):
    path = tmp_path / "weights.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x00" * (65 * 2**20))
    assert path.stat().st_size < 2**20
    with pytest.raises(DataError, match="its pickle has more than"):
        read(path)


def test_an_array_is_read_when_it_is_asked_for(save):
    """An expanded tensor says that it has a trillion numbers; to see its shape costs nothing."""
    path = save({"large": torch.ones(1).expand(10**6, 10**6)})
    with open_weights(path) as arrays:
        assert arrays["large"].shape == (10**6, 10**6)
