# The stateless scope: assignments that do not happen, but are kept.

#' Evaluate code without changing any variable
#'
#' Inside a stateless scope nothing is written: assignments are kept by the scope,
#' and reads see them. When it ends, all variables are what they were, and the
#' scope tells what they would have become.
#'
#' Creating a variable from a value is an error inside. One that is made from an
#' initializer and a shape gets its first value when the outermost stateless scope
#' ends, or by [initialize_all_variables()] if `initialize_variables` is `FALSE`.
#'
#' @param code What to evaluate.
#' @param state Values that variables have inside: a list of pairs
#'   `list(variable, value)`.
#' @param initialize_variables Whether variables that are made inside get their
#'   first value when the outermost scope ends.
#' @inheritParams scopes
#' @return A stateless scope: an object with
#'   * `$get_current_value(variable)`: the value that the variable has by this
#'     scope, a tensor, or `NULL` if the scope has none for it;
#'   * `$result`, from `with_stateless()` only: the value of `code`.
#'
#'   `in_stateless_scope()`: `TRUE` or `FALSE`.
#' @export
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(c(1, 2, 3))
#' scope <- with_stateless({
#'   v$assign_add(c(10, 10, 10))
#'   sum(v)
#' })
#' scope$result
#' scope$get_current_value(v)
#' v
#'
#' with_stateless(v * 2, state = list(list(v, c(0, 0, 1))))$result
with_stateless <- function(code, state = NULL, initialize_variables = TRUE) {
  scope <- new_stateless_scope(state, initialize_variables)
  result <- in_scope(scope, code)
  stateless_scope(scope, result = result)
}

#' @rdname with_stateless
#' @export
local_stateless <- function(
  state = NULL,
  initialize_variables = TRUE,
  .local_envir = parent.frame()
) {
  scope <- new_stateless_scope(state, initialize_variables)
  local_scope(scope, .local_envir)
  stateless_scope(scope)
}

#' @rdname with_stateless
#' @export
in_stateless_scope <- function() {
  reticulate::py_to_r(call_py(py_fn("in_stateless_scope")))
}

#' Initialise the variables that wait for it
#'
#' Variables that were made inside a [stateless scope][with_stateless] with
#' `initialize_variables = FALSE` have no value until this is called.
#'
#' @return Nothing, invisibly. An error if an initializer fails, which names the
#'   variable; the others are initialised all the same, and calling again tries
#'   it again.
#' @export
#' @examplesIf kerasvar:::core_available()
#' with_stateless(
#'   v <- keras_variable(initializer_ones(), shape = 3),
#'   initialize_variables = FALSE
#' )
#' initialize_all_variables()
#' v
initialize_all_variables <- function() {
  call_py(py_fn("initialize_all_variables"))
  invisible()
}

in_scope <- function(scope, code) {
  local_scope(scope)
  code
}

new_stateless_scope <- function(state, initialize_variables, call = caller_env()) {
  if (has_invalid_pointer(state)) {
    abort_invalid_pointer(call)
  }
  pairs <- lapply(seq_along(state), function(i) {
    pair <- state[[i]]
    if (!is.list(pair) || length(pair) != 2 || !is_variable(pair[[1]])) {
      cli::cli_abort(
        c(
          "{.arg state} must be a list of pairs {.code list(variable, value)}.",
          x = "Element {i} is no such pair."
        ),
        class = c("kerasvar_TypeError", "kerasvar_error"),
        call = call
      )
    }
    data <- as_operand(pair[[2]], arg = "state", call = call)
    value <- call_py(py_fn("bridge.fitted"), pair[[1]], data$value, data$kind, .call = call)
    reticulate::tuple(pair[[1]], value)
  })
  call_py(
    py_fn("StatelessScope"),
    state_mapping = reticulate::r_to_py(unname(pairs)),
    initialize_variables = initialize_variables,
    .call = call
  )
}

stateless_scope <- function(scope, ...) {
  force(scope)
  structure(
    list(
      get_current_value = function(variable) {
        get <- reticulate::py_get_attr(scope, "get_current_value")
        value <- call_py(get, variable)
        if (!inherits(value, "python.builtin.NoneType")) {
          new_tensor(value)
        }
      },
      ...,
      scope = scope
    ),
    class = "kerasvar_stateless_scope"
  )
}

#' @export
print.kerasvar_stateless_scope <- function(x, ...) {
  updates <- reticulate::py_get_attr(x$scope, "state_mapping")
  count <- reticulate::py_len(updates)
  cat(cli::format_inline("<stateless scope> with values for {count} variable{?s}"), "\n", sep = "")
  invisible(x)
}
