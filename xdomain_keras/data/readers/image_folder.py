"""Reader of a folder of images: the base of the readers whose images are files."""

import os

from xdomain_keras.data.fault import DataFault, Fault
from xdomain_keras.data.file_names import FileNames
from xdomain_keras.data.images import IMAGE_SUFFIXES, read_image, read_image_size
from xdomain_keras.data.readers.file_pattern import FilePattern
from xdomain_keras.data.source import Source


def list_files(folder, suffixes=("",)):
    """List the files of a folder and the folders in it, sorted, without hidden ones.

    Args:
        folder: path of the folder.
        suffixes: tuple of str such as `(".png",)`, in lower case; the files' may be in any case. Any by default.

    Returns:
        List of str, paths relative to `folder` with `/` between the parts.

    Raises:
        DataFault: there is no such folder.

    Example:

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("b.PNG", "a.png", ".c.png", "d.txt"):
    ...     open(os.path.join(folder, name), "w").close()
    >>> list_files(folder, (".png",))
    ['a.png', 'b.PNG']
    """
    names, below = [], [""]
    try:
        while below:
            inside = below.pop()
            with os.scandir(os.path.join(folder, inside)) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir():
                        below.append(f"{inside}{entry.name}/")
                    elif entry.name.lower().endswith(suffixes):
                        names.append(inside + entry.name)
    except OSError as error:
        path = os.path.normpath(error.filename)
        raise DataFault(path, "", f"cannot be listed ({error.strerror}); expected a folder.") from None
    return sorted(names)


class ImageFolder(Source):
    """The images of a folder and the folders in it, sorted by name; without labels of its own.

    The `ids` are the file names with suffix, relative to the folder, as in every reader of image files:
    sources over the same folder join.

    Args:
        images: path of the folder, or a `FilePattern` such as `folder/*_left.png`, which takes no others.
        ids: list of the file names to use; all images by default.
        labels: kinds of labels that a reader built on this one yields.
        names: of their classes, as of `Source`.

    Raises:
        DataError: there is no such folder, or no image in it.

    Example:

    >>> import os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.zeros((2, 3, 3), np.uint8))
    >>> ImageFolder(folder)[0]["id"]
    'a.png'
    """

    def __init__(self, images: str, ids: list | None = None, labels=(), names=()):
        self.pattern = FilePattern(images)
        self.images = self.pattern.folder
        files = list_files(self.images)
        if ids is None:
            ids = [name for name in files if self.pattern.matches(name, IMAGE_SUFFIXES)]
            if not ids:
                ends = images if self.pattern.end else ", ".join(IMAGE_SUFFIXES)
                raise DataFault(self.images, "", f"no image in this folder; expected files ({ends}).")
        super().__init__(ids, labels, names)
        self.files = FileNames(files)
        self._sizes = {}

    def image_path(self, index):
        """Return the path of one image."""
        return os.path.join(self.images, self.ids[index])

    def read_image(self, index):
        return read_image(self.image_path(index))

    def read_image_size(self, index):
        """Return the `(height, width)` of one image in pixels; read once."""
        name = self.ids[index]
        if name not in self._sizes:
            self._sizes[name] = read_image_size(self.image_path(index))
        return self._sizes[name]

    def read_labels(self, index):
        return {}

    def add_fault(self, file, field, message):
        """Note one fault; reading goes on."""
        self.faults.append(Fault(str(file), field, message))

    def require_images(self):
        """Raise `DataFault` with the first fault where no image is left."""
        if not self.ids:
            first, rest = self.faults[0], len(self.faults) - 1
            raise DataFault(first.file, first.field, f"{first.message} No image is left ({rest} more faults).")
