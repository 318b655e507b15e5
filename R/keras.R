# Variables and Keras.

#' Hand a variable to Keras
#'
#' A Keras variable that shares its storage with `x`: a write to either shows in
#' both. So layers and optimizers of Keras can work on it.
#'
#' @param x A variable, of the backend that Keras runs on.
#' @return A `keras.Variable`, the same one each time. Its name, path, dtype and flags
#'   are those that `x` has when it is made.
#' @export
#' @examplesIf kerasvar:::core_available() && reticulate::py_module_available("keras")
#' keras <- reticulate::import("keras")
#' v <- keras_variable(array(0, c(2, 2)), backend = keras$config$backend())
#' theirs <- as_keras(v)
#' theirs$assign(array(1, c(2, 2)))
#' v
as_keras <- function(x) {
  if (!is_variable(x)) {
    cli::cli_abort(
      c(
        "{.arg x} must be a variable.",
        x = "You supplied {if (is_tensor(x)) 'a tensor' else cli::format_inline('{.obj_type_friendly {x}}')}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error")
    )
  }
  call_py(py_fn("interop.as_keras"), x)
}
