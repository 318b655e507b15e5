"""A torch tensor that is a view is read as itself: another's memory, an offset, strides, a bit that says "conjugate"."""

import copy
import pickle

import numpy as np
import pytest

import kerasvar
from kerasvar.options import Options
from kerasvar import checkpoint

torch = pytest.importorskip("torch")


def flat():
    return torch.arange(24, dtype=torch.float32) - 7


def numbers():
    return torch.complex(flat(), flat() * 2 + 1)


VIEWS = {
    "offset": lambda: flat()[2:],
    "chunk": lambda: flat().chunk(2)[1],
    "stride": lambda: flat()[1::3],
    "transpose": lambda: flat().reshape(4, 6).T,
    "permuted": lambda: flat().reshape(2, 3, 4).permute(2, 0, 1)[1:],
    "expand": lambda: flat()[5:8].expand(4, 3),
    "row": lambda: flat().reshape(4, 6)[2],
    "column": lambda: flat().reshape(4, 6)[:, 3],
    "diagonal": lambda: flat().reshape(4, 6).diagonal(1),
    "windows": lambda: flat().unfold(0, 5, 2)[1:],
    "no axes": lambda: flat()[3],
    "nothing": lambda: flat()[24:],
    "no rows": lambda: flat().reshape(4, 6)[1:1],
    "conj": lambda: numbers().conj(),
    "part of conj": lambda: numbers().conj()[3:],
    "neg": lambda: numbers().conj().imag,
    "part of neg": lambda: numbers().conj().imag[4::2],
    "real": lambda: numbers()[2:].real,
    "imag": lambda: numbers().imag,
    "bfloat16": lambda: flat().bfloat16()[3:],
    "bfloat16 columns": lambda: flat().bfloat16().reshape(4, 6)[1:, ::2].T,
    "float16": lambda: flat().half()[3:],
    "bytes of bfloat16": lambda: flat().bfloat16().view(torch.uint8)[5:],
    "float8": lambda: flat().to(torch.float8_e4m3fn)[3:],
    "int64": lambda: flat().long()[3:],
    "uint16": lambda: (flat() + 7).to(torch.uint16)[3:],
    "bool": lambda: (flat() > 3)[8:],
    "gradient": lambda: flat().requires_grad_()[2:] * 1,
    "Parameter": lambda: torch.nn.Parameter(flat()[6:12].view(2, 3)),
    "over NumPy": lambda: torch.from_numpy(np.arange(9.0)[2:])[1:],
}


def truth(tensor):
    """The numbers, one by one, by way of Python."""
    tensor = tensor.detach()
    return np.array([x.item() for x in tensor.reshape(-1)]).reshape(tuple(tensor.shape))


@pytest.fixture(params=VIEWS)
def view(request):
    return VIEWS[request.param]()


def test_a_variable_of_any_backend_has_the_view_s_numbers(variable, backend, view):
    v = variable(view)
    np.testing.assert_array_equal(v.numpy(), truth(view))
    w = variable(np.zeros(tuple(view.shape)), dtype=v.dtype)
    w.assign(view)
    np.testing.assert_array_equal(w.numpy(), truth(view))
    if view.dim():
        u = variable(np.zeros(tuple(view.shape)), dtype=v.dtype)
        u[...] = view
        np.testing.assert_array_equal(u.numpy(), truth(view))


def test_the_backend_reads_a_view_as_itself(view):
    torch_backend = kerasvar.backends.get("torch")
    np.testing.assert_array_equal(torch_backend.host(view), truth(view))
    np.testing.assert_array_equal(torch_backend.borrow(view), truth(view))
    assert not torch_backend.host(view).flags.writeable


def test_what_the_host_was_given_stays_when_the_view_is_written(view):
    held = kerasvar.backends.get("torch").host(view)
    before = truth(view)
    with torch.no_grad():
        base = view if view._base is None else view._base
        base.zero_()
    np.testing.assert_array_equal(held, before)


def wrapped(view):
    """A variable around a Parameter that is the view, without a copy."""
    parameter = torch.nn.Parameter(
        view.detach(), requires_grad=view.is_floating_point() or view.is_complex()
    )
    backend = kerasvar.backends.get("torch")
    dtype = backend.dtype(parameter)
    return kerasvar.Variable._around(
        backend.storage(parameter, dtype, copy=False),
        backend,
        tuple(parameter.shape),
        Options("view", "view", dtype),
    )


def test_a_wrapped_view_is_read_copied_pickled_and_printed_as_itself(view):
    v, expected = wrapped(view), truth(view)
    np.testing.assert_array_equal(v.numpy(), expected)
    np.testing.assert_array_equal(copy.deepcopy(v).numpy(), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(v)).numpy(), expected)
    assert repr(v) == repr(wrapped(view.detach().resolve_conj().resolve_neg().clone()))
    for other in ("numpy", "tensorflow", "jax"):
        np.testing.assert_array_equal(v.to_backend(other).numpy(), expected)


def test_a_wrapped_view_is_saved_as_itself(view, tmp_path):
    path = tmp_path / "one.safetensors"
    checkpoint.save(path, [wrapped(view)])
    w = wrapped(torch.zeros_like(view.detach()).contiguous())
    checkpoint.load(path, [w])
    np.testing.assert_array_equal(w.numpy(), truth(view))


def shares_elements(view):
    """Whether several positions of the view are one number in memory."""
    return view.numel() and 0 in view.stride() or view.stride() == (2, 1)


def test_a_wrapped_view_is_written_where_it_lives(view):
    if shares_elements(view):
        pytest.skip("one number in memory stands at several positions: see the next test")
    v = wrapped(view)
    parameter = v.value
    address = parameter.untyped_storage()._cdata
    before = truth(view)
    new = np.array(before[..., ::-1] if view.dim() else before + 1)
    v.assign(new)
    np.testing.assert_array_equal(v.numpy(), new)
    if view.dim() and view.numel():
        v[0] = new[0] = before[0]
        v[[-1, 0]] = new[[-1, 0]] = before[[0, -1]]
        np.testing.assert_array_equal(v.numpy(), new)
    assert v.value is parameter and parameter.untyped_storage()._cdata == address


def test_a_parameter_whose_elements_share_memory_is_not_written():
    for view in (flat()[5:8].expand(4, 3), flat()[5:6].expand(3)):
        v = wrapped(view)
        before = truth(view)
        with pytest.raises(RuntimeError, match="single memory location"):
            v.assign(np.arange(v.size, dtype=np.float32).reshape(v.shape))
        np.testing.assert_array_equal(v.numpy(), before)
