#' A variable
#'
#' A named, shaped, typed container whose value lives in NumPy, TensorFlow, JAX
#' or PyTorch and is changed in place. To R it is an array: `v[1, ] <- 0`,
#' `v + 1`, `dim(v)` and [as.array()] mean what they mean in base R.
#'
#' A variable is a reference, as an environment is: after `w <- v`, changing `v`
#' changes what `w` shows. What `v$value` and arithmetic return are tensors of
#' the framework, which are values, as R's arrays are.
#'
#' @section Reading and writing:
#' * `v$value`: the present value, a tensor that stays as it is whatever is
#'   written to the variable later.
#' * `v$assign(value)`, `v$assign_add(value)`, `v$assign_sub(value)`: replace
#'   the value, add to it, subtract from it; each returns the new value. The
#'   shape must be the variable's own (a vector without `dim` fills a variable
#'   with one axis), and so will the dtype be. A fraction or an `NA` into an
#'   integer variable, or an integer out of its range, is an error. After an
#'   error the variable is what it was.
#' * `v$shape` (integer vector), `v$dtype`, `v$name`, `v$path`, `v$backend`,
#'   `v$aggregation`, `v$synchronization` (strings), `v$ndim`, `v$size`.
#' * `v$clone()`: a variable of its own with the same value, dtype, name, flags and
#'   backend. A field of an R6 object that holds a variable is copied so by
#'   `object$clone(deep = TRUE)`, while `object$clone()` shares it, as R6 does with
#'   references.
#' * `v$trainable`, `v$autocast`, `v$overwrite_with_gradient` (logical),
#'   `v$regularizer` and `v$constraint` (functions or `NULL`). Of these,
#'   `trainable`, `regularizer`, `constraint` and `overwrite_with_gradient` can
#'   be set: `v$trainable <- FALSE`.
#'
#' @section dtype:
#' A given `dtype` wins. Without one, a vector without `dim` gets
#' `"float32"` (or what [floatx] says) for numbers, `"int32"` for integers and
#' `"bool"` for logicals; an array keeps `"float64"`, `"int32"` or `"bool"`, and
#' a tensor its own. JAX holds 64-bit types only if `jax_enable_x64` is set;
#' otherwise it uses the 32-bit type and says so once. See [conversion] for all
#' types.
#'
#' @param initializer What the variable holds first: a vector, an array, a tensor
#'   of any framework or another variable; or the name of an initializer; or a
#'   function of `shape` and `dtype`, such as [initializer_ones()] returns. A
#'   single number without `dim` makes a variable without axes; a longer vector
#'   makes one with a single axis. The data are copied: later changes to the
#'   variable do not show in them.
#' @param shape An integer vector, needed if `initializer` is a function or a
#'   name; `integer()` for no axes. With data, the shape they must have.
#' @param dtype The dtype, such as `"float32"`, `"int64"` or `"bool"`.
#' @param trainable Are gradients wanted?
#' @param autocast Should it read as the dtype of a surrounding autocast scope?
#' @param aggregation,synchronization How the replicas of a distributed
#'   TensorFlow variable become one value: `"none"`, `"mean"`, `"sum"` or
#'   `"only_first_replica"`; and when: `"none"`, `"on_read"`, `"on_write"` or
#'   `"auto"`.
#' @param name A string without `/`. `NULL` chooses one: `variable`,
#'   `variable_1`, ...
#' @param ... `regularizer`, `constraint`, `layout`.
#' @param backend `"numpy"`, `"tensorflow"`, `"jax"` or `"torch"`; `NULL` for the
#'   one that [use_backend()] has set.
#' @param na What becomes of `NA` in the data: `"error"`, or `"nan"` for a NaN
#'   in a float variable. Also an argument of `v$assign()` and its kin.
#' @return A variable, of class `kerasvar.Variable`.
#' @export
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(1, c(3, 3)))
#' v$assign(array(0, c(3, 3)))
#' v$shape
#' v$dtype
#'
#' # A snapshot: it stays as it is.
#' value <- v$value
#' v$assign_add(array(5, c(3, 3)))
#' as.array(value)
#' as.array(v)
#'
#' keras_variable(1:3)$dtype
keras_variable <- function(initializer,
                           shape = NULL,
                           dtype = NULL,
                           trainable = TRUE,
                           autocast = TRUE,
                           aggregation = "none",
                           synchronization = "auto",
                           name = NULL,
                           ...,
                           backend = NULL,
                           na = c("error", "nan")) {
  call <- environment()
  if (!is.null(backend)) {
    check_backend_name(backend)
    require_framework(backend)
  }
  options <- py_options(
    trainable = check_flag(trainable),
    autocast = check_flag(autocast),
    aggregation = aggregation,
    synchronization = synchronization,
    name = name,
    backend = backend,
    ...,
    call = call
  )
  data <- as_initializer(initializer, shape, dtype, rlang::arg_match(na), call)
  with_identity(call_py(
    py_fn("bridge.create"),
    data$value,
    data$kind,
    as_py_shape(shape, call),
    dtype,
    options,
    .call = call
  ))
}

# The other arguments of the constructor, as a Python dict; R functions among them
# as functions that Python can call.
py_options <- function(..., call) {
  options <- list(...)
  functions <- vapply(options, is.function, NA)
  options[functions] <- lapply(options[functions], as_py_function, call = call)
  reticulate::r_to_py(options)
}

#' @rdname keras_variable
#' @param x Any R object.
#' @export
is_keras_variable <- function(x) {
  inherits(x, "kerasvar.Variable")
}

# An initializer that is Python's function goes to Python as it is, an R function as
# one that Python can call; data go as operands.
as_initializer <- function(x, shape, dtype, na, call) {
  if (rlang::is_string(x) && is.null(dim(x)) && !identical(dtype, "string")) {
    return(list(value = named_initializer(x, call), kind = kind_object))
  }
  if (is.function(x) && !inherits(x, "python.builtin.object")) {
    if (is.null(shape)) {
      abort_no_shape(call)
    }
    return(list(value = as_py_initializer(x, na, call), kind = kind_object))
  }
  as_operand(x, na = na, arg = "initializer", call = call)
}

abort_no_shape <- function(call) {
  cli::cli_abort(
    c(
      "{.arg shape} is needed where {.arg initializer} is a function.",
      i = "Such as {.code keras_variable(initializer, shape = c(2, 3))}."
    ),
    class = c("kerasvar_ValueError", "kerasvar_error"),
    call = call
  )
}

as_py_shape <- function(shape, call = caller_env(), arg = "shape") {
  if (is.null(shape)) {
    return(NULL)
  }
  if (!rlang::is_integerish(shape) || anyNA(shape) || any(shape < 0)) {
    cli::cli_abort(
      c(
        "{.arg {arg}} must be whole numbers that are not negative.",
        x = "You supplied {.obj_type_friendly {shape}}."
      ),
      class = c("kerasvar_ValueError", "kerasvar_error"),
      call = call
    )
  }
  reticulate::tuple(as.list(as.integer(shape)))
}

check_flag <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  if (!rlang::is_bool(x)) {
    cli::cli_abort(
      c(
        "{.arg {arg}} must be {.code TRUE} or {.code FALSE}.",
        x = "You supplied {.obj_type_friendly {x}}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call
    )
  }
  x
}

#' @export
`$.kerasvar.Variable` <- function(x, name) {
  switch(
    name,
    value = new_tensor(call_py(py_fn("bridge.snapshot"), x)),
    shape = py_shape(x),
    dtype = ,
    name = ,
    path = ,
    backend = ,
    aggregation = ,
    synchronization = ,
    trainable = ,
    autocast = ,
    overwrite_with_gradient = ,
    ndim = ,
    size = reticulate::py_to_r(call_py(py_fn("bridge.get"), x, name)),
    assign = writer(x, "bridge.assign"),
    assign_add = writer(x, "bridge.assign_add"),
    assign_sub = writer(x, "bridge.assign_sub"),
    numpy = function() as.array(x),
    clone = function(deep = TRUE) with_identity(call_py(py_fn("bridge.values.clone"), x)),
    # By this R6's clone(deep = TRUE) knows what has a clone() of its own.
    .__enclos_env__ = TRUE,
    other_attribute(x, name)
  )
}

writer <- function(variable, f) {
  function(value, na = "error") {
    call <- environment()
    data <- as_operand(value, na = na, call = call)
    new <- call_py(py_fn(f), variable, data$value, data$kind, .call = call)
    with_identity(variable)
    new_tensor(new)
  }
}

other_attribute <- function(x, name, call = caller_env()) {
  from_py(call_py(py_fn("bridge.get"), x, name, .call = call))
}

settable <- c("trainable", "regularizer", "constraint", "overwrite_with_gradient")

#' @export
`$<-.kerasvar.Variable` <- function(x, name, value) {
  this <- rlang::current_env()
  delayedAssign("call", shown_call(this))
  if (!name %in% settable) {
    abort_not_settable(name, call)
  }
  if (name %in% c("trainable", "overwrite_with_gradient")) {
    check_flag(value, name, call)
  } else if (is.function(value)) {
    value <- as_py_function(value, call)
  } else if (!is.null(value) && !inherits(value, "python.builtin.object")) {
    cli::cli_abort(
      c(
        "{.arg {name}} must be a function or {.code NULL}.",
        x = "You supplied {.obj_type_friendly {value}}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call
    )
  }
  call_py(py_fn("bridge.attribute"), x, name, value, .call = call)
  x
}

abort_not_settable <- function(name, call) {
  cli::cli_abort(
    c(
      "{.field {name}} of a variable cannot be set.",
      i = if (name == "value") {
        "A new value is assigned: {.code v$assign(value)}, or {.code v[] <- value}."
      } else {
        "What can: {.field {settable}}."
      }
    ),
    class = c("kerasvar_AttributeError", "kerasvar_error"),
    call = call
  )
}

fields <- c(
  "value", "shape", "dtype", "name", "path", "backend", "trainable", "autocast",
  "aggregation", "synchronization", "overwrite_with_gradient", "regularizer",
  "constraint", "layout", "ndim", "size", "assign", "assign_add", "assign_sub", "numpy",
  "clone", "snapshot", "to_backend"
)

#' @importFrom utils .DollarNames
#' @export
.DollarNames.kerasvar.Variable <- function(x, pattern = "") {
  grep(pattern, fields, value = TRUE)
}
