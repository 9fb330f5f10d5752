"""The table of a sweep, `sweep.json`: rows are added and completed, never lost."""

import json

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.files import write_atomically


class SweepTable:
    """The rows of a sweep in its folder, one for every run and split.

    A row is `{"run": …, "setting": {key: value}, "split": …, "figures": {name: value}}`. A later command of the same
    sweep adds rows, or measures one anew; rows of other values and other splits stay.

    Args:
        folder: `pathlib.Path` of the sweep, with its runs.

    Raises:
        ConfigError: the folder has a `sweep.json` that is not such a table.
    """

    def __init__(self, folder):
        self.folder, self.path, self.rows = folder, folder / "sweep.json", []
        try:
            if self.path.exists():
                self.rows = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            self.rows = None
        rows = self.rows if isinstance(self.rows, list) else [None]
        if not all(isinstance(row, dict) and isinstance(row.get("setting"), dict) and "run" in row for row in rows):
            raise ConfigError(f"{self.path}: is not the table of a sweep; move it away, or choose another --run.")

    def require_same_sweep(self, keys, config_of):
        """Raise a `ConfigError` unless the rows that are there belong to the sweep that is to run.

        They do if they vary the same keys, and if what is not varied is as it was: today's config with a row's setting
        is the one that the row's run was trained with.

        Args:
            keys: the keys of the config that the sweep varies.
            config_of: callable, setting → `ExperimentConfig`.
        """
        for row in self.rows:
            if set(row["setting"]) != set(keys):
                raise ConfigError(
                    f"{self.path}: is the table of a sweep over {', '.join(row['setting'])}; this one is over "
                    f"{', '.join(keys)}. Choose another folder with --run."
                )
            run = RunFolder(self.folder / str(row["run"]))
            if run.config_file.exists() and run.config() != config_of(row["setting"]):
                raise ConfigError(
                    f"{self.path}: is the table of a sweep of another config: its run {row['run']} differs in more "
                    f"than {', '.join(keys)}. Choose another folder with --run."
                )

    def add(self, run, setting, split, figures):
        """Add a row, or put it in the place of the one of the same run and split, and write the table."""
        row = {"run": run, "setting": setting, "split": split, "figures": figures}
        places = [(each["run"], each.get("split")) for each in self.rows]
        if (run, split) in places:
            self.rows[places.index((run, split))] = row
        else:
            self.rows.append(row)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path, json.dumps(self.rows, indent=2) + "\n")

    def of_split(self, split):
        """(header, rows) of all figures of a split."""
        rows = [row for row in self.rows if row.get("split") == split]
        columns = list(dict.fromkeys(key for row in rows for key in row["figures"]))
        return ["run", *columns], [[row["run"], *(row["figures"].get(key) for key in columns)] for row in rows]
