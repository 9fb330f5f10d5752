"""Experiments: from a config to objects, runs, evaluations. Import the module that you need."""
