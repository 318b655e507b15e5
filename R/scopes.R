# Scopes: what holds while some code runs. Each is a context manager of
# scopes.py, entered by a call and left when the R function that asked for it
# ends, however it ends.

#' Name, autocast and device scopes
#'
#' `with_*()` evaluate `code` inside a scope; `local_*()` open one until the
#' function that called them returns or fails. Scopes can be nested.
#'
#' * In a **name scope**, new variables have its name in front of their own in
#'   `v$path`. `current_path()` gives the names of the open scopes joined by `/`.
#' * In an **autocast scope**, float variables made with `autocast = TRUE` read as
#'   `dtype`; what is stored does not change. `NULL` turns an outer one off.
#' * In a **device scope**, new variables are placed on the device.
#'
#' @param name The name of a scope: a string without `/`. Of a device: such as
#'   `"cpu:0"` or `"gpu:0"`.
#' @param dtype A float dtype such as `"float16"`, or `NULL`.
#' @param code What to evaluate.
#' @param .local_envir The function call that the scope lasts for.
#' @return `with_*()`: the value of `code`. `local_*()`: nothing, invisibly.
#'   `current_path()`: a string, `""` outside of all name scopes.
#' @seealso [with_stateless()]
#' @name scopes
#' @examplesIf kerasvar:::core_available()
#' with_name_scope("block", with_name_scope("dense", {
#'   w <- keras_variable(c(1, 2, 3), name = "w")
#' }))
#' w$path
#'
#' half <- function(v) {
#'   local_autocast("float16")
#'   v + 1
#' }
#' half(w)
#' w$dtype
NULL

#' @rdname scopes
#' @export
with_name_scope <- function(name, code) {
  local_scope(call_py(py_fn("name_scope"), name))
  code
}

#' @rdname scopes
#' @export
local_name_scope <- function(name, .local_envir = parent.frame()) {
  local_scope(call_py(py_fn("name_scope"), name), .local_envir)
}

#' @rdname scopes
#' @export
current_path <- function() {
  py_strings(call_py(py_fn("current_path")))
}

#' @rdname scopes
#' @export
with_autocast <- function(dtype, code) {
  local_scope(call_py(py_fn("AutocastScope"), dtype))
  code
}

#' @rdname scopes
#' @export
local_autocast <- function(dtype, .local_envir = parent.frame()) {
  local_scope(call_py(py_fn("AutocastScope"), dtype), .local_envir)
}

#' @rdname scopes
#' @export
with_device <- function(name, code) {
  local_scope(call_py(py_fn("device"), name))
  code
}

#' @rdname scopes
#' @export
local_device <- function(name, .local_envir = parent.frame()) {
  local_scope(call_py(py_fn("device"), name), .local_envir)
}

# Enters a Python context manager until the function whose frame is `envir` ends.
local_scope <- function(scope, envir = parent.frame(), call = caller_env()) {
  if (identical(envir, globalenv())) {
    cli::cli_abort(
      c(
        "A {.fn local_*} scope lasts for a function, and there is none here.",
        i = "Use the {.fn with_*} form."
      ),
      class = c("kerasvar_scope_error", "kerasvar_error"),
      call = call
    )
  }
  call_py(reticulate::py_get_attr(scope, "__enter__"), .call = call)
  leave <- reticulate::py_get_attr(scope, "__exit__")
  leave_scope <- function() call_py(leave, NULL, NULL, NULL, .call = call)
  # on.exit() of another function's frame; last in, first out.
  do.call(
    base::on.exit,
    list(as.call(list(leave_scope)), add = TRUE, after = FALSE),
    envir = envir
  )
  invisible()
}
