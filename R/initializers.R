# Initializers: what a variable holds first. Each is a Python object that R can
# call; the arguments are those of R keras.

#' Initializers
#'
#' What a variable holds first, from its shape and dtype. One seed gives the same
#' numbers on every backend.
#'
#' Without a `seed`, one is drawn from R's own random numbers when the initializer
#' is made, so that [set.seed()] makes a script repeatable; so it is where
#' [keras_variable()] is given an initializer's name. An initializer gives the
#' same numbers every time it is used for the same shape.
#'
#' The distributions, names and defaults are those of Keras. `initializer_glorot_*`,
#' `initializer_he_*` and `initializer_lecun_*` scale with the number of inputs and
#' outputs of a layer, which they read from the shape.
#'
#' @param value A number, or numbers that broadcast to the shape.
#' @param mean,stddev Mean and standard deviation. `initializer_truncated_normal()`
#'   draws anew what is more than two standard deviations from the mean.
#' @param minval,maxval The ends of an interval; `minval` is in it.
#' @param gain A factor.
#' @param scale A factor of the variance, greater than 0.
#' @param mode `"fan_in"`, `"fan_out"` or `"fan_avg"`: what the variance is divided
#'   by.
#' @param distribution `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
#' @param seed A whole number.
#' @return An initializer: for the `initializer` argument of [keras_variable()], for
#'   `scope$param()`, or to be called with a `shape` and a `dtype`, which gives a
#'   tensor of the default backend.
#' @name initializers
#' @examplesIf kerasvar:::core_available()
#' keras_variable(initializer_ones(), shape = c(2, 3))
#' keras_variable(initializer_glorot_uniform(seed = 1), shape = c(4, 3))
#'
#' set.seed(1)
#' draw <- initializer_random_normal(stddev = 1)
#' draw(c(2, 2))
NULL

#' @rdname initializers
#' @export
initializer_zeros <- function() {
  new_initializer("Zeros")
}

#' @rdname initializers
#' @export
initializer_ones <- function() {
  new_initializer("Ones")
}

#' @rdname initializers
#' @export
initializer_constant <- function(value = 0) {
  if (!is_bare_number(value)) {
    value <- plain_value(value, "value", rlang::current_env())
  }
  new_initializer("Constant", value = value)
}

#' @rdname initializers
#' @export
initializer_identity <- function(gain = 1) {
  new_initializer("Identity", gain = gain)
}

#' @rdname initializers
#' @export
initializer_random_normal <- function(mean = 0, stddev = 0.05, seed = NULL) {
  new_initializer("RandomNormal", mean = mean, stddev = stddev, seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_truncated_normal <- function(mean = 0, stddev = 0.05, seed = NULL) {
  new_initializer("TruncatedNormal", mean = mean, stddev = stddev, seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_random_uniform <- function(minval = -0.05, maxval = 0.05, seed = NULL) {
  new_initializer("RandomUniform", minval = minval, maxval = maxval, seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_orthogonal <- function(gain = 1, seed = NULL) {
  new_initializer("Orthogonal", gain = gain, seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_variance_scaling <- function(
  scale = 1,
  mode = "fan_in",
  distribution = "truncated_normal",
  seed = NULL
) {
  new_initializer(
    "VarianceScaling",
    scale = scale,
    mode = mode,
    distribution = distribution,
    seed = as_seed(seed)
  )
}

#' @rdname initializers
#' @export
initializer_glorot_uniform <- function(seed = NULL) {
  new_initializer("GlorotUniform", seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_glorot_normal <- function(seed = NULL) {
  new_initializer("GlorotNormal", seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_he_uniform <- function(seed = NULL) {
  new_initializer("HeUniform", seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_he_normal <- function(seed = NULL) {
  new_initializer("HeNormal", seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_lecun_uniform <- function(seed = NULL) {
  new_initializer("LecunUniform", seed = as_seed(seed))
}

#' @rdname initializers
#' @export
initializer_lecun_normal <- function(seed = NULL) {
  new_initializer("LecunNormal", seed = as_seed(seed))
}

is_bare_number <- function(x) {
  is.atomic(x) && length(x) == 1 && is.null(attributes(x)) && !is.na(x)
}

# The Python object as an R function that reticulate hands to Python as the object.
new_initializer <- function(name, ..., call = caller_env()) {
  object <- with_identity(call_py(py_fn(paste0("initializers.", name)), ..., .call = call))
  draw <- function(shape, dtype = NULL) {
    new_tensor(call_py(
      py_fn("bridge.draws.first_values"),
      object,
      as_py_shape(shape),
      dtype
    ))
  }
  structure(
    draw,
    class = c("kerasvar_initializer", class(object)),
    py_object = object
  )
}

# The initializer of that name. A random one follows set.seed(), as initializer_*()
# do; any other leaves R's random numbers alone.
named_initializer <- function(name, call) {
  object <- call_py(py_fn("initializers.get"), name, .call = call)
  if (!reticulate::py_has_attr(object, "seed")) {
    return(object)
  }
  call_py(py_fn("bridge.draws.with_seed"), object, as_seed(NULL), .call = call)
}

as_seed <- function(seed, call = caller_env()) {
  if (is.null(seed)) {
    return(sample.int(.Machine$integer.max, 1))
  }
  if (inherits(seed, "python.builtin.object")) {
    return(seed)
  }
  if (!rlang::is_integerish(seed, n = 1, finite = TRUE)) {
    cli::cli_abort(
      c(
        "{.arg seed} must be a whole number.",
        x = "You supplied {.obj_type_friendly {seed}}."
      ),
      class = c("kerasvar_ValueError", "kerasvar_error"),
      call = call
    )
  }
  # Beyond R's integers a seed is a double in R only.
  if (abs(seed) <= .Machine$integer.max) {
    return(as.integer(seed))
  }
  reticulate::py_eval(format(seed, scientific = FALSE), convert = FALSE)
}

#' @export
format.kerasvar_initializer <- function(x, ...) {
  object <- attr(x, "py_object")
  if (is_invalid_pointer(object)) "<initializer> of another R session" else reticulate::py_str(object)
}

#' @export
print.kerasvar_initializer <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
