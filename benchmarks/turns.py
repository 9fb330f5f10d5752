"""Fair timing on a machine that others use too: turn by turn, compared pair by pair."""

import time

import numpy as np


def take_turns(actions, rounds, warm_up=2):
    """Call every action once a round, the order reversed every other round.

    Args:
        actions: dict of name → callable.
        rounds: number of timed rounds.
        warm_up: rounds before them, not timed.

    Returns:
        (dict of name → wall seconds `[rounds]`, dict of name → CPU seconds of this process `[rounds]`).
    """
    wall, cpu = {name: [] for name in actions}, {name: [] for name in actions}
    for turn in range(warm_up + rounds):
        for name in list(actions)[:: 1 if turn % 2 else -1]:
            start, start_cpu = time.perf_counter(), time.process_time()
            actions[name]()
            seconds, seconds_cpu = time.perf_counter() - start, time.process_time() - start_cpu
            if turn >= warm_up:
                wall[name].append(seconds)
                cpu[name].append(seconds_cpu)
    return {name: np.array(s) for name, s in wall.items()}, {name: np.array(s) for name, s in cpu.items()}


def extra_cost(seconds, base_seconds, samples=2000, seed=0):
    """How much longer the one takes than the other: the median of the ratios of a round, minus 1.

    Args:
        seconds: float `[rounds]`.
        base_seconds: float `[rounds]`, of the same rounds.
        samples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        (extra cost as a part, lower and upper bound of its 95% bootstrap interval).
    """
    ratios = np.asarray(seconds) / np.asarray(base_seconds)
    draws = np.random.default_rng(seed).choice(ratios, (samples, len(ratios)))
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return float(np.median(ratios) - 1), float(low - 1), float(high - 1)
