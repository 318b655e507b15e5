# What a functional scope can do from R. It is the Python object with a class of its own; its
# methods take and give tensors and trees.

#' What a functional scope can do
#'
#' The object that [scope_init()] and [scope_apply()] hand to a function, and that
#' [scope_bind()] makes. It stands at a place in a tree of collections.
#'
#' @section Parameters and variables:
#' * `scope$param(name, init, ..., shape, dtype)`: the parameter of that name, a
#'   tensor. While it is not there (in `scope_init()`), it is made: by one of the
#'   `initializer_*()`, or by a function `init(key, ...)`, which gets `shape` and
#'   `dtype` if they are given. Where it is there, its shape must be the one that
#'   `init` would give.
#' * `scope$variable(collection, name, init, ...)`: a reference to a variable of any
#'   collection, made by `init(...)` if it is not there. Read it with
#'   `reference$value`, write it with `reference$value <- new`.
#' * `scope$has_variable(collection, name)`, `scope$get_variable(collection, name,
#'   default = NULL)`, `scope$put_variable(collection, name, value)`.
#' * `scope$variables()`, `scope$mutable_variables()`: the [tree][trees] from here on.
#' * `scope$is_mutable_collection(collection)`.
#'
#' @section Children:
#' * `scope$child(fn, name = NULL, ...)`: a function of `(...)` that calls `fn` with
#'   a scope of its own, in front of what it is given; calling it again shares the
#'   variables. Without a `name` it is called after the function: `dense_0`.
#' * `scope$push(name = NULL, prefix = "", reuse = FALSE)`: such a scope.
#' * `scope$rewound(rewind_rngs = FALSE)`: the same place with all names free again.
#'
#' @section Random keys:
#' `scope$make_rng(name = "params")` gives a new key, see [random_key()];
#' `scope$has_rng(name)` says whether there is one to make it from.
#'
#' @section State of the scope:
#' `scope$name`, `scope$path` (character), `scope$path_text`,
#' `scope$has_flag(flag)`, `scope$get_flag(flag, default)`, `scope$invalid`,
#' `scope$invalidate()`, `scope$reserve(name, collection = NULL)`,
#' `scope$default_name(prefix)`.
#'
#' @name scope-object
#' @examplesIf kerasvar:::core_available()
#' scope <- scope_bind(list(params = list(w = c(1, 2))), mutable = "counts")
#' scope$param("w", initializer_zeros(), shape = 2)
#' calls <- scope$variable("counts", "calls", function() 0)
#' calls$value <- calls$value + 1
#' scope$variables()
NULL

new_scope <- function(x) {
  class(x) <- c("kerasvar_scope", class(x))
  with_identity(x)
}

#' @export
`$.kerasvar_scope` <- function(x, name) {
  method <- scope_methods[[name]]
  # What R6's clone(deep = TRUE) asks for, as of a tensor.
  if (name == ".__enclos_env__") {
    return(NULL)
  }
  if (is.null(method)) {
    cli::cli_abort(
      c(
        "A scope has no {.code ${name}}.",
        i = "It has {.code {sort(names(scope_methods))}}."
      ),
      class = c("kerasvar_AttributeError", "kerasvar_error"),
      call = NULL
    )
  }
  method(x)
}

#' @export
`[[.kerasvar_scope` <- function(x, i) {
  `$.kerasvar_scope`(x, i)
}

#' @export
.DollarNames.kerasvar_scope <- function(x, pattern = "") {
  grep(pattern, sort(names(scope_methods)), value = TRUE)
}

#' @export
format.kerasvar_scope <- function(x, ...) {
  if (is_invalid_pointer(x)) {
    return("<scope> of another R session")
  }
  reticulate::py_str(x)
}

#' @export
print.kerasvar_scope <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

py_method <- function(scope, name) {
  reticulate::py_get_attr(scope, name)
}

# name -> function of the scope that gives what `scope$name` is.
scope_methods <- list(
  param = function(scope) function(name, init, ..., shape = NULL, dtype = NULL) {
    call <- rlang::current_env()
    args <- c(list(...), list(shape = shape, dtype = dtype))
    args <- args[!vapply(args, is.null, NA)]
    value <- call_with_initializer(init, args, call = call, use = function(init) {
      call_py(py_method(scope, "param"), name, init, .call = call)
    })
    tree_from_py(value)
  },
  variable = function(scope) function(collection, name, init = NULL, ...) {
    call <- rlang::current_env()
    args <- list(...)
    make <- if (is.function(init)) function(...) value_to_py(do.call(init, args))
    reference <- call_with_closure(make, function(make) {
      call_py(
        py_method(scope, "variable"),
        collection,
        name,
        if (!is.null(init)) make,
        .call = call
      )
    })
    class(reference) <- c("kerasvar_reference", class(reference))
    with_identity(reference)
  },
  child = function(scope) function(fn, name = NULL, ...) {
    label <- substitute(fn)
    prefix <- if (is.symbol(label)) paste0(as.character(label), "_") else ""
    fn <- check_function(fn)
    partial <- list(...)
    below <- call_py(py_method(scope, "push"), name, prefix)
    function(...) {
      rewound <- new_scope(call_py(py_method(below, "rewound")))
      do.call(fn, c(list(rewound, ...), partial), quote = TRUE)
    }
  },
  push = function(scope) function(name = NULL, prefix = "", reuse = FALSE) {
    new_scope(call_py(py_method(scope, "push"), name, prefix, reuse))
  },
  rewound = function(scope) function(rewind_rngs = FALSE) {
    new_scope(call_py(py_method(scope, "rewound"), rewind_rngs))
  },
  make_rng = function(scope) function(name = "params") {
    new_key(call_py(py_method(scope, "make_rng"), name))
  },
  has_rng = function(scope) function(name) {
    reticulate::py_to_r(call_py(py_method(scope, "has_rng"), name))
  },
  has_variable = function(scope) function(collection, name) {
    reticulate::py_to_r(call_py(py_method(scope, "has_variable"), collection, name))
  },
  get_variable = function(scope) function(collection, name, default = NULL) {
    if (!`$.kerasvar_scope`(scope, "has_variable")(collection, name)) {
      return(default)
    }
    tree_from_py(call_py(py_method(scope, "get_variable"), collection, name))
  },
  put_variable = function(scope) function(collection, name, value) {
    call_py(py_method(scope, "put_variable"), collection, name, value_to_py(value))
    invisible()
  },
  variables = function(scope) function() {
    tree_from_py(call_py(py_method(scope, "variables")))
  },
  mutable_variables = function(scope) function() {
    tree_from_py(call_py(py_method(scope, "mutable_variables")))
  },
  is_mutable_collection = function(scope) function(collection) {
    reticulate::py_to_r(call_py(py_method(scope, "is_mutable_collection"), collection))
  },
  is_collection_empty = function(scope) function(collection) {
    reticulate::py_to_r(call_py(py_method(scope, "is_collection_empty"), collection))
  },
  has_flag = function(scope) function(flag) {
    reticulate::py_to_r(call_py(py_method(scope, "has_flag"), flag))
  },
  get_flag = function(scope) function(flag, default) {
    if (!missing(default) && !`$.kerasvar_scope`(scope, "has_flag")(flag)) {
      return(default)
    }
    reticulate::py_to_r(call_py(py_method(scope, "get_flag"), flag))
  },
  reserve = function(scope) function(name, collection = NULL) {
    call_py(py_method(scope, "reserve"), name, collection)
    invisible()
  },
  default_name = function(scope) function(prefix) {
    py_strings(call_py(py_method(scope, "default_name"), prefix))
  },
  invalidate = function(scope) function() {
    call_py(py_method(scope, "invalidate"))
    invisible()
  },
  invalid = function(scope) reticulate::py_to_r(py_method(scope, "invalid")),
  name = function(scope) reticulate::py_to_r(py_method(scope, "name")),
  path = function(scope) py_strings(py_method(scope, "path")),
  path_text = function(scope) py_strings(py_method(scope, "path_text"))
)

# Whatever R returns for a variable: data become tensors of the default backend.
value_to_py <- function(x, call = caller_env()) {
  tree_to_py(x, arg = "value", call = call)
}

# `use(init)` with an initializer that is a function of a key, fit for Python. The
# arguments are given to it here.
call_with_initializer <- function(init, args, use, call = caller_env()) {
  if (!is.function(init) || inherits(init, "python.builtin.object")) {
    if (!is.null(args$shape)) {
      args$shape <- as_py_shape(args$shape, call)
    }
    draw <- do.call(call_py, c(list(py_fn("bridge.draws.from_key"), init), args, list(.call = call)))
    return(use(draw))
  }
  draw <- function(key) {
    value_to_py(do.call(init, c(list(new_key(key)), args)))
  }
  call_with_closure(draw, use)
}

# ---- references --------------------------------------------------------------

#' @export
`$.kerasvar_reference` <- function(x, name) {
  switch(
    name,
    value = tree_from_py(call_py(py_fn("bridge.lists.get_value"), x)),
    collection = ,
    name = py_strings(reticulate::py_get_attr(x, name)),
    .__enclos_env__ = NULL,
    is_mutable = function() reticulate::py_to_r(call_py(py_method(x, "is_mutable"))),
    cli::cli_abort(
      "A reference has no {.code ${name}}; it has {.code $value}.",
      class = c("kerasvar_AttributeError", "kerasvar_error"),
      call = NULL
    )
  )
}

#' @export
`$<-.kerasvar_reference` <- function(x, name, value) {
  if (!identical(name, "value")) {
    cli::cli_abort(
      "Of a reference only {.code $value} can be assigned, not {.code ${name}}.",
      class = c("kerasvar_AttributeError", "kerasvar_error"),
      call = NULL
    )
  }
  call_py(py_fn("bridge.lists.set_value"), x, value_to_py(value))
  x
}

#' @export
print.kerasvar_reference <- function(x, ...) {
  cat("<reference to ", `$.kerasvar_reference`(x, "collection"), "/",
      `$.kerasvar_reference`(x, "name"), ">\n", sep = "")
  invisible(x)
}
