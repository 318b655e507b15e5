# Variables of other libraries as ours: the same storage under two names.

#' A variable around another library's
#'
#' `as_keras_variable()` makes a variable around one of another library: a weight
#' of a Keras layer, a `tf.Variable`, a torch `Parameter` or a flax `nnx.Variable`.
#' Nothing is copied: what is written to either shows in both, so a Keras model
#' sees what `v[1, ] <- 0` wrote into its weight. [as_keras()] is the way back.
#'
#' @param x A variable of another library, as reticulate hands it to R; a variable
#'   of this package is returned as it is. To copy a value, use
#'   [keras_variable()].
#' @param name The name; `NULL` for the one that `x` has.
#' @return A variable, see [keras_variable()].
#' @export
#' @examplesIf kerasvar:::core_available() && kerasvar:::is_installed("torch")
#' torch <- reticulate::import("torch", convert = FALSE)
#' layer <- torch$nn$Linear(3L, 2L)
#' weight <- as_keras_variable(layer$weight)
#' weight[] <- 0
#' layer$weight
as_keras_variable <- function(x, name = NULL) {
  variable <- call_py(py_fn("interop.as_variable"), x, name)
  if (is_keras_variable(x)) x else with_identity(variable)
}
