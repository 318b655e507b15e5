"""Random programs of a scope, as data, and what it takes to run one with any library of scopes.

A program is made from a seed and is nothing but nested tuples. `run(program, library)` carries it
out and returns a log: of every step the value it gave, or the name of the exception it raised, and
in the end the tree of variables. A library is `flax.core` or `kerasvar.functional` together with
how arrays and random numbers are made; the program knows of neither.
"""

import random

import jax
import numpy as np

SCOPES = ("a", "b", "c")
NAMES = ("x", "y", "z", "w")
COLLECTIONS = ("params", "stats", "cache")
RNGS = ("params", "dropout", "noise")
SHAPES = ((), (3,), (2, 3), (0, 2))
EXACT = ("zeros", "bits", "uniform", "float64bits")


# ---- programs ---------------------------------------------------------------------------------


class Writer:
    """Writes one program; `draws` are the kinds of initial values it may use."""

    def __init__(self, seed, draws):
        self.pick = random.Random(seed)
        self.draws = draws

    def one(self, options):
        return self.pick.choice(options)

    def chance(self, probability):
        return self.pick.random() < probability

    def some(self, options):
        return tuple(x for x in options if self.chance(0.6))

    def filter(self, depth=0):
        kind = self.pick.randrange(7 if depth < 2 else 5)
        if kind in (0, 1):
            return ("bool", kind == 1)
        if kind == 2:
            return ("name", self.one(COLLECTIONS))
        if kind in (3, 4):
            return (self.one(("list", "tuple", "set")), self.some(COLLECTIONS))
        return ("deny", self.filter(depth + 1))

    def initial(self):
        return ("draw", self.one(self.draws), self.one(SHAPES))

    def value(self, depth=0):
        if depth < 2 and self.chance(0.3):
            keys = self.some((*SCOPES[:2], *NAMES[:2]))
            kind = "frozen" if self.chance(0.2) else "dict"
            return (kind, tuple((key, self.value(depth + 1)) for key in keys))
        return ("constant", self.pick.randrange(8), self.one(SHAPES))

    def entries(self, depth=0):
        found = [(name, ("constant", self.pick.randrange(8), self.one(SHAPES)))
                 for name in self.some(NAMES)]  # fmt: skip
        if depth < 2:
            found += [(name, ("dict", self.entries(depth + 1))) for name in self.some(SCOPES[:2])]
        return tuple(found)

    def variables(self):
        cols = tuple((col, ("dict", self.entries())) for col in self.some(COLLECTIONS))
        return (self.one(("dict", "dict", "frozen")), cols)

    def name(self):
        return self.one(NAMES) if self.chance(0.93) else self.one(SCOPES)

    def step(self, depth):
        col = self.one(COLLECTIONS)
        steps = {
            "param": lambda: (self.name(), self.initial(), self.chance(0.8)),
            "variable": lambda: (
                col,
                self.name(),
                self.initial() if self.chance(0.8) else None,
                self.value(2) if self.chance(0.4) else None,
            ),
            "put": lambda: (col, self.one((*NAMES, *SCOPES[:1])), self.value()),
            "get": lambda: (col, self.one((*NAMES, *SCOPES[:2]))),
            "make_rng": lambda: (self.one(RNGS),),
            "ask": lambda: (col, self.one((*NAMES, *SCOPES)), self.one((*RNGS, "other"))),
            "trees": lambda: (),
            "reserve": lambda: (self.one((*NAMES, *SCOPES)), self.one((None, col))),
        }
        below = {
            "push": lambda: (
                self.one((*SCOPES, None)),
                self.one(("", "p")),
                self.chance(0.3),
                self.body(depth + 1),
            ),
            "child": lambda: (
                self.one((*SCOPES, None)),
                self.one((None, "q")),
                self.pick.randint(1, 2),
                self.body(depth + 1),
            ),
            "rewound": lambda: (self.chance(0.5), self.body(depth + 1)),
            "temporary": lambda: (self.one(SCOPES), self.body(depth + 1), self.body(depth + 1)),
        }
        if depth < 3 and self.chance(0.3):
            kind = self.pick.choices(list(below), (5, 4, 2, 1))[0]
            return (kind, *below[kind]())
        kind = self.pick.choices(list(steps), (6, 5, 4, 3, 3, 2, 1, 1))[0]
        return (kind, *steps[kind]())

    def body(self, depth=0):
        return tuple(self.step(depth) for _ in range(self.pick.randint(1, 7 - depth)))

    def program(self):
        return {
            "entry": self.one(("init", "apply", "apply", "bind", "lazy_init")),
            "variables": self.variables(),
            "mutable": self.filter(),
            "rngs": tuple((name, self.pick.randrange(2**32)) for name in self.some(RNGS)),
            "typed": self.chance(0.5),
            "flags": self.some(("train", "initializing")),
            "body": self.body(),
        }


def program(seed, draws=EXACT):
    """The program of a seed."""
    return Writer(seed, draws).program()


# ---- libraries --------------------------------------------------------------------------------


class Library:
    """What carries a program out: the module with the scopes, and arrays and numbers to go with it.

    Args:
        core: `flax.core` and `flax.core.scope` in one, or `kerasvar.functional`.
        constant: NumPy array -> the array type of the variables.
        draw: (kind of `jax.random`, key, shape, dtype) -> such an array.
        key: (seed, whether typed) -> random key.
    """

    def __init__(self, core, constant, draw, key, host):
        self.core = core
        self.constant = constant
        self.draw = draw
        self.key = key
        self.host = host

    def initial(self, description):
        _, kind, shape = description

        def init_fn(key):
            if kind == "zeros":
                return self.constant(np.zeros(shape, np.float32))
            if kind == "bits":
                return self.draw("bits", key, shape, "uint8")
            if kind == "float64bits":
                return self.draw("bits", key, shape, "uint32")
            return self.draw(kind, key, shape, "float32")

        return init_fn

    def value(self, description):
        kind, content = description[:2]
        if kind == "constant":
            return self.constant(np.full(description[2], content, np.float32))
        made = {key: self.value(below) for key, below in content}
        return self.core.freeze(made) if kind == "frozen" else made

    def filter(self, description):
        kind, content = description
        if kind == "deny":
            return self.core.DenyList(self.filter(content))
        return {"list": list, "tuple": tuple, "set": set}.get(kind, lambda x: x)(content)


# ---- running ----------------------------------------------------------------------------------


def plain(x, host):
    """`x` as dicts, tuples and NumPy arrays, so that the results of two libraries compare."""
    if hasattr(x, "items"):
        return {key: plain(value, host) for key, value in x.items()}
    if isinstance(x, (tuple, list)):
        return tuple(plain(value, host) for value in x)
    if x is None or isinstance(x, (str, bool, int)):
        return x
    if isinstance(x, jax.Array) and jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key):
        return np.asarray(jax.random.key_data(x))
    return np.array(host(x))


class Run:
    def __init__(self, library):
        self.library = library
        # Within lazy_init jax's values are tracers, which must not be looked at.
        self.look = True
        self.log = []

    def note(self, what, call):
        try:
            found = call()
            found = plain(found, self.library.host) if self.look else None
        except Exception as error:
            found = type(error).__name__
        self.log.append((what, found))

    def body(self, scope, steps):
        for kind, *arguments in steps:
            self.note(kind, lambda: getattr(self, kind)(scope, *arguments))

    def param(self, scope, name, initial, unbox):
        return scope.param(name, self.library.initial(initial), unbox=unbox)

    def variable(self, scope, col, name, initial, assigned):
        init_fn = None
        if initial is not None:
            make = self.library.initial(initial)
            init_fn = lambda: make(scope.make_rng("noise"))
        reference = scope.variable(col, name, init_fn)
        before = plain(reference.value, self.library.host) if self.look else None
        if assigned is not None:
            reference.value = self.library.value(assigned)
        return before, reference.value, reference.is_mutable()

    def put(self, scope, col, name, value):
        return scope.put_variable(col, name, self.library.value(value))

    def get(self, scope, col, name):
        return scope.get_variable(col, name), scope.has_variable(col, name)

    def make_rng(self, scope, name):
        return scope.make_rng(name)

    def ask(self, scope, col, name, rng):
        return (
            scope.is_mutable_collection(col),
            scope.is_collection_empty(col),
            scope.name_reserved(name),
            scope.name_reserved(name, col),
            scope.default_name(name),
            scope.has_rng(rng),
            scope.path_text,
            scope.name,
            scope.path,
            dict(scope.flags),
            scope.has_flag("train"),
            scope.get_flag("train", 3),
            scope == scope.rewound(),
            scope == scope.rewound(rewind_rngs=True),
            hash(scope) == hash(scope.rewound()),
            scope == scope.root,
        )

    def trees(self, scope):
        return scope.variables(), scope.mutable_variables()

    def reserve(self, scope, name, col):
        return scope.reserve(name, col)

    def push(self, scope, name, prefix, reuse, body):
        child = scope.push(name, prefix, reuse)
        self.body(child, body)
        return child.name, child.path_text

    def child(self, scope, name, prefix, calls, body):
        def step(child, count):
            self.body(child, body)
            return child.path, count

        call = scope.child(step, name, prefix)
        return [call(count) for count in range(calls)]

    def rewound(self, scope, rewind, body):
        again = scope.rewound(rewind)
        self.body(again, body)
        return again == scope

    def temporary(self, scope, name, body, late):
        with scope.push(name).temporary() as child:
            self.body(child, body)
        self.body(child, late)
        return child.invalid


def run(program, library):
    """The log of the program."""
    core = library.core
    run = Run(library)
    rngs = {name: library.key(seed, program["typed"]) for name, seed in program["rngs"]}
    mutable = library.filter(program["mutable"])
    flags = dict.fromkeys(program["flags"], 1)
    variables = library.value(program["variables"])

    def body(scope, factor):
        run.look = program["entry"] != "lazy_init"
        run.body(scope, program["body"])
        run.look = True
        return factor

    def enter():
        if program["entry"] == "init":
            return core.init(body, mutable, flags)(rngs, 2)
        if program["entry"] == "lazy_init":
            return core.lazy_init(body, mutable, flags)(rngs, 2)
        if program["entry"] == "apply":
            return core.apply(body, mutable, flags)(variables, 2, rngs=rngs)
        scope = core.bind(variables, rngs, mutable, flags)
        body(scope, 2)
        return scope.variables(), scope.mutable_variables()

    run.note("result", enter)
    run.note("given", lambda: variables)
    return run.log


# ---- comparing --------------------------------------------------------------------------------


def difference(ours, theirs, ulp=0, path="log"):
    """Where two plain values differ first, as text, or None; floats may by `ulp` units."""
    if isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        if ours.dtype != theirs.dtype or ours.shape != theirs.shape:
            return f"{path}: {ours.dtype}{ours.shape} and {theirs.dtype}{theirs.shape}"
        if ulp and ours.dtype.kind == "f":
            worst = np.max(np.abs(_ordered(ours) - _ordered(theirs)), initial=0)
            return f"{path}: {worst} units apart" if worst > ulp else None
        return None if ours.tobytes() == theirs.tobytes() else f"{path}: {ours} and {theirs}"
    if type(ours) is not type(theirs):
        return f"{path}: {ours!r} and {theirs!r}"
    if isinstance(ours, dict):
        if ours.keys() != theirs.keys():
            return f"{path}: keys {sorted(ours)} and {sorted(theirs)}"
        pairs = [(f"{path}[{key!r}]", ours[key], theirs[key]) for key in ours]
    elif isinstance(ours, (tuple, list)):
        if len(ours) != len(theirs):
            return f"{path}: {len(ours)} and {len(theirs)} elements, {ours} and {theirs}"
        pairs = [(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(ours, theirs))]
    else:
        return None if ours == theirs else f"{path}: {ours!r} and {theirs!r}"
    return next(filter(None, (difference(a, b, ulp, where) for where, a, b in pairs)), None)


def _ordered(floats):
    """Floats as integers that count the representable numbers between them."""
    bits = floats.view(f"int{floats.dtype.itemsize * 8}").astype(np.int64)
    return np.where(bits < 0, -(2 ** (8 * floats.dtype.itemsize - 1)) - bits, bits)
