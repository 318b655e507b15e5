# Trees: nested named lists whose leaves are tensors. In Python they are dicts.
# A tree crosses in two steps, its places and its leaves (bridge/lists.py),
# because a tensor must reach R as it is, and a list would be converted whole.

# A Python tree as an R tree; anything else as a tensor, or what it is.
tree_from_py <- function(x) {
  parts <- call_py(py_fn("bridge.lists.flatten"), x)
  places <- reticulate::py_to_r(reticulate::py_get_item(parts, 0L))
  leaves <- reticulate::py_get_item(parts, 1L)
  values <- lapply(seq_along(places) - 1L, function(i) {
    leaf_from_py(reticulate::py_get_item(leaves, i))
  })
  grow_tree(lapply(places, as.character), values)
}

# What is a tensor to us becomes a tensor of ours; numbers and text become R's own.
leaf_from_py <- function(x) {
  if (inherits(x, c("python.builtin.int", "python.builtin.float", "python.builtin.bool",
                    "python.builtin.str", "python.builtin.NoneType"))) {
    return(reticulate::py_to_r(x))
  }
  if (is_variable(x)) return(with_identity(x))
  if (is_py_tensor(x)) new_tensor(x) else x
}

is_py_tensor <- function(x) {
  backend <- call_py(py_fn("backends.backend_of"), x)
  !inherits(backend, "python.builtin.NoneType")
}

grow_tree <- function(places, values) {
  if (length(places) == 1 && length(places[[1]]) == 0) {
    value <- values[[1]]
    return(
      if (identical(value, "empty mapping")) {
        new_tree(stats::setNames(list(), character()))
      } else if (identical(value, "empty list")) {
        new_tree(list())
      } else {
        value
      }
    )
  }
  steps <- vapply(places, `[[`, "", 1)
  first <- unique(steps)
  children <- lapply(first, function(step) {
    below <- steps == step
    grow_tree(lapply(places[below], `[`, -1), values[below])
  })
  if (startsWith(first[1], ".")) {
    names(children) <- substring(first, 2)
  }
  new_tree(children)
}

new_tree <- function(x) {
  structure(x, class = "kerasvar_tree")
}

# An R list, with arrays, tensors and such lists in it, as a Python tree of dicts
# and lists. Data become tensors of the default backend.
tree_to_py <- function(x, arg = "tree", call = caller_env()) {
  do.call(call_py, c(list(py_fn("bridge.lists.build")), tree_parts(x, arg, call), list(.call = call)))
}

# Places, leaves and kinds, as bridge/lists.py has them.
tree_parts <- function(x, arg, call) {
  if (has_invalid_pointer(x)) {
    abort_invalid_pointer(call)
  }
  parts <- cut_tree(x, list(), arg, call)
  list(
    reticulate::r_to_py(lapply(parts, function(part) as.list(part$place))),
    reticulate::r_to_py(lapply(parts, `[[`, "value")),
    reticulate::r_to_py(lapply(parts, `[[`, "kind"))
  )
}

cut_tree <- function(x, place, arg, call) {
  if (!is.list(x) || is.data.frame(x)) {
    data <- as_operand(x, arg = arg, call = call)
    return(list(list(place = unlist(place), value = data$value, kind = data$kind)))
  }
  if (length(x) == 0) {
    empty <- if (is.null(names(x)) && !inherits(x, "kerasvar_tree")) "empty list" else "empty mapping"
    return(list(list(place = unlist(place), value = empty, kind = NULL)))
  }
  steps <- if (is.null(names(x))) {
    paste0("#", seq_along(x) - 1L)
  } else {
    paste0(".", check_tree_names(names(x), arg, call))
  }
  x <- unclass(x)
  unlist(
    lapply(seq_along(x), function(i) cut_tree(x[[i]], c(place, steps[i]), arg, call)),
    recursive = FALSE
  )
}

check_tree_names <- function(names, arg, call) {
  wrong <- is.na(names) | !nzchar(names) | duplicated(names)
  if (any(wrong)) {
    cli::cli_abort(
      c(
        "Every element of {.arg {arg}} must have a name of its own.",
        x = "Without one, counted from the first: {which(wrong)}."
      ),
      class = c("kerasvar_ValueError", "kerasvar_error"),
      call = call
    )
  }
  names
}

#' Trees of tensors
#'
#' What functional scopes, [functionalize()] and [value_and_gradient()] hand out
#' are trees: nested named lists with tensors in them. They are R lists in every
#' way, and print as [str()] shows nested lists, with shapes and dtypes.
#'
#' @param x,object A tree.
#' @param ... For methods; `str()` passes it on to [utils::str()].
#' @return `print()` and `str()` return the tree, invisibly.
#' @name trees
#' @examplesIf kerasvar:::core_available()
#' w <- keras_variable(array(0, c(4, 3)), name = "w")
#' b <- keras_variable(array(0, 3), name = "b")
#' variable_state(list(w, b))
NULL

#' @rdname trees
#' @export
print.kerasvar_tree <- function(x, ...) {
  utils::str(bare_tree(x), give.attr = FALSE)
  invisible(x)
}

#' @rdname trees
#' @export
str.kerasvar_tree <- function(object, ...) {
  utils::str(bare_tree(object), ...)
  invisible(object)
}

bare_tree <- function(x) {
  if (inherits(x, "kerasvar_tree")) lapply(unclass(x), bare_tree) else x
}
