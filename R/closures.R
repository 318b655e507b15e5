# R functions that Python calls (initializers, constraints, regularizers) and
# Python's functions that R calls. Values are converted as
# everywhere else.

# An initializer: called with the shape as an integer vector and the dtype as a
# string. A vector fills the shape down the columns.
as_py_initializer <- function(f, na, call) {
  # Now: in a stateless scope the call comes when its arguments are gone.
  force(na)
  closure_for_py(function(shape, dtype = NULL, ...) {
    shape <- as.integer(unlist(reticulate::py_to_r(shape)))
    if (!is.null(dtype)) {
      dtype <- reticulate::py_to_r(dtype)
    }
    data <- as_operand(f(shape, dtype = dtype), na = na, arg = "initializer(shape, dtype)", call = call)
    call_py(
      py_fn("bridge.initial_value"), data$value, data$kind, as_py_shape(shape), dtype,
      .call = call
    )
  })
}

# A function of a tensor, as Python's code calls it.
as_py_function <- function(f, call) {
  if (inherits(f, "python.builtin.object")) {
    return(f)
  }
  closure_for_py(function(...) {
    value <- do.call(f, lapply(list(...), leaf_from_py))
    as_operand(value, arg = "value of the function", call = call)$value
  })
}

# Arguments arrive as Python objects. An R error in the function ends the Python
# call, and call_py() makes it the same R error again.
closure_for_py <- function(f) {
  reticulate::r_to_py(f, convert = FALSE)
}

# A Python callable as an R function of R data and tensors.
as_r_function <- function(f) {
  function(...) {
    call <- sys.call()
    args <- lapply(list(...), function(x) {
      if (is.null(x) || is.character(x) || is.list(x)) x else as_operand(x, call = call)$value
    })
    from_py(do.call(call_py, c(list(f), args, list(.call = call)), quote = TRUE))
  }
}

# What is a tensor to us becomes a tensor of ours; numbers, text, None and tuples of them become
# R's own; the rest is what it is.
from_py <- function(x) {
  if (inherits(x, c("python.builtin.tuple", "python.builtin.list"))) {
    return(reticulate::py_to_r(x))
  }
  if (is.function(x)) as_r_function(x) else leaf_from_py(x)
}
