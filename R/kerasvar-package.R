#' @keywords internal
"_PACKAGE"

# Every Python object and function this package holds on to, in one place.
# Nothing in here outlives the process, so nothing has to be invalidated.
pkg_env <- new.env(parent = emptyenv())

## usethis namespace: start
#' @importFrom rlang %||% caller_env
## usethis namespace: end
NULL
