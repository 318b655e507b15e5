#' Names for the axes of a variable
#'
#' A variable can carry dimnames, so that it can be subscripted by name. They stay
#' with the variable, whichever way it reaches R, and never change its value. Data
#' leave theirs behind when a variable is made from them, and so do tensors,
#' results of arithmetic among them.
#'
#' @param x A variable.
#' @param value `NULL`, or a list with an element for each axis: `NULL` or as many
#'   names as the axis is long.
#' @return `dimnames()`: such a list or `NULL`.
#' @name dimnames.kerasvar.Variable
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(0, c(2, 3)))
#' dimnames(v) <- list(c("a", "b"), NULL)
#' v["a", ] <- 1
#' v
NULL

#' @rdname dimnames.kerasvar.Variable
#' @export
dimnames.kerasvar.Variable <- function(x) {
  names <- reticulate::py_to_r(call_py(py_fn("bridge.access.get_dimnames"), x))
  if (!is.null(names)) {
    lapply(names, function(x) if (!is.null(x)) as.character(unlist(x)))
  }
}

#' @rdname dimnames.kerasvar.Variable
#' @export
`dimnames<-.kerasvar.Variable` <- function(x, value) {
  if (!is.null(value) && !is.list(value)) {
    cli::cli_abort(
      c(
        "{.arg value} must be a list or {.code NULL}.",
        x = "You supplied {.obj_type_friendly {value}}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = shown_call(rlang::current_env())
    )
  }
  call_py(
    py_fn("bridge.access.set_dimnames"),
    x,
    reticulate::r_to_py(encode_dimnames(value))
  )
  x
}
