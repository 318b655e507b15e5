# Functional scopes from R: the ways in. The scope itself is in scope.R.

#' Functional scopes: state outside the function
#'
#' A function that takes a scope asks it for parameters and other state by name.
#' `scope_init()` makes of it a function that draws the first values,
#' `scope_apply()` one that computes with given values; neither changes anything,
#' and what changes is returned. The semantics, names and random numbers are those
#' of `flax.core`, on every backend.
#'
#' State lies in a [tree][trees]: a named list of collections (`params`,
#' `batch_stats`, ...), each a nested named list of tensors.
#'
#' @param fn A function `fn(scope, ...)`; see [scope-object] for what a scope can.
#'   An error in it reaches you as that error.
#' @param mutable Which collections may be written: `TRUE` (all), `FALSE` (none), a
#'   character vector of names, or a `deny_list()`.
#' @param flags A named list of settings, which a scope hands to its children.
#' @param variables A tree: a named list of collections.
#' @param rngs Random keys: a key or a whole number as its seed, for `"params"`; or a
#'   named list of such.
#' @param filter As `mutable`: what not to match.
#' @return
#' * `scope_init()`: a function of `(rngs, ...)` that returns a list: `result`, what
#'   `fn` returned, and `variables`, a tree.
#' * `scope_apply()`: a function of `(variables, ..., rngs = NULL)` that returns what
#'   `fn` returns; or, unless `mutable` is `FALSE`, a list of that (`result`) and of
#'   the mutable collections as they are then (`variables`).
#' * `scope_bind()`: a [scope][scope-object].
#' * `deny_list()`: a filter that matches everything but what `filter` matches.
#' @seealso [scope-object], [random_key()], [trees]
#' @export
#' @examplesIf kerasvar:::core_available()
#' dense <- function(scope, x, units) {
#'   kernel <- scope$param("kernel", initializer_glorot_uniform(), shape = c(ncol(x), units))
#'   bias <- scope$param("bias", initializer_zeros(), shape = units)
#'   x %*% kernel + rep(1, nrow(x)) %*% t(bias)
#' }
#' x <- as.matrix(iris[1:5, 1:4])
#' made <- scope_init(dense)(42, x, units = 3)
#' made$variables
#' scope_apply(dense)(made$variables, x, units = 3)
scope_init <- function(fn, mutable = TRUE, flags = NULL) {
  fn <- check_function(fn)
  mutable <- as_filter(mutable)
  flags <- as_flags(flags)
  function(rngs, ...) {
    call <- rlang::current_env()
    rngs <- as_rngs(rngs)
    run_in_scope(fn, list(...), function(run) {
      make <- call_py(py_fn("functional.init"), run, mutable, flags, .call = call)
      call_py(make, rngs, .call = call)
    })
  }
}

#' @rdname scope_init
#' @export
scope_apply <- function(fn, mutable = FALSE, flags = NULL) {
  fn <- check_function(fn)
  pure <- isFALSE(mutable)
  mutable <- as_filter(mutable)
  flags <- as_flags(flags)
  function(variables, ..., rngs = NULL) {
    call <- rlang::current_env()
    variables <- variables_to_py(variables)
    rngs <- if (!is.null(rngs)) as_rngs(rngs)
    run_in_scope(fn, list(...), pure = pure, function(run) {
      apply <- call_py(py_fn("functional.apply"), run, mutable, flags, .call = call)
      call_py(apply, variables, rngs = rngs, .call = call)
    })
  }
}

#' @rdname scope_init
#' @export
scope_bind <- function(variables, rngs = NULL, mutable = FALSE, flags = NULL) {
  if (!is.null(rngs) && !(is.list(rngs) && !is.object(rngs))) {
    rngs <- list(params = rngs)
  }
  new_scope(call_py(
    py_fn("functional.bind"),
    variables_to_py(variables),
    if (!is.null(rngs)) as_rngs(rngs),
    as_filter(mutable),
    as_flags(flags)
  ))
}

#' @rdname scope_init
#' @export
deny_list <- function(filter) {
  call_py(py_fn("functional.DenyList"), as_filter(filter))
}

# Calls `use(run)`, where `run(scope)` calls `fn`. What `fn` returns stays in R.
run_in_scope <- function(fn, args, use, pure = FALSE) {
  result <- NULL
  run <- function(scope) {
    result <<- do.call(fn, c(list(new_scope(scope)), args), quote = TRUE)
    NULL
  }
  returned <- call_with_closure(run, use)
  if (pure) {
    return(result)
  }
  list(
    result = result,
    variables = tree_from_py(reticulate::py_get_item(returned, 1L))
  )
}

# No collections are a mapping too, and not the list that R takes them for.
variables_to_py <- function(variables, call = caller_env()) {
  if (is.list(variables) && length(variables) == 0) {
    names(variables) <- character()
  }
  tree_to_py(variables, arg = "variables", call = call)
}

as_filter <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  if (rlang::is_bool(x) || rlang::is_string(x) || inherits(x, "python.builtin.object")) {
    return(x)
  }
  if (is.character(x)) {
    return(reticulate::r_to_py(as.list(x)))
  }
  cli::cli_abort(
    c(
      "{.arg {arg}} must be {.code TRUE}, {.code FALSE}, names of collections, or a
       {.fn deny_list} of those.",
      x = "You supplied {.obj_type_friendly {x}}."
    ),
    class = c("kerasvar_InvalidFilterError", "kerasvar_error"),
    call = call
  )
}

as_flags <- function(flags, call = caller_env()) {
  if (is.null(flags)) {
    return(NULL)
  }
  check_tree_names(rlang::names2(flags), "flags", call)
  reticulate::r_to_py(flags)
}

# A seed or key, or a named list of those.
as_rngs <- function(rngs, call = caller_env()) {
  if (is.list(rngs) && !is.object(rngs)) {
    check_tree_names(rlang::names2(rngs), "rngs", call)
    return(reticulate::r_to_py(lapply(rngs, as_key, call = call)))
  }
  as_key(rngs, call = call)
}

as_key <- function(x, arg = "rngs", call = caller_env()) {
  if (inherits(x, "python.builtin.object")) {
    return(x)
  }
  if (!rlang::is_integerish(x, n = 1, finite = TRUE)) {
    cli::cli_abort(
      c(
        "{.arg {arg}} must be a random key, or a whole number as its seed.",
        x = "You supplied {.obj_type_friendly {x}}."
      ),
      class = c("kerasvar_InvalidRngError", "kerasvar_ValueError", "kerasvar_error"),
      call = call
    )
  }
  random_key(x)
}
