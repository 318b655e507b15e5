# Random numbers from explicit keys.

#' Random numbers from keys
#'
#' A key gives the same numbers in every session and on every backend: those of
#' `jax.random`. It is never used up; `random_split()` and `random_fold_in()` derive
#' others from it.
#'
#' @param seed A whole number.
#' @param key A key, as `random_key()`, `random_split()` or `scope$make_rng()` give
#'   it.
#' @param n How many keys.
#' @param data A whole number that is not negative.
#' @param shape An integer vector; `integer()` for a tensor without axes.
#' @param dtype The dtype; `NULL` for [floatx()].
#' @param mean,stddev Mean and standard deviation.
#' @param minval,maxval The ends of the interval; `minval` is in it.
#' @param p The probability of `TRUE`.
#' @return `random_key()` and `random_fold_in()`: a key. `random_split()`: a list of
#'   keys. The others: a tensor of the default backend.
#' @name random_key
#' @examplesIf kerasvar:::core_available()
#' key <- random_key(1)
#' random_normal(key, c(2, 3))
#' keys <- random_split(key, 2)
#' random_uniform(keys[[1]], 3)
#' random_uniform(keys[[2]], 3)
NULL

#' @rdname random_key
#' @export
random_key <- function(seed) {
  new_key(call_py(py_fn("random.key"), as_seed(seed)))
}

#' @rdname random_key
#' @export
random_split <- function(key, n = 2) {
  keys <- call_py(py_fn("random.split"), as_key(key, "key"), as.integer(n))
  lapply(seq_len(n) - 1L, function(i) new_key(reticulate::py_get_item(keys, i)))
}

#' @rdname random_key
#' @export
random_fold_in <- function(key, data) {
  new_key(call_py(py_fn("random.fold_in"), as_key(key, "key"), as.integer(data)))
}

#' @rdname random_key
#' @export
random_normal <- function(key, shape, dtype = NULL, mean = 0, stddev = 1) {
  draw_from(key, "normal", shape, dtype, mean = mean, stddev = stddev)
}

#' @rdname random_key
#' @export
random_uniform <- function(key, shape, dtype = NULL, minval = 0, maxval = 1) {
  draw_from(key, "uniform", shape, dtype, minval = minval, maxval = maxval)
}

#' @rdname random_key
#' @export
random_bernoulli <- function(key, shape, p = 0.5) {
  draw_from(key, "bernoulli", shape, NULL, p = p)
}

draw_from <- function(key, distribution, shape, dtype, ..., call = caller_env()) {
  new_tensor(call_py(
    py_fn("bridge.draws.draw"),
    distribution,
    as_key(key, "key", call),
    as_py_shape(shape),
    dtype,
    ...,
    .call = call
  ))
}

# A key is a tensor of two unsigned numbers, or what jax makes of it.
new_key <- function(x) {
  class(x) <- c("kerasvar_key", class(x))
  with_identity(x)
}

#' @export
format.kerasvar_key <- function(x, ...) {
  if (is_invalid_pointer(x)) {
    return("<random key> of another R session")
  }
  paste("<random key>", py_strings(call_py(py_fn("bridge.draws.key_text"), x)))
}

#' @export
print.kerasvar_key <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
