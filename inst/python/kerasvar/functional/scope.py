"""Scope: a cursor into a tree of variables, with random keys and the right to write.

The tree is a dict of collections ("params", "batch_stats"), each a nested dict; a scope stands at
one path in all of them. All scopes of a tree share its dicts: what is written through one is seen
through all. Semantics: `flax.core.scope.Scope`. This module knows no framework; what it must know of
what is being transformed it asks `backends`, and of shapes without values `probing`.

Stricter than the reference: a scope ends with its parents, and neither counts keys, nor writes, nor
makes children inside a transformation that it was not made in. Dicts are copied on their way in and
out, so that nothing that was handed over changes later.
"""

import contextlib
import copy
import functools
from collections.abc import Mapping
from types import MappingProxyType

from .. import backends
from . import meta, probing
from .errors import (
    InvalidRngError,
    InvalidScopeError,
    JaxTransformError,
    ModifyScopeVariableError,
    ScopeCollectionNotFound,
    ScopeParamNotFoundError,
    ScopeParamShapeError,
    ScopeVariableNotFoundError,
)
from .filters import in_filter
from .frozen import copied, freeze
from .initial import from_key
from .reference import VariableReference
from .rng import LazyRng
from .config import config

_NOTHING = MappingProxyType({})
_REQUIRED = object()


class _Counters(dict):
    """How many keys of each name were made; `children` has those of the child scopes, by name."""

    __slots__ = ("children",)

    def __init__(self, names):
        super().__init__(dict.fromkeys(names, 0))
        self.children = {}


def _current_trace():
    """The transformations in force, one entry a framework that has any: () outside all of them."""
    states = ((backend.name, backend.trace_state()) for backend in backends.loaded())
    return tuple(state for state in states if state[1] is not None)


class Scope:
    """A place in a tree of variables.

    Args:
        variables: the dict of collections; written to as it is, not copied.
        rngs: dict from names to keys or `LazyRng`s.
        name: the scope's own name.
        mutable: filter for the collections that may be written.
        parent: the scope above; None for a root.
        path: the names from the root to here.
        debug_path: the same for errors, where it may say more; the path if empty.
        flags: dict of settings that children inherit.
        store: what reads and writes the leaves of a tree that does not hold the values themselves
            (`variables.VariableStore`); a child has its parent's.

    Two scopes are equal if they share the tree, the path and the key counters.
    """

    def __init__(
        self,
        variables,
        rngs=None,
        name=None,
        mutable=False,
        parent=None,
        path=(),
        debug_path=(),
        flags=None,
        *,
        store=None,
    ):
        self._variables = variables
        self.rngs = {key: LazyRng.create(rng) for key, rng in (rngs or {}).items()}
        self.name = name
        self.mutable = mutable
        self.parent = parent
        self.path = tuple(path)
        self.debug_path = tuple(debug_path) or self.path
        self.flags = freeze(flags or {})
        self.rng_counters = _Counters(self.rngs)
        self.reservations = {}
        self.trace_level = _current_trace()
        self._store = parent._store if parent else store
        self._within = parent
        self._ended = False

    def __repr__(self):
        ended = ", no longer valid" if self.invalid else ""
        return (
            f"<Scope {self.path_text!r}, mutable={self.mutable!r}, rngs={list(self.rngs)}{ended}>"
        )

    @property
    def _place(self):
        # What a scope stands in and counts with is shared, so identity tells.
        return id(self.root._variables), id(self.rng_counters), self.path

    def __eq__(self, other):
        return self._place == other._place if isinstance(other, Scope) else NotImplemented

    def __hash__(self):
        return hash(self._place)

    # -- where it stands, and whether it may be used

    @property
    def root(self):
        """The scope at the top."""
        return self.parent.root if self.parent else self

    @property
    def path_text(self):
        """The debug path, as in "/encoder/dense"."""
        return "/" + "/".join(self.debug_path)

    @property
    def invalid(self):
        """Whether this scope has ended, or one that it lives in."""
        return self._ended or (self._within is not None and self._within.invalid)

    def invalidate(self):
        """End the scope: it can be read from then on, but not used."""
        self._ended = True

    @contextlib.contextmanager
    def temporary(self):
        """A context manager that gives the scope, and ends it on leaving."""
        try:
            yield self
        finally:
            self.invalidate()

    def _check_valid(self):
        if self.invalid:
            raise InvalidScopeError(self.name, self.path_text)

    def _check_usable(self):
        self._check_valid()
        if not probing.is_probing() and _current_trace() != self.trace_level:
            raise JaxTransformError(self.path_text)

    def has_flag(self, key):
        """Whether the flag is set."""
        return key in self.flags

    def get_flag(self, key, default=_REQUIRED):
        """The flag's value; ValueError if it is not set and there is no default."""
        if key not in self.flags and default is _REQUIRED:
            raise ValueError(
                f"Scope {self.path_text!r} has no flag {key!r}; it has: {', '.join(self.flags)}."
            )
        return self.flags.get(key, default)

    # -- names

    def reserve(self, name, col=None):
        """Take a name: for a child scope, or, with `col`, for a variable of that collection.

        Raises:
            TypeError: the name is no string.
            ValueError: it is taken by a child, by a variable of `col`, or, for a child, by any.
        """
        if not isinstance(name, str):
            raise TypeError(
                f"Names in scope {self.path_text!r} must be strings. "
                f"Received: {name!r} (type {type(name).__name__})"
            )
        if self.name_reserved(name, col):
            what = "a child scope" if col is None else f"a variable of the collection {col!r}"
            raise ValueError(
                f"The name {name!r} is in use already in scope {self.path_text!r}: it cannot be "
                f"taken for {what} again. Take another name, or call what `child()` returned twice."
            )
        self.reservations.setdefault(name, set()).add(col)

    def name_reserved(self, name, col=None):
        """Whether `reserve(name, col)` would find the name taken."""
        taken = self.reservations.get(name, ())
        return bool(taken) if col is None else None in taken or col in taken

    def default_name(self, prefix):
        """The first of prefix + "0", prefix + "1", ... that is free; it is not reserved."""
        count = 0
        while f"{prefix}{count}" in self.reservations:
            count += 1
        return f"{prefix}{count}"

    # -- children

    def push(self, name=None, prefix="", reuse=False):
        """The child scope `name`.

        Args:
            name: its name; if None, `default_name(prefix)`.
            reuse: whether the name may be in use already; the child then goes on counting keys
                where the other one is.

        Raises:
            InvalidScopeError, JaxTransformError: this scope is not to be used here.
            TypeError, ValueError: see `reserve`.
        """
        self._check_usable()
        if name is None:
            name = self.default_name(prefix)
        if not (reuse and name in self.reservations):
            self.reserve(name)
        child = Scope(
            {},
            rngs={key: LazyRng.create(rng, name) for key, rng in self.rngs.items()},
            name=name,
            mutable=self.mutable,
            parent=self,
            path=(*self.path, name),
            debug_path=(*self.debug_path, name),
            flags=self.flags,
        )
        child.rng_counters = self.rng_counters.children.setdefault(name, child.rng_counters)
        return child

    def child(self, fn, name=None, prefix=None, named_call=True, **partial_kwargs):
        """`fn` with a child scope as its first argument. Calling it again shares the variables.

        Args:
            fn: takes a scope and any other arguments.
            name, prefix: as for `push`; the prefix defaults to the function's name and "_".
            named_call: whether jax's profiles show the calls under the name.
            **partial_kwargs: arguments that are passed on in each call.

        Raises what `push` raises.
        """
        if name is None and prefix is None:
            prefix = f"{fn.__name__}_" if hasattr(fn, "__name__") else ""
        scope = self.push(name, prefix or "")

        @functools.wraps(fn)
        def call(*args, **kwargs):
            with contextlib.ExitStack() as profiles:
                for backend in backends.loaded() if named_call else ():
                    profiles.enter_context(backend.named_scope(scope.name))
                return fn(scope.rewound(), *args, **{**partial_kwargs, **kwargs})

        return call

    def rewound(self, rewind_rngs=False):
        """The same place with all names free again; with `rewind_rngs` keys are counted from 0.

        Raises:
            InvalidScopeError: this scope has ended.
        """
        self._check_valid()
        scope = copy.copy(self)
        scope.reservations = {}
        scope._within = self
        if rewind_rngs:
            scope.rng_counters = _Counters(self.rngs)
        return scope

    # -- random keys

    def has_rng(self, name):
        """Whether there is a key `name`."""
        return name in self.rngs

    def make_rng(self, name="params"):
        """A new key from the key `name`, or from "params" if there is no such: what is folded into
        it is the path and how many keys have been made here before.

        Raises:
            InvalidRngError: there is neither.
            InvalidScopeError, JaxTransformError: this scope is not to be used here.
        """
        source = name if self.has_rng(name) else "params"
        if not self.has_rng(source):
            raise InvalidRngError(
                f"Scope {self.path_text!r} needs a random key {name!r}, and has "
                f"{', '.join(map(repr, self.rngs)) or 'none'}. Pass rngs={{{name!r}: key}}."
            )
        self._check_usable()
        self.rng_counters[source] += 1
        return LazyRng.create(self.rngs[source], self.rng_counters[source]).as_jax_rng()

    # -- collections

    def is_mutable_collection(self, col):
        """Whether the collection may be written; InvalidFilterError if `mutable` is no filter."""
        return in_filter(self.mutable, col)

    def is_collection_empty(self, col):
        """Whether the collection has nothing in it, here or at any other path."""
        return not self.root._variables.get(col)

    def _lies_here(self, col, make=False):
        """What lies at this path in a collection; with `make` a dict is put where nothing does."""
        if self.parent is None or col in self._variables:
            above, key = self._variables, col
        else:
            above, key = self.parent._entries(col, make), self.name
        if key not in above:
            if not make:
                return _NOTHING
            above[key] = {}
        if self.parent is not None:
            # Kept, so that a scope goes on with its dict whatever is put in its place above.
            self._variables[col] = above[key]
        return above[key]

    def _entries(self, col, make=False):
        """The dict at this path; TypeError if a variable lies there."""
        entries = self._lies_here(col, make)
        if not isinstance(entries, Mapping):
            raise TypeError(
                f"Scope {self.path_text!r} has no place in the collection {col!r}: what lies there "
                f"is a variable of type {type(entries).__name__}."
            )
        return entries

    def _tree(self, wanted):
        for col in list(self.root._variables):
            self._lies_here(col)
        tree = {}
        for col, entries in self._variables.items():
            if wanted(col):
                tree[col] = copied(self._store.snapshot(entries) if self._store else entries)
        return freeze(tree) if config.flax_return_frozendict else tree

    def variables(self):
        """The tree below this place: a dict of collections that does not change later."""
        return self._tree(lambda col: True)

    def mutable_variables(self):
        """`variables()` of the mutable collections alone."""
        return self._tree(self.is_mutable_collection)

    # -- variables

    def has_variable(self, col, name):
        """Whether the variable is there."""
        return name in self._entries(col)

    def get_variable(self, col, name, default=None):
        """The variable's value, or `default` if it is not there."""
        entries = self._entries(col)
        if name not in entries:
            return default
        value = entries[name]
        return copied(self._store.read(value) if self._store else value)

    def put_variable(self, col, name, value):
        """Write a variable, which need not be there. A mapping is merged into a dict that is there.

        Raises:
            ModifyScopeVariableError: the collection is not mutable.
            InvalidScopeError, JaxTransformError: this scope is not to be used here.
        """
        self._check_usable()
        if not self.is_mutable_collection(col):
            raise ModifyScopeVariableError(col, name, self.path_text)
        self._merge(self._entries(col, make=True), (col, *self.path), name, value)

    def _merge(self, entries, path, name, value):
        present = entries.get(name)
        if isinstance(present, dict) and isinstance(value, Mapping):
            for key, below in value.items():
                self._merge(present, (*path, name), key, below)
            return
        # The dicts that children stand in must not be the caller's.
        value = copied(value)
        if self._store:
            value = self._store.write((*path, name), present, value)
        entries[name] = value

    def variable(self, col, name, init_fn=None, *init_args, unbox=True, **init_kwargs):
        """A reference to a variable, which is made if it is not there.

        Args:
            init_fn: gives the first value when called with `init_args` and `init_kwargs`; not
                called if the variable is there.
            unbox: whether the reference reads without axis metadata.

        Returns:
            A `VariableReference`: its `value` can be read and assigned.

        Raises:
            ScopeCollectionNotFound, ScopeVariableNotFoundError: the variable is not there and
                cannot be made: its collection is not mutable, or `init_fn` is None.
            TypeError, ValueError: see `reserve`.
        """
        self.reserve(name, col)
        if not self.has_variable(col, name):
            if init_fn is None or not self.is_mutable_collection(col):
                if self.is_collection_empty(col):
                    raise ScopeCollectionNotFound(col, name, self.path_text)
                raise ScopeVariableNotFoundError(name, col, self.path_text)
            self.put_variable(col, name, init_fn(*init_args, **init_kwargs))
        return VariableReference(self, col, name, unbox=unbox)

    def param(self, name, init_fn, *init_args, unbox=True, **init_kwargs):
        """The value of a parameter (collection "params"), which is made if it is not there.

        Args:
            init_fn: gives the first value when called with a key, `init_args` and `init_kwargs`; or
                an initializer of `kerasvar.initializers` or its name, which takes `shape` and maybe
                `dtype` and `backend` (see `initial.from_key`).
            unbox: whether the value comes without axis metadata.

        If the parameter is there, `init_fn` only says which shape it should have, as far as
        possible without computing anything; see `probing`.

        Raises:
            ScopeParamShapeError: it has another shape.
            ScopeCollectionNotFound, ScopeParamNotFoundError: it is not there and "params" is not
                mutable.
            InvalidRngError: it is not there and there is no key to make it with.
            TypeError, ValueError: see `reserve`.
        """
        self.reserve(name, "params")
        init_fn = from_key(init_fn)
        if self.has_variable("params", name):
            value = self.get_variable("params", name)
            wrong = probing.mismatch(self, value, init_fn, init_args, init_kwargs)
            if wrong:
                raise ScopeParamShapeError(name, self.path_text, *wrong)
        else:
            if not self.is_mutable_collection("params"):
                if self.is_collection_empty("params"):
                    raise ScopeCollectionNotFound("params", name, self.path_text)
                raise ScopeParamNotFoundError(name, self.path_text)
            value = init_fn(self.make_rng("params"), *init_args, **init_kwargs)
            self.put_variable("params", name, value)
            value = self.get_variable("params", name)
        return meta.unbox(value) if unbox else value
