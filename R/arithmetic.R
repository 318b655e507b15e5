# R's group generics on variables and tensors: Ops, Math and Summary. Each is one
# call; the answers are tensors, left where they were computed. Recycling and the
# rules of types are in bridge/arithmetic.py.

#' Arithmetic with variables and tensors
#'
#' All of R's operators and of its `Math` and `Summary` functions work on
#' variables and on the tensors they give, with numbers, vectors, arrays,
#' variables and tensors of the same framework on either side. The answer is a
#' tensor, which stays where it was computed; [as.array()] and its kin bring it
#' to R.
#'
#' @section Shapes:
#' As in base R: a vector without `dim` is recycled down the columns, `v[, 1]` and
#' `rowSums(v)` included, and arrays of equal `dim` meet element by element.
#' Beyond base R: arrays whose `dim` differ are broadcast as NumPy does, so that
#' `x %*% W + b` adds a variable `b` of one axis to each row. A vector whose
#' length does not fit a whole number of times is an error, not a warning.
#'
#' @section Types:
#' * The type of the answer follows the promotion of Keras and JAX, on every
#'   backend alike. R's numbers and vectors without `dim` give way: `v + 1` is
#'   float16 if `v` is. R's arrays count as float64, int32 or bool.
#' * A whole number that meets integers counts as an integer: with `k` int32,
#'   `k + 1` is int32, and exact. A fraction, or a number that `k` cannot hold,
#'   that meets integers of 32 bits or more gives float64; one that meets
#'   narrower ones gives float32 (what floatx says).
#' * `/`, `^` and functions such as `sqrt()` give floats for integers: float64
#'   for integers of 32 bits or more, else float32. Sums of integers are int64,
#'   products and means of integers float64. JAX without x64 has 32 bits for all
#'   of these.
#' * Operators on integers wrap around, as the frameworks' do: the uint8 250 plus
#'   10 is 4. Assigning to an integer variable, with `[<-` or `$assign_add()`,
#'   does not: a result out of range is an error.
#' * Logicals count as integers: `TRUE + TRUE` is 2.
#' * `%/%` and `%%` of integers by zero are errors, since no integer says `NA`.
#' * `&`, `|` and `!` take what is not zero for true, NaN as well.
#'
#' @section Truth:
#' `all(v > 0)` is a tensor too. In `if`, say `if (as.logical(all(v > 0)))`.
#'
#' @param e1,e2,x Variables, tensors, or R numbers, vectors and arrays.
#' @param ... Further arguments, as in base R; more values for `sum()` and its
#'   kin.
#' @param na.rm Leave out NaN?
#' @return A tensor. `cumsum()` and its kin go down the columns and give a vector.
#' @name arithmetic
#' @seealso [matrix-algebra] for `%*%`, `t()`, `rowSums()` and so on.
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(1:6, c(2, 3)), dtype = "float32")
#' v + c(10, 20)
#' v^2 > 4
#' sqrt(v)
#' as.numeric(sum(v))
#' cumsum(v)
NULL

operators <- c(
  "+" = "add",
  "-" = "subtract",
  "*" = "multiply",
  "/" = "divide",
  "^" = "pow",
  "%%" = "remainder",
  "%/%" = "floor_divide",
  "==" = "equal",
  "!=" = "not_equal",
  "<" = "less",
  "<=" = "less_equal",
  ">" = "greater",
  ">=" = "greater_equal",
  "&" = "logical_and",
  "|" = "logical_or"
)

unary_operators <- c("+" = "positive", "-" = "negative", "!" = "logical_not")

#' @rdname arithmetic
#' @export
Ops.kerasvar.Array <- function(e1, e2) {
  this <- sys.call()
  delayedAssign("call", call_of(.Generic, this))
  if (missing(e2)) {
    value <- call_py(py_fn("bridge.unary"), unary_operators[[.Generic]], e1, .call = call)
    return(new_tensor(value, is_vector_tensor(e1)))
  }
  left <- as_operand(e1, arg = "e1", call = call)
  right <- as_operand(e2, arg = "e2", call = call)
  value <- call_py(
    py_fn("bridge.binary"),
    operators[[.Generic]],
    left$value,
    right$value,
    left$kind,
    right$kind,
    .call = call
  )
  new_tensor(value, is_vector_result(left, right))
}

# The user's own `v + 1`, of what dispatch made of it.
call_of <- function(generic, call, frame = parent.frame(2)) {
  call[[1]] <- as.name(generic)
  in_names(call, frame)
}

# Would base R's answer be without `dim`? Yes if one operand is a vector and the
# other has no `dim` either.
is_vector_result <- function(left, right) {
  if (left$kind < kind_vector && right$kind < kind_vector) {
    return(FALSE)
  }
  has_no_dim(left) && has_no_dim(right)
}

has_no_dim <- function(data) {
  if (data$kind == kind_object && is.environment(data$value)) {
    return(length(py_shape(data$value)) == 0)
  }
  data$kind != kind_array
}

elementwise <- c(
  abs = "abs", sign = "sign", sqrt = "sqrt", floor = "floor", ceiling = "ceil",
  trunc = "trunc", exp = "exp", expm1 = "expm1", log1p = "log1p", log2 = "log2",
  log10 = "log10", cos = "cos", sin = "sin", tan = "tan", cospi = "cospi",
  sinpi = "sinpi", tanpi = "tanpi", acos = "acos", asin = "asin", atan = "atan",
  cosh = "cosh", sinh = "sinh", tanh = "tanh", acosh = "acosh", asinh = "asinh",
  atanh = "atanh", lgamma = "lgamma", gamma = "gamma", digamma = "digamma",
  trigamma = "trigamma"
)

running <- c(cumsum = "sum", cumprod = "prod", cummax = "max", cummin = "min")

#' @rdname arithmetic
#' @export
Math.kerasvar.Array <- function(x, ...) {
  this <- sys.call()
  delayedAssign("call", call_of(.Generic, this))
  vector <- is_vector_tensor(x)
  value <- if (!is.na(name <- elementwise[.Generic])) {
    call_py(py_fn("bridge.elementwise"), unname(name), x, .call = call)
  } else if (!is.na(name <- running[.Generic])) {
    vector <- TRUE
    call_py(py_fn("bridge.running"), unname(name), x, .call = call)
  } else {
    switch(
      .Generic,
      log = log_of(x, ..., call = call),
      round = round_to(x, ..., call = call),
      signif = signif_of(x, ..., call = call)
    )
  }
  new_tensor(value, vector)
}

log_of <- function(x, base = exp(1), call) {
  if (missing(base)) {
    call_py(py_fn("bridge.elementwise"), "log", x, .call = call)
  } else {
    call_py(py_fn("bridge.logarithm"), x, as.double(base), .call = call)
  }
}

round_to <- function(x, digits = 0, ..., call) {
  call_py(py_fn("bridge.round_to"), x, as.integer(digits), .call = call)
}

signif_of <- function(x, digits = 6, call) {
  call_py(py_fn("bridge.significant"), x, as.integer(digits), .call = call)
}

#' @rdname arithmetic
#' @export
Summary.kerasvar.Array <- function(..., na.rm = FALSE) {
  this <- sys.call()
  # R writes this into every call.
  if (isFALSE(this$na.rm)) this$na.rm <- NULL
  delayedAssign("call", call_of(.Generic, this))
  data <- as_operands(list(...), call)
  if (.Generic == "range") {
    value <- call_py(
      py_fn("bridge.value_range"), data$values, data$kinds, na.rm, .call = call
    )
  } else {
    value <- call_py(
      py_fn("bridge.whole"), .Generic, data$values, data$kinds, na.rm, .call = call
    )
  }
  new_tensor(value, .Generic == "range")
}

#' @rdname arithmetic
#' @param trim As in [base::mean()]: the share of the elements to leave out at each
#'   end.
#' @export
mean.kerasvar.Array <- function(x, trim = 0, na.rm = FALSE, ...) {
  this <- sys.call()
  delayedAssign("call", call_of("mean", this))
  if (!is.numeric(trim) || length(trim) != 1 || is.na(trim)) {
    cli::cli_abort(
      c("{.arg trim} must be a number.", x = "You supplied {.obj_type_friendly {trim}}."),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call
    )
  }
  if (trim > 0 && length(x) > 0) {
    return(trimmed_mean(x, trim, na.rm, call))
  }
  new_tensor(
    call_py(py_fn("bridge.whole"), "mean", list(x), list(kind_object), na.rm, .call = call)
  )
}

trimmed_mean <- function(x, trim, na.rm, call) {
  sorted <- sorted_vector(x, FALSE, call)
  size <- length(sorted)
  if (size == 0 || (!na.rm && size < length(x))) {
    # NaN, as without trimming.
    return(mean(x))
  }
  if (trim >= 0.5) {
    return(median(sorted))
  }
  left_out <- floor(size * trim)
  mean(sorted[seq.int(left_out + 1, size - left_out)])
}

# Several values as operands, as two lists that Python takes as such. Their names
# are the user's and must not meet those of arguments here. NULL is no value, as in
# base R.
as_operands <- function(values, call) {
  data <- lapply(unname(Filter(Negate(is.null), values)), as_operand, call = call)
  list(
    values = lapply(data, `[[`, "value"),
    kinds = lapply(data, `[[`, "kind")
  )
}

# What is not a number -----------------------------------------------------------

#' @rdname arithmetic
#' @export
is.na.kerasvar.Array <- function(x) test_missing(x, "isnan")

#' @rdname arithmetic
#' @export
is.nan.kerasvar.Array <- function(x) test_missing(x, "isnan")

#' @rdname arithmetic
#' @export
is.finite.kerasvar.Array <- function(x) test_missing(x, "isfinite")

#' @rdname arithmetic
#' @export
is.infinite.kerasvar.Array <- function(x) test_missing(x, "isinf")

test_missing <- function(x, name, call = caller_env()) {
  value <- call_py(py_fn("bridge.missing"), name, x, .call = call)
  new_tensor(value, is_vector_tensor(x))
}

#' @rdname arithmetic
#' @param recursive Not used.
#' @export
anyNA.kerasvar.Array <- function(x, recursive = FALSE) {
  as.logical(any(is.na(x)))
}

