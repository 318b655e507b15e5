# Settings of the process that are not the backend.

#' The default float type
#'
#' The dtype of new variables made from numbers without a dtype of their own.
#'
#' @param value `"float16"`, `"bfloat16"`, `"float32"` or `"float64"`.
#' @return `floatx()`: its name. `set_floatx()`: the name of the previous one,
#'   invisibly.
#' @export
#' @examplesIf kerasvar:::core_available()
#' floatx()
#' previous <- set_floatx("float64")
#' keras_variable(c(1, 2))$dtype
#' set_floatx(previous)
floatx <- function() {
  py_strings(call_py(py_fn("floatx")))
}

#' @rdname floatx
#' @export
set_floatx <- function(value) {
  previous <- floatx()
  call_py(py_fn("set_floatx"), value)
  invisible(previous)
}

#' Start over with automatic names
#'
#' The next variable without a name is called `variable` again, and variables that
#' wait for their first value are forgotten. Scopes that are open stay open.
#'
#' @return Nothing, invisibly.
#' @export
#' @examplesIf kerasvar:::core_available()
#' clear_session()
#' keras_variable(1)$name
clear_session <- function() {
  call_py(py_fn("clear_session"))
  invisible()
}
