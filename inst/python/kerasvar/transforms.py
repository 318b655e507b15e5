"""Functions of variables made pure: state in, state out, so that a framework can transform them.

Built from stateless scopes and the backends' own differentiation; no framework is named here.
"""

import functools

from . import backends, dtypes, scopes
from .variable import Variable, by_path

_CLASH = (
    "Argument `variables`: several variables have the same path: {}. Give them names of their own."
)


def functionalize(fn, variables):
    """Make `fn`, which reads and writes `variables`, a function of their state.

    Args:
        fn: a callable.
        variables: the variables it uses, an iterable. One that it uses and that is not listed reads
            as it is, and what is written to it is lost.

    Returns:
        `pure(state, *args, **kwargs) -> (result, new_state)`: `state` is a dict from path to a
        tensor of the variable's shape (it is cast to its dtype), `new_state` a dict with the same
        paths. `pure` leaves the variables as they were, so it can be given to `jax.jit`, `jax.grad`,
        `jax.vmap`, `tf.function`, `torch.func.grad` and their kin. `pure.state()` is the variables'
        present state.

    Raises:
        ValueError: two variables have one path (lists them); at the call, the paths in `state` are
            not the variables' (lists both kinds).
        TypeError: something in `variables` is no variable.
    """
    named = by_path(variables, _CLASH)

    def pure(state, *args, **kwargs):
        _check_paths(state, named)
        mapping = [(variable, state[path]) for path, variable in named.items()]
        with scopes.StatelessScope(mapping) as scope:
            begun = dict(scope.state_mapping)
            result = fn(*args, **kwargs)
        new = {}
        for path, variable in named.items():
            value = scope.get_current_value(variable)
            # What was not written is what came, and not the scope's copy of it.
            new[path] = state[path] if value is begun[variable] else value
        return result, new

    pure.state = lambda: {path: variable.snapshot() for path, variable in named.items()}
    return _named(pure, fn)


def value_and_grad(fn, variables):
    """Make of `fn` a function that also differentiates by `variables`.

    Args:
        fn: a callable that returns a loss: a float tensor of the variables' backend, without axes.
        variables: an iterable of variables of one backend (tensorflow, jax or torch).

    Returns:
        `call(*args, **kwargs) -> (loss, gradients)`: `gradients` is a dict from path to a tensor of
        the variable's shape and dtype, or None, on every backend, where the variable is no float or
        the loss does not depend on it; a derivative that happens to be zero is zeros. What `fn`
        assigns to the variables stays assigned.

    Raises:
        ValueError: two variables have one path; they are of several backends; there is none; at the
            call, the loss has axes.
        TypeError: something in `variables` is no variable; at the call, the loss is a number, None,
            anything else that is no tensor of the backend, or no float.
        NotImplementedError: at the call, the backend has no differentiation (numpy).
    """
    named = by_path(variables, _CLASH)
    backend = _one_backend(named)
    pure = functionalize(lambda *args, **kwargs: _loss(fn(*args, **kwargs), backend), named.values())
    smooth = [path for path, v in named.items() if dtypes.is_float_dtype(v._dtype)]

    def call(*args, **kwargs):
        state = pure.state()

        def of_state(values):
            now = {**state, **values}
            loss, new = pure(now, *args, **kwargs)
            return loss, {path: new[path] for path in new if new[path] is not now[path]}

        (loss, assigned), found = backend.value_and_grad(
            of_state, {path: state[path] for path in smooth}
        )
        for path, value in assigned.items():
            named[path].assign(value)
        return loss, {path: found.get(path) for path in named}

    return _named(call, fn)


def _loss(loss, backend):
    if isinstance(loss, Variable):
        loss = loss.value
    # A number would do for a loss that depends on nothing, but it is a mistake more often.
    if backends.backend_of(loss) is not backend:
        raise TypeError(
            "The function that is differentiated must return a loss: "
            f"a {backend.name} tensor, computed from the variables. Received: {_described(loss)}"
        )
    shape, dtype = tuple(backend.shape(loss)), backend.dtype(loss)
    if shape != ():
        raise ValueError(
            "The function that is differentiated must return a loss without axes. "
            f"Received: shape {shape}"
        )
    if not dtypes.is_float_dtype(dtype):
        raise TypeError(
            f"The function that is differentiated must return a float. Received: dtype {dtype}"
        )
    return loss


def _described(x):
    if x is None:
        return "None"
    other = backends.backend_of(x)
    return f"a {other.name} tensor" if other else f"{x!r} (type {type(x).__name__})"


def _named(function, fn):
    functools.update_wrapper(function, fn, updated=())
    # Or its signature would be taken for `function`'s own, which `tf.function` insists on.
    del function.__wrapped__
    return function


def _check_paths(state, named):
    missing, unknown = sorted(named.keys() - state.keys()), sorted(state.keys() - named.keys())
    if missing or unknown:
        raise ValueError(
            "Argument `state` must have exactly the variables' paths. "
            f"Missing: {missing}; unknown: {unknown}."
        )


def _one_backend(named):
    found = {variable.backend: variable._backend for variable in named.values()}
    if len(found) != 1:
        raise ValueError(
            "Argument `variables` must be variables of one backend. "
            f"Received: {', '.join(sorted(found)) or 'no variable'}"
        )
    return next(iter(found.values()))
