# Tensors as R sees them: the framework's own object, with classes of
# ours in front so that R's generics find our methods.

#' A fresh Python object as a tensor
#'
#' A Python object in R is an environment: classes set on it show wherever it is
#' held. Hence only on what `py_call()` has just returned, never on an object
#' that came from the user.
#'
#' @param x A Python object that nobody else holds yet.
#' @param vector Is it what base R would return without `dim`, such as one row of
#'   a matrix? It is then recycled down the columns, as R recycles a vector.
#' @noRd
new_tensor <- function(x, vector = FALSE) {
  class(x) <- c(
    if (vector) "kerasvar_vector",
    "kerasvar_tensor",
    "kerasvar.Array",
    class(x)
  )
  # with_identity(), written out: every operation comes through here.
  attr(x, "kerasvar_id") <- c(pkg_env$session, pkg_env$made <- pkg_env$made + 1)
  x
}

# digest(), rlang::hash() and memoise() see what serialize() writes, which for a
# Python object is an environment around a pointer to nothing: all would be equal.
# So each carries a number that no other has, here or in another session; a variable
# gets another one whenever R writes to it.
with_identity <- function(x) {
  # Now: making it may be what finds out that this is a fork.
  force(x)
  attr(x, "kerasvar_id") <- c(pkg_env$session, pkg_env$made <- pkg_env$made + 1)
  x
}

# A variable that Python hands to R.
#' @exportS3Method reticulate::py_to_r
py_to_r.kerasvar.Variable <- function(x) with_identity(x)

# Called by .onLoad and in a fork, which would go on counting as its parent does.
start_identities <- function() {
  pkg_env$session <- c(as.numeric(Sys.time()), Sys.getpid())
  pkg_env$made <- 0
}

is_tensor <- function(x) inherits(x, "kerasvar_tensor")

# Does base R see a vector without `dim` here?
is_vector_tensor <- function(x) inherits(x, "kerasvar_vector")

#' @export
dim.kerasvar.Array <- function(x) {
  if (is_vector_tensor(x)) {
    return(NULL)
  }
  shape <- py_shape(x)
  if (length(shape)) shape
}

# A tensor is a value, and so is a key: R6's clone(deep = TRUE), which asks every
# environment for this field, need not copy it.
#' @export
`$.kerasvar_tensor` <- function(x, name) {
  if (name != ".__enclos_env__") NextMethod()
}

#' @export
`$.kerasvar_key` <- `$.kerasvar_tensor`

#' @export
length.kerasvar.Array <- function(x) {
  size <- prod(py_shape(x))
  if (size <= .Machine$integer.max) as.integer(size) else size
}

py_dtype <- function(x) {
  reticulate::py_to_r(call_py(py_fn("bridge.dtype"), x))
}

# The shape in the Python sense: integer(0) for no axes.
py_shape <- function(x) {
  as.integer(reticulate::py_to_r(call_py(py_fn("bridge.shape"), x)))
}
