# Values across the bridge: the one door through which R data enter Python, and
# the ways back. What the kinds mean is written in bridge/door.py.

kind_object <- 0L
kind_array <- 1L
kind_vector <- 2L
kind_vector_tensor <- 3L

#' R data on their way into Python
#'
#' Nothing is copied here: an array reaches Python as a view of R's memory, and
#' is copied there once.
#'
#' @param x Anything. Names and dimnames are left behind.
#' @param na "error" or "nan".
#' @return A list: `value`, which `py_call()` can pass on, and its `kind`.
#' @noRd
door <- function(x, na = "error", arg = "value", call = caller_env()) {
  if (is.environment(x)) {
    kind <- if (is_vector_tensor(x)) kind_vector_tensor else kind_object
    return(list(value = x, kind = kind))
  }
  if (length(x) == 1L && is.null(attributes(x)) && !is.na(x) && is.numeric(x)) {
    return(list(value = x, kind = kind_object))
  }
  if (inherits(x, "python.builtin.object")) {
    return(list(value = x, kind = kind_object))
  }
  vector <- is.null(dim(x))
  attributes(x) <- list(dim = if (vector) length(x) else dim(x))
  list(value = x, kind = if (vector) kind_vector else kind_array)
}

#' @export
as.array.kerasvar.Variable <- function(x, ...) {
  reticulate::py_to_r(call_py(py_fn("bridge.column_major"), x))
}

#' @export
as.array.kerasvar_tensor <- as.array.kerasvar.Variable
