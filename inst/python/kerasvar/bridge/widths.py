"""In which dtype a function of many elements is computed, and which dtypes have none.

Names of dtypes only: what a backend holds is asked of `dtypes`.
"""

from .. import dtypes


def accumulator(backend, name, dtype):
    """The dtype in which a "sum", "prod" or "mean" of `dtype` is taken."""
    if dtype == "bool" or dtypes.is_int_dtype(dtype):
        wide = "float64" if name != "sum" else "uint64" if dtype == "uint64" else "int64"
        return dtypes.result_type(wide, backend=backend.name)
    return dtype


def orderable(backend, dtype):
    """The dtype in which elements of `dtype` are put in order: torch orders uint8 alone unsigned."""
    if dtype == "uint16":
        return "int32"
    wide = dtypes.result_type("int64", backend=backend.name)
    return wide if dtype == "uint32" and wide == "int64" else dtype


def check_numeric(name, dtype):
    """Raise TypeError for dtypes without arithmetic."""
    if dtype == "string":
        raise TypeError(f"`{name}` is not defined for text.")
    if dtype.startswith("float8"):
        raise TypeError(f"`{name}` is not defined for {dtype}; cast it to a wider float first.")
