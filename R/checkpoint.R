# Checkpoints: values of variables in a file.

#' Save variables to a file, and load them
#'
#' The values go to a safetensors file, one entry a variable, under its path and in
#' its own dtype, bit for bit. Tools of any framework can read the file, and files
#' of others can be read.
#'
#' The file is there whole or not at all. Values are loaded into variables of any
#' backend: where they were saved does not matter.
#'
#' @param variables A variable or a list of variables, no two of one path. For
#'   `load_variables()` they must be the file's entries, all of them and no others,
#'   by path, shape and dtype; if they are not, nothing is assigned.
#' @param path The file.
#' @return
#' * `save_variables()`: `path`, invisibly.
#' * `load_variables()`: the variables, invisibly. Without `variables`, a named list
#'   of tensors of the numpy backend, in the order they were saved in.
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
#' save_variables(list(w, b), file)
#' describe_checkpoint(file)
#'
#' b$assign(c(0, 0, 0))
#' load_variables(file, list(w, b))
#' b
save_variables <- function(variables, path) {
  check_folder(check_path(path))
  call_py(py_fn("checkpoint.save"), check_path(path), as_variables(variables))
  invisible(path)
}

#' @rdname save_variables
#' @export
load_variables <- function(path, variables = NULL) {
  path <- check_path(path)
  if (is.null(variables)) {
    return(tree_from_py(call_py(py_fn("checkpoint.load"), path)))
  }
  call_py(py_fn("checkpoint.load"), path, as_variables(variables))
  invisible(variables)
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
