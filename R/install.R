#' Install the Python packages that kerasvar needs
#'
#' Needed only for a Python environment of your own. Where reticulate makes the
#' environment itself (the default, if `uv` can be used), it installs what is
#' needed when Python starts.
#'
#' @param backend The frameworks to install besides the hard requirements
#'   (numpy, ml_dtypes, optree and safetensors): any of `"tensorflow"`, `"jax"`
#'   and `"torch"`; `"numpy"` adds nothing.
#' @param envname The name or path of the Python environment, as in
#'   [reticulate::py_install()]. `NULL` means the one that reticulate would use.
#' @param ... Passed to [reticulate::py_install()].
#' @return The names of the Python packages asked for, invisibly.
#' @export
#' @examples
#' \dontrun{
#' install_kerasvar()
#' install_kerasvar(c("jax", "torch"))
#' }
install_kerasvar <- function(backend = "numpy", envname = NULL, ...) {
  packages <- packages_for(backend)
  reticulate::py_install(packages, envname = envname, ...)
  invisible(packages)
}

packages_for <- function(backend, call = caller_env()) {
  known <- c("numpy", names(framework_packages))
  unknown <- if (is.character(backend)) setdiff(backend, known) else backend
  if (length(unknown)) {
    cli::cli_abort(
      c(
        "{.arg backend} must be among {.val {known}}.",
        x = "You supplied {.val {unknown}}."
      ),
      class = c("kerasvar_ValueError", "kerasvar_error"),
      call = call
    )
  }
  chosen <- intersect(backend, names(framework_packages))
  c(python_requirements, unname(framework_packages[chosen]))
}
