import pytest

from xdomain_keras.experiments.cosines import cosine_notes


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([-0.5, 0.1], "work against each other in the shared backbone: cosine -0.20 on average, below 0 in 1 of 2"),
        ([0.5, 0.1], "help each other in the shared backbone: cosine +0.30 on average, below 0 in 0 of 2 epochs"),
        ([0.02, -0.04], "hardly meet in the shared backbone: cosine -0.01 on average, below 0 in 1 of 2 epochs"),
        ([None, 0.3], "help each other in the shared backbone: cosine +0.30 on average, below 0 in 0 of 1 epochs"),
    ],
)
def test_cosines_are_said_in_words(values, said):
    (note,) = cosine_notes([{"cosine/a~b": value, "loss": 1.0} for value in values])
    assert said in note and note.startswith("`a` and `b`")


def test_the_last_stage_counts_and_nothing_is_said_of_nothing():
    log = [{"stage_index": 0, "cosine/a~b": -0.9}, {"stage_index": 1, "cosine/a~b": 0.9, "cosine/a~c": 0.0}]
    helping, meeting = cosine_notes(log)
    assert helping.startswith("`a` and `b` help") and meeting.startswith("`a` and `c` hardly")
    assert cosine_notes([]) == cosine_notes([{"loss": 1.0}]) == []
