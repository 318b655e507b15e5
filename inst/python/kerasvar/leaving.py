"""Values on their way out of a framework that may be recording, and constants: `stop_gradient`.

What a framework differentiates is what it computes itself. A value that goes to the host and comes
back is a constant to it, so that a gradient would lack what was made of the value there. Whoever hands
a value out to be computed with asks `check` first; printing and saving do not.
"""

from . import backends, operators, scopes

__all__ = ["check", "stop_gradient"]


def check(backend, tensor, what="The value"):
    """Raise TypeError if the framework records what becomes of `tensor`, or has no value of it."""
    if not backend.is_recorded(tensor, _given):
        return
    name = backend.name
    if backend.is_recorded(backend.stop_gradient(tensor), _given):
        raise TypeError(
            f"{what} has no numbers yet: {name} is tracing. Compute with {name}'s functions, with "
            f"operators or with NumPy's functions on a variable; not even `stop_gradient()` makes "
            "numbers of it here."
        )
    raise TypeError(
        f"{what} cannot leave {name} here: gradients are being recorded, and would lack what is "
        f"computed elsewhere. Compute with {name}'s functions, with operators or with NumPy's "
        "functions on a variable; if a constant is meant, say `stop_gradient()` of it first."
    )


def _given():
    """The tensors that the open stateless scopes were given in the place of variables."""
    frame = scopes.reading()
    while frame is not None:
        if frame.stateless is not None:
            yield from frame.stateless.given
        frame = frame.below


def stop_gradient(x):
    """The value of `x` as a constant: a tensor of its framework, through which no gradient flows.

    Args:
        x: a variable, or a tensor of any framework.

    Returns:
        A tensor of the same shape and dtype. Of a variable it is a snapshot. It may leave the
        framework (`np.asarray`) also where gradients are being recorded.

    Raises:
        TypeError: `x` is neither.
    """
    if isinstance(x, operators.Array):
        return x._backend.stop_gradient(x._read(live=False))
    backend = backends.backend_of(x)
    if backend is None:
        raise TypeError(
            "Argument `x` must be a variable or a tensor. "
            f"Received: {x!r} (type {type(x).__name__})"
        )
    return backend.stop_gradient(x)
