from xdomain_keras.terms import Needs


def test_needs_of_several_terms_are_joined():
    first, second = Needs(frozenset({"depth"}), frozenset({"c5"})), Needs(features=frozenset({"pooled"}))
    assert first | second == second | first == Needs(frozenset({"depth"}), frozenset({"c5", "pooled"}))
