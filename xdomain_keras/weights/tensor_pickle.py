"""The part of the pickle format that state dicts of torch are made of, read without running anything.

A pickle is a program that may call any function. Here its steps are interpreted by a table of those that a state dict
needs; a class or function is a name that is compared with a list and never imported (the format is described in
CPython's `pickletools`, the names by `torch/_utils.py`).
"""

import dataclasses
import pickletools

from xdomain_keras.errors import DataError
from xdomain_keras.weights.stored import MEND

MAX_STEPS = 5_000_000  # of one pickle; the largest published networks take some ten thousands
ADVICE = "save the state dict alone: torch.save(model.state_dict(), FILE)"
# Storages of torch → their numbers as NumPy writes them.
STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
}
REBUILD = {"torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor"}
PARAMETER = "torch._utils _rebuild_parameter"
DICT = "collections OrderedDict"
KNOWN = {*REBUILD, PARAMETER, DICT, "torch Size", *(f"torch {name}" for name in STORAGES)}
_MARK = object()


@dataclasses.dataclass(frozen=True)
class Storage:
    """A row of numbers in the file: its key there, their code (see `STORAGES`), and how many there are."""

    key: str
    code: str
    count: int


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A view of a storage: `offset`, `shape` and `strides` in numbers, not bytes."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple


def load_pickle(file, storages=None):
    """Read one pickle, from where the file stands to its end.

    Args:
        file: binary file.
        storages: dict that is filled with the `Storage`s by their keys, or None.

    Returns:
        dicts, lists, tuples, texts and numbers, with `Tensor`s for tensors.

    Raises:
        DataError: anything else is in it, or it is cut off; the message says what.

    Example:

    >>> import io, pickle
    >>> load_pickle(io.BytesIO(pickle.dumps({"epoch": 3}, protocol=2)))
    {'epoch': 3}
    >>> load_pickle(io.BytesIO(pickle.dumps(print, protocol=2)))
    Traceback (most recent call last):
    xdomain_keras.errors.DataError: holds `__builtin__.print`, which is neither a tensor, a number nor text; save ...
    """
    machine = _Machine({} if storages is None else storages)
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            if number > MAX_STEPS:
                raise DataError(f"its pickle has more than {MAX_STEPS} steps; {ADVICE}.")
            if opcode.name == "STOP":
                return machine.pop()
            step = getattr(machine, f"on_{opcode.name}", None)
            if step is None:
                raise DataError(f"its pickle has a step `{opcode.name}`, which no state dict needs; {ADVICE}.")
            step(argument)
    except DataError:
        raise
    except Exception as error:  # whatever a damaged pickle leads to
        raise DataError(f"its pickle is damaged ({type(error).__name__}); {MEND}") from error
    raise DataError("its pickle has no end")


class _Machine:
    """The stack and the memory of a pickle; a method `on_…` for each step that is allowed."""

    def __init__(self, storages):
        self.stack, self.memo, self.storages = [], {}, storages

    def pop(self):
        return self.stack.pop()

    def push(self, value):
        self.stack.append(value)

    def pop_mark(self):
        """What lies above the last mark, and the mark, taken off the stack."""
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
        found = self.stack[place + 1 :]
        del self.stack[place:]
        return found

    def skip(self, argument):
        pass

    on_PROTO = on_FRAME = skip
    on_BINUNICODE = on_SHORT_BINUNICODE = on_BINSTRING = on_SHORT_BINSTRING = push
    on_BININT = on_BININT1 = on_BININT2 = on_LONG1 = on_BINFLOAT = push

    def on_NONE(self, _):
        self.push(None)

    def on_NEWTRUE(self, _):
        self.push(True)

    def on_NEWFALSE(self, _):
        self.push(False)

    def on_MARK(self, _):
        self.push(_MARK)

    def on_EMPTY_DICT(self, _):
        self.push({})

    def on_EMPTY_LIST(self, _):
        self.push([])

    def on_EMPTY_TUPLE(self, _):
        self.push(())

    def on_TUPLE(self, _):
        self.push(tuple(self.pop_mark()))

    def on_TUPLE1(self, _):
        self.push((self.pop(),))

    def on_TUPLE2(self, _):
        second = self.pop()
        self.push((self.pop(), second))

    def on_TUPLE3(self, _):
        third, second = self.pop(), self.pop()
        self.push((self.pop(), second, third))

    def on_BINPUT(self, place):
        self.memo[place] = self.stack[-1]

    on_LONG_BINPUT = on_BINPUT

    def on_MEMOIZE(self, _):
        self.memo[len(self.memo)] = self.stack[-1]

    def on_BINGET(self, place):
        self.push(self.memo[place])

    on_LONG_BINGET = on_BINGET

    def on_APPEND(self, _):
        value = self.pop()
        _require(self.stack[-1], list).append(value)

    def on_APPENDS(self, _):
        values = self.pop_mark()
        _require(self.stack[-1], list).extend(values)

    def on_SETITEM(self, _):
        value, key = self.pop(), self.pop()
        _require(self.stack[-1], dict)[_require(key, str, int)] = value

    def on_SETITEMS(self, _):
        values = self.pop_mark()
        target = _require(self.stack[-1], dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[_require(key, str, int)] = value

    def on_BUILD(self, _):
        self.pop()  # attributes of a dict, such as the versions of torch's modules
        _require(self.stack[-1], dict)

    def on_GLOBAL(self, name):
        if name not in KNOWN:
            raise DataError(
                f"holds `{name.replace(' ', '.'):.80}`, which is neither a tensor, a number nor text; {ADVICE}."
            )
        self.push(_Name(name))

    def on_STACK_GLOBAL(self, _):
        name, module = _require(self.pop(), str), _require(self.pop(), str)
        self.on_GLOBAL(f"{module} {name}")

    def on_BINPERSID(self, _):
        kind, storage, key, _, count, *view = _require(self.pop(), tuple)
        if kind != "storage" or any(each is not None for each in view):
            raise DataError("has views of storages, as torch wrote them before 0.4; load and save it with a newer one")
        code = STORAGES[_require(storage, _Name).text.removeprefix("torch ")]
        self.storages[_require(key, str)] = Storage(key, code, _natural(count))
        self.push(self.storages[key])

    def on_REDUCE(self, _):
        arguments, function = _require(self.pop(), tuple), _require(self.pop(), _Name).text
        if function == DICT and not arguments:
            self.push({})
        elif function in REBUILD:
            storage, offset, shape, strides = arguments[:4]
            shape, strides = (tuple(map(_natural, _require(each, tuple))) for each in (shape, strides))
            if len(shape) != len(strides) or len(shape) > 32:
                raise DataError("a tensor's strides do not fit its shape")
            self.push(Tensor(_require(storage, Storage), _natural(offset), shape, strides))
        elif function == PARAMETER:
            self.push(_require(arguments[0], Tensor))
        elif function == "torch Size":
            self.push(tuple(_require(arguments[0], tuple)))
        else:
            raise DataError(f"`{function}` is called as no state dict calls it")


@dataclasses.dataclass(frozen=True)
class _Name:
    """Of a class or function, `module name`."""

    text: str


def _require(value, *kinds):
    if not isinstance(value, kinds):
        raise DataError(f"has a {type(value).__name__} where a {kinds[0].__name__} stands in a state dict")
    return value


def _natural(value):
    if type(value) is not int or value < 0:
        raise DataError(f"has {value!r:.40} where a number of elements stands")
    return value
