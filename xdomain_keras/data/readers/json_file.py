"""Reading of a JSON file, with faults that name the line."""

import json

from xdomain_keras.data.fault import DataFault


def read_json(path, object_pairs_hook=None):
    """Parse a JSON file.

    Args:
        path: path of the file, in UTF-8.
        object_pairs_hook: as in `json.loads`.

    Returns:
        What the file holds.

    Raises:
        DataFault: the file is missing, unreadable, empty, or no JSON; names line and column.

    Example:

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "boxes.json")
    >>> _ = open(path, "w").write('{"images": []}')
    >>> read_json(path)
    {'images': []}
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
        if not data.strip():
            raise DataFault(path, "", f"empty file ({len(data)} bytes); expected JSON.")
        return json.loads(data, object_pairs_hook=object_pairs_hook)
    except FileNotFoundError:
        raise DataFault(path, "", "missing; expected a JSON file.") from None
    except OSError as error:
        raise DataFault(path, "", f"cannot be read ({error.strerror}); expected a JSON file.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise DataFault(path, place, f"not valid JSON ({error.msg}); mend it there or export it again.") from None
    except UnicodeDecodeError as error:
        raise DataFault(path, f"byte {error.start}", "not UTF-8 text; export it again as UTF-8.") from None
