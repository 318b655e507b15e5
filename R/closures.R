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
  # Now: the call is over when the function is called.
  force(call)
  closure_for_py(function(...) {
    value <- do.call(f, lapply(list(...), leaf_from_py))
    plain_value(value, "value of the function", call)
  })
}

# For Python's code that knows nothing of R's kinds of data.
plain_value <- function(x, arg, call) {
  data <- as_operand(x, arg = arg, call = call)
  if (data$kind == kind_object) {
    return(data$value)
  }
  call_py(py_fn("bridge.plain"), data$value, data$kind, .call = call)
}

# Arguments arrive as Python objects. An R error in the function ends the Python
# call, and call_py() makes it the same R error again.
closure_for_py <- function(f) {
  force(f)
  kept_in <- function(...) {
    outcome <- run_kept_in(f, ...)
    if (!is.null(outcome$error)) {
      stop(outcome$error)
    }
    if (outcome$left) {
      pkg_env$left_with <- outcome$last
      stop(structure(
        class = c("kerasvar_left", "error", "condition"),
        list(message = "The function was left by a jump, such as a restart or callCC().", call = NULL)
      ))
    }
    outcome$value
  }
  reticulate::r_to_py(kept_in, convert = FALSE)
}

# An R function that is left by a jump (a handler of tryCatch() for a warning, a
# restart, callCC()) would leave Python in the middle of its own function, which
# ends R (reticulate 1.41: "unknown opcode", then a segfault). The jump stops
# here, and leave_again() takes it up when Python has returned.
run_kept_in <- function(f, ...) {
  left <- TRUE
  last <- NULL
  on.exit(if (left) return(list(left = TRUE, last = last)))
  error <- NULL
  value <- tryCatch(
    withCallingHandlers(f(...), condition = function(cnd) last <<- cnd),
    error = function(cnd) {
      error <<- cnd
      NULL
    }
  )
  left <- FALSE
  list(value = value, error = error, left = FALSE)
}

# The condition that was on its way finds its handler now; a jump for which there
# was none stays an error.
leave_again <- function() {
  last <- pkg_env$left_with
  pkg_env$left_with <- NULL
  if (inherits(last, "interrupt")) {
    rlang::interrupt()
  }
  if (!is.null(last)) {
    withRestarts(
      signalCondition(last),
      muffleWarning = function() NULL,
      muffleMessage = function() NULL
    )
  }
}

# A Python callable as an R function of R data and tensors.
as_r_function <- function(f) {
  function(...) {
    call <- sys.call()
    args <- lapply(list(...), function(x) {
      if (is.null(x) || is.character(x) || is.list(x)) x else plain_value(x, "value", call)
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
