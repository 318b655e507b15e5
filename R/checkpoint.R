# Checkpoints: values of variables in a file.

#' Save variables to a file, and load them
#'
#' The values go to a safetensors file, one entry a variable, in its own dtype, bit
#' for bit. Tools of any framework can read the file, and files of others can be
#' read: safetensors, several of them with an `index.json` (or the folder they are
#' in), `.npz`, Keras's `.weights.h5` and `.keras`, and PyTorch's `.pt` of tensors.
#'
#' The file is there whole or not at all, and on the disk when `save_variables()`
#' returns. A file that is damaged is an error. Values are loaded into variables of
#' any backend: where they were saved does not matter.
#'
#' @param variables A variable or a list of variables, no two of one path, which are
#'   saved under their paths; or a list with names, of variables, tensors, random
#'   keys and such lists, which are saved under the names that lead to them, joined
#'   by `/`. For `load_variables()`, the former name of `into`.
#' @param path The file.
#' @param metadata A named list of numbers, strings and such lists, or `NULL`. See
#'   `checkpoint_metadata()`.
#' @param max_shard_size In bytes: if the values take more, they go to several files
#'   beside `path`, and `<path>.index.json` says which are where. `Inf` for no limit.
#' @param into Variables to load into, as for `variables`. They must be the file's
#'   entries, all of them and no others, by name, shape and dtype; if they are not,
#'   nothing is assigned.
#' @param backend Without `into`, the name of the backend that new variables (tensors
#'   where no variables were saved) belong to.
#' @param strict If `FALSE`, what agrees is loaded, and the rest is left out and
#'   returned.
#' @param rename A named character vector or list, with the names in the file as
#'   names and other names as values; or a function of a name, which gives another,
#'   or `NULL` to leave the entry out.
#' @param cast Whether dtypes may differ.
#' @param only The names of the entries to load; the rest of the file is not read.
#' @return
#' * `save_variables()`: `path`, invisibly.
#' * `load_variables()`: `into`, invisibly, with new tensors and keys in place of those
#'   in it. With `strict = FALSE` a list of what did not agree: the names `missing` in
#'   the file, those `unexpected`, and those whose `shapes` and `dtypes` differ; and
#'   under `loaded` the new `into`, where it holds more than variables. Without `into`, a named list of
#'   tensors of the numpy backend, or of new variables of `backend`, in the order
#'   they were saved in.
#' * `checkpoint_metadata()`: the `metadata` that was saved, a named list.
#' * `describe_checkpoint()`: a data frame with a row for each entry: `path`, `dtype`,
#'   `shape` (a list of integer vectors) and, for a file that `save_variables()`
#'   wrote, `trainable` and the `backend` that the variable lived in. No value is
#'   read.
#' @seealso [freeze()] to save variables inside other R objects.
#' @export
#' @examplesIf kerasvar:::core_available()
#' w <- keras_variable(array(rnorm(6), c(2, 3)), name = "w")
#' b <- keras_variable(c(1, 2, 3), name = "b")
#' file <- tempfile(fileext = ".safetensors")
#' save_variables(list(w, b), file, metadata = list(epoch = 3))
#' describe_checkpoint(file)
#' checkpoint_metadata(file)$epoch
#'
#' b$assign(c(0, 0, 0))
#' load_variables(file, list(w, b))
#' b
#'
#' load_variables(file, backend = "numpy", only = "b")
save_variables <- function(variables, path, metadata = NULL, max_shard_size = 5e9) {
  path <- check_path(path)
  check_folder(path)
  if (!is.null(metadata)) {
    check_metadata(metadata)
    metadata <- reticulate::r_to_py(metadata)
  }
  if (!is.numeric(max_shard_size) || length(max_shard_size) != 1 || !isTRUE(max_shard_size > 0)) {
    abort_checkpoint(max_shard_size, "max_shard_size", "a number above 0", rlang::current_env())
  }
  call_py(
    py_fn("checkpoint.save"), path, as_saved(variables),
    metadata = metadata, max_shard_size = max_shard_size
  )
  invisible(path)
}

#' @rdname save_variables
#' @export
load_variables <- function(path, into = NULL, backend = NULL, strict = TRUE, rename = NULL,
                           cast = FALSE, only = NULL, variables = NULL) {
  path <- check_path(path)
  into <- into %||% variables
  check_flag(strict)
  check_flag(cast)
  loaded <- call_py(
    py_fn("checkpoint.load"), path, if (!is.null(into)) as_saved(into, "into"), backend,
    strict = strict, cast = cast, rename = as_rename(rename),
    only = if (!is.null(only)) as_names(only)
  )
  if (is.null(into)) {
    return(tree_from_py(loaded))
  }
  if (!strict) {
    return(as_disagreement(loaded))
  }
  invisible(if (inherits(loaded, "python.builtin.NoneType")) into else tree_from_py(loaded))
}

#' @rdname save_variables
#' @export
checkpoint_metadata <- function(path) {
  reticulate::py_to_r(call_py(py_fn("checkpoint.read_metadata"), check_path(path)))
}

#' @rdname save_variables
#' @export
describe_checkpoint <- function(path) {
  entries <- reticulate::py_to_r(call_py(py_fn("checkpoint.describe"), check_path(path)))
  column <- function(what, missing) {
    unname(vapply(entries, function(entry) entry[[what]] %||% missing, missing))
  }
  frame <- data.frame(
    path = as.character(names(entries)),
    dtype = column("dtype", ""),
    trainable = column("trainable", NA),
    backend = column("backend", NA_character_)
  )
  frame$shape <- lapply(unname(entries), function(entry) as.integer(unlist(entry$shape)))
  frame[c("path", "dtype", "shape", "trainable", "backend")]
}

check_path <- function(path, call = caller_env()) {
  if (!rlang::is_string(path)) {
    cli::cli_abort(
      c(
        "{.arg path} must be a single string.",
        x = "You supplied {.obj_type_friendly {path}}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call
    )
  }
  path.expand(path)
}

check_folder <- function(path, call = caller_env()) {
  if (!dir.exists(dirname(path))) {
    cli::cli_abort(
      "{.arg path}: there is no folder {.file {dirname(path)}}.",
      class = c("kerasvar_FileNotFoundError", "kerasvar_error"),
      call = call
    )
  }
}

# What is saved, or loaded into: a variable or a list of them, or a tree with names.
as_saved <- function(x, arg = "variables", call = caller_env()) {
  if (inherits(x, "python.builtin.object") || is.list(x) && !is.data.frame(x)) {
    nested <- is.list(x) && (!is.null(names(x)) || any(vapply(x, is.list, NA)))
    if (has_invalid_pointer(x)) {
      abort_invalid_pointer(call)
    }
    if (nested) {
      return(tree_to_py(x, arg = arg, call = call))
    }
    if (is_variable(x) || is_tensor(x) || inherits(x, "kerasvar_key")) {
      return(x)
    }
    if (is.list(x) && all(vapply(x, is_variable, NA))) {
      return(reticulate::r_to_py(unname(x)))
    }
  }
  cli::cli_abort(
    c(
      "{.arg {arg}} must be a variable or a list of variables.",
      x = "You supplied {.obj_type_friendly {x}}."
    ),
    class = c("kerasvar_TypeError", "kerasvar_error"),
    call = call
  )
}

as_names <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  if (!is.character(x) || anyNA(x)) {
    abort_checkpoint(x, arg, "strings, without missing values", call)
  }
  as.list(x)
}

as_rename <- function(rename, call = caller_env()) {
  if (is.null(rename)) {
    return(NULL)
  }
  if (is.function(rename)) {
    return(closure_for_py(function(name) rename(py_strings(name))))
  }
  named <- rlang::is_named(rename) && !anyDuplicated(names(rename))
  if (!named || !all(vapply(rename, rlang::is_string, NA))) {
    abort_checkpoint(rename, "rename", "a function, or strings with names", call)
  }
  reticulate::dict(as.list(rename), convert = FALSE)
}

check_metadata <- function(metadata, call = caller_env()) {
  named <- is.list(metadata) && (!length(metadata) || rlang::is_named(metadata))
  if (!named || !is_plain(metadata)) {
    wanted <- "a list with names, of strings, finite numbers, logicals and such lists"
    abort_checkpoint(metadata, "metadata", wanted, call)
  }
}

# What can stand in the file as text.
is_plain <- function(x) {
  if (is.list(x) && !is.object(x)) {
    return(all(vapply(x, is_plain, NA)))
  }
  is.null(x) || !is.object(x) && (
    (is.character(x) || is.logical(x)) && !anyNA(x) || is.numeric(x) && all(is.finite(x))
  )
}

abort_checkpoint <- function(x, arg, wanted, call) {
  cli::cli_abort(
    c("{.arg {arg}} must be {wanted}.", x = "You supplied {.obj_type_friendly {x}}."),
    class = c("kerasvar_TypeError", "kerasvar_error"),
    call = call
  )
}

# Where there are other things than variables, the tree comes first.
as_disagreement <- function(loaded) {
  tree <- NULL
  if (length(loaded) == 2) {
    tree <- tree_from_py(reticulate::py_get_item(loaded, 0L))
    loaded <- reticulate::py_get_item(loaded, 1L)
  }
  found <- reticulate::py_to_r(reticulate::py_call(reticulate::import_builtins(FALSE)$list, loaded))
  c(
    list(
      missing = as.character(found[[1]]),
      unexpected = as.character(found[[2]]),
      shapes = found[[3]],
      dtypes = found[[4]]
    ),
    if (!is.null(tree)) list(loaded = tree)
  )
}
