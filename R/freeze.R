# Variables that outlive their Python session: the dead ones, which print and
# err plainly, and the frozen ones, which carry their value with them.

# Whether the Python object behind `x` is gone: it came through readRDS() or
# from a worker, or Python was shut down.
is_dead <- function(x) {
  reticulate::py_is_null_xptr(x) || !reticulate::py_available()
}

format_dead <- function(x) {
  label <- if (inherits(x, "kerasvar.Variable")) "<keras_variable>" else "<tensor>"
  paste(label, "of another R session; see ?freeze")
}
