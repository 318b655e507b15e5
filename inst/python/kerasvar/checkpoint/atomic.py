"""Writing files so that each is there whole or not at all, and stays there: temporary file, fsync, rename.

A file that is being written is locked (where there are such locks). So whoever saves next can tell what
a save that was killed has left behind from what another one is writing now, and removes the former.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat

from .files import kind_of_file

try:
    import fcntl
except ImportError:  # Windows, where a file that somebody writes cannot be removed.
    fcntl = None

__all__ = ["create", "remove_abandoned", "replacing", "saving_to", "sync_folder", "target_of"]


def target_of(path):
    """The path to be written, behind links, for a link stays one.

    Raises:
        ValueError: what is there is no regular file.
        FileNotFoundError: there is no such folder.
    """
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"`path`: there is no folder {folder!r}.")
    with contextlib.suppress(FileNotFoundError):
        kind = kind_of_file(os.lstat(target).st_mode)
        if kind is not None:
            raise ValueError(f"`path`: {path!r} is {kind}, and is left as it is.")
    return target


@contextlib.contextmanager
def saving_to(path):
    """Errors of the system, such as a full disk, say what they mean for `path`."""
    try:
        yield
    except OSError as error:
        if not error.errno:
            raise
        plain = type(error)(f"`path`: {path!r} cannot be saved: {error.strerror}. What was there stays.")
        plain.errno = error.errno
        raise plain from error


@contextlib.contextmanager
def replacing(target):
    """A binary file to write to, which takes the place of `target`; it goes if anything fails."""
    stem = _stem(target)
    remove_abandoned(os.path.dirname(target), re.escape(os.path.basename(stem)) + r"\.[0-9a-f]{8}\.tmp")
    temporary = None
    try:
        file, temporary = create(lambda: f"{stem}.{secrets.token_hex(4)}.tmp")
        with file:
            yield file
            if hasattr(os, "fchmod"):
                with contextlib.suppress(FileNotFoundError):
                    os.fchmod(file.fileno(), stat.S_IMODE(os.stat(target).st_mode))
            # Before the name: else a crash may leave an empty file in place of the old one.
            os.fsync(file.fileno())
            if fcntl is not None:
                os.replace(temporary, target)
        if fcntl is None:  # Windows moves no file that is open.
            os.replace(temporary, target)
    except BaseException:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.remove(temporary)
        raise
    sync_folder(os.path.dirname(target))


def _stem(target):
    folder, name = os.path.split(target)
    if len(os.fsencode(name)) > 200:
        # With an ending, it would be longer than names can be.
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return os.path.join(folder, name)


def create(new_name):
    """`(file, name)` of a new file, open for writing and locked; `new_name()` gives names to try."""
    while True:
        name = new_name()
        file = open(name, "xb+", buffering=0)
        try:
            if fcntl is not None:
                with contextlib.suppress(OSError):
                    fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:
                return file, name
            # Somebody took it for abandoned before it was locked.
            file.close()
        except BaseException:
            file.close()
            with contextlib.suppress(OSError):
                os.remove(name)
            raise


def remove_abandoned(folder, pattern, spare=lambda name: False):
    """Remove the files of the folder whose names match and that nobody is writing, but those to `spare`."""
    matches = re.compile(pattern).fullmatch
    with contextlib.suppress(OSError):
        for name in filter(matches, os.listdir(folder)):
            with contextlib.suppress(OSError):
                _remove_if_abandoned(os.path.join(folder, name), lambda: spare(name))


def _remove_if_abandoned(path, spare):
    if fcntl is None:
        if not spare():
            os.remove(path)
        return
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Only now: whoever held the lock may have made the file one of those to spare.
        if kind_of_file(os.fstat(file).st_mode) is None and not spare():
            os.remove(path)
    finally:
        os.close(file)


def sync_folder(folder):
    """Have the names in a folder written to disk, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)
