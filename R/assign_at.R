#' Write to a part of a variable, in a pipe
#'
#' The same as `x[...] <- value`, as a function that returns `x`; and more than
#' that, since `op` can combine what comes with what is there.
#'
#' Subscripts and recycling are those of [`[`][subscripts]. Where a position comes
#' more than once, `"set"` keeps the last value, while the others take them one
#' after the other: with `"add"` they accumulate. A sum or difference that is out of
#' an integer variable's range is an error, and nothing is written.
#'
#' @param x A variable, which is changed in place; or a tensor, of which a changed
#'   copy is made.
#' @param ... Subscripts, any of which may be left out.
#' @param value Numbers, or a variable or tensor.
#' @param op `"set"` replaces, `"add"` and `"sub"` add to and subtract from what is
#'   there, `"max"` and `"min"` keep the larger and the smaller.
#' @param na What becomes of `NA` in `value`: `"error"`, or `"nan"` for a NaN in a
#'   float variable.
#' @return The variable, invisibly, or the new tensor.
#' @export
#' @examplesIf kerasvar:::core_available()
#' counts <- keras_variable(array(0L, 3))
#' counts |> assign_at(c(1, 3, 3, 3), value = 1L, op = "add")
#' counts
assign_at <- function(x,
                      ...,
                      value,
                      op = c("set", "add", "sub", "max", "min"),
                      na = c("error", "nan")) {
  op <- rlang::arg_match(op)
  na <- rlang::arg_match(na)
  check_has_value(x)
  written <- subset_write(
    "bridge.access.write",
    x,
    gather_subscripts(...),
    value,
    op,
    na = na
  )
  if (is_variable(x)) invisible(x) else written
}

check_has_value <- function(x, call = caller_env()) {
  if (!is_variable(x) && !is_tensor(x)) {
    cli::cli_abort(
      c(
        "{.arg x} must be a variable or a tensor.",
        x = "You supplied {.obj_type_friendly {x}}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call
    )
  }
}
