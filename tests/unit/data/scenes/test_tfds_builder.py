"""The TFDS builder writes what the renderer makes."""

import numpy as np
import pytest

from xdomain_keras.data.scenes import KEYPOINT_NAMES, render

tfds = pytest.importorskip("tensorflow_datasets")


@pytest.mark.parametrize("world", ["street", "room"])
def test_built_data_set_reads_back_equal_to_the_renderer(tmp_path, world):
    from xdomain_keras.data.scenes.tfds_builder import ScenesConfig, XdomainScenes

    config = ScenesConfig(name=f"{world}_few", world=world, look="photo", size=(32, 48), counts=(3, 1, 1))
    builder = XdomainScenes(data_dir=tmp_path, config=config)
    builder.download_and_prepare()
    assert {name: split.num_examples for name, split in builder.info.splits.items()} == {
        "train": 3,
        "validation": 1,
        "test": 1,
    }
    seen = set()
    for split in ("train", "validation", "test"):
        for sample in tfds.as_numpy(builder.as_dataset(split=split)):
            name = sample["id"].decode()
            seed = tuple(int(part) for part in name.split("/")[2:])
            expected = render(world, "photo", (32, 48), seed)
            assert set(sample) == set(expected)
            for key in expected.keys() - {"id"}:
                np.testing.assert_array_equal(sample[key], expected[key], err_msg=key)
            seen.add(name)
    assert len(seen) == 5
    assert builder.info.features["keypoints"].shape == (len(KEYPOINT_NAMES[world]), 4)


def test_the_four_configs_are_listed():
    from xdomain_keras.data.scenes.tfds_builder import XdomainScenes

    names = [config.name for config in XdomainScenes.BUILDER_CONFIGS]
    assert names == ["street_synthetic", "street_photo", "room_synthetic", "room_photo"]


def test_the_tfds_reader_knows_the_scenes_and_gives_what_the_renderer_makes(tmp_path, monkeypatch):
    from xdomain_keras.data.readers import Tfds
    from xdomain_keras.data.scenes.tfds_builder import XdomainScenes

    config = XdomainScenes.builder_configs["room_photo"]
    monkeypatch.setattr(config, "counts", (2, 1, 1))
    monkeypatch.setattr(config, "size", (32, 48))
    source = Tfds("xdomain_scenes/room_photo", split="train", data_dir=str(tmp_path))
    assert len(source) == 2
    assert source.names["boxes"][0] == "window"
    first = source.records[0]["id"].decode()
    expected = render("room", "photo", (32, 48), tuple(int(part) for part in first.split("/")[2:]))
    for key in expected.keys() - {"id"}:
        np.testing.assert_array_equal(source[0][key], expected[key], err_msg=key)
