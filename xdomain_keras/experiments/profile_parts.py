"""What each part of a network has, begins with, and learns at: the table of `xdomain profile`."""

from xdomain_keras.evaluation.profile import count_numbers
from xdomain_keras.training.optimizer import factor_lookup


def profile_parts(network, plan, loaded=None):
    """The parts of a network: parameters, the share of them that was loaded, and the learning-rate factor by stage.

    Parts are the backbone, the heads, and whatever stages freeze, train or give a factor; some lie in others.

    Args:
        network: new `MultiHeadModel`, of which all trains; it is left as the last stage has it.
        plan: `Plan`.
        loaded: `Loaded`, or None where nothing was.

    Returns:
        list of dicts with `part`, `parameters`, `loaded` (0 to 1, where something was) and, for every stage, its name →
        the factor, `frozen`, or both ends where the part has several.
    """
    names = ["backbone", *network.heads]
    for stage in plan.stages:
        names += [*(stage.trainable or ()), *stage.frozen, *stage.optimizer.get("factors", {})]
    terms = {term.name for term in plan.terms}
    found = {name: variables_of(network, name) for name in dict.fromkeys(names) if name not in terms}
    rows = [{"part": name, "parameters": count_numbers(variables)} for name, variables in found.items()]
    if loaded is not None:
        random = set(loaded.random)
        begun = {id(variable) for name, variable in named_variables(network.backbone) if name not in random}
        for row, variables in zip(rows, found.values(), strict=True):
            row["loaded"] = count_numbers([v for v in variables if id(v) in begun]) / max(1, row["parameters"])
    for stage in plan.stages:
        stage.freeze(network)
        trained = {id(variable) for variable in network.trainable_variables}
        factor_of = factor_lookup(stage.optimizer.get("factors"), network, plan.terms)
        for row, variables in zip(rows, found.values(), strict=True):
            row[stage.name] = spread([factor_of(v) if id(v) in trained else 0.0 for v in variables])
    return rows


def variables_of(network, part):
    """The parameters of a part, each once; statistics are not counted."""
    layers = {id(leaf): leaf for layer in network.part(part) for leaf in layer._flatten_layers()}
    variables = {id(v): v for layer in layers.values() for v in layer.trainable_variables}
    return list(variables.values())


def named_variables(model):
    """(`layer/variable`, variable) of all layers of a model, as `Loaded` names them."""
    leaves = [layer for layer in model._flatten_layers() if not list(layer._flatten_layers(include_self=False))]
    return [(f"{layer.name}/{variable.name}", variable) for layer in leaves for variable in layer.trainable_variables]


def spread(factors):
    """Factors as text: one, or the lowest and the highest; 0 is what does not train.

    Example:

    >>> spread([0.1, 0.1]), spread([0.0]), spread([0.0, 1.0])
    ('0.1', 'frozen', 'frozen to 1')
    """
    ends = ["frozen" if factor == 0 else f"{factor:g}" for factor in (min(factors), max(factors))] if factors else ["-"]
    return " to ".join(dict.fromkeys(ends))
