# Array functions of base R and utils that take variables and tensors apart or put
# them together.

#' Arrays put together and taken apart
#'
#' Base R's functions of these names, for variables and tensors. What they return
#' is a tensor in memory of its own, but for `as.list()`, `unique()` and
#' `marginSums()`, which return R data. After `mode(v) <- "integer"`, `v` names R
#' data of that mode; `I(v)` is R data too, in class `AsIs`.
#'
#' `for (x in v)` cannot be taught to go over a variable: loop over
#' `seq_along(v)`, or over `as.list(v)`, which is what `lapply()` does.
#'
#' @param x A variable or tensor; for `dim<-` a tensor, since a variable keeps its
#'   shape.
#' @param value The new shape. The elements stay in column order.
#' @param decreasing From the largest?
#' @param n,... As in [utils::head()]; for `c()`, more values.
#' @param test,yes,no As in [base::ifelse()], but the answer has the shape of
#'   `test` and the type in which `yes` and `no` meet.
#' @param arr.ind,useNames As in [base::which()], which gets an R array.
#' @return A tensor. `c()`, `rev()` and `sort()` give vectors (the latter two an
#'   array of one axis if `x` is one); `sort()` leaves NaN out.
#' @name arrays
#' @aliases ifelse,kerasvar.Array-method
#' @aliases which,kerasvar.Array-method
#' @aliases drop,kerasvar.Array-method
#' @aliases marginSums,kerasvar.Array-method
#' @aliases margin.table,kerasvar.Array-method
#' @aliases mode<-,kerasvar.Array-method
#' @aliases I,kerasvar.Array-method
#' @aliases ifelse which drop marginSums margin.table mode<- I
#' @usage
#' \S4method{drop}{kerasvar.Array}(x)
#'
#' \S4method{ifelse}{kerasvar.Array}(test, yes, no)
#'
#' \S4method{which}{kerasvar.Array}(x, arr.ind = FALSE, useNames = TRUE)
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(c(3, 1, 2, 6, 5, 4), c(2, 3)))
#' x <- v$value
#' dim(x) <- c(3, 2)
#' x
#' sort(v)
#' ifelse(v > 3, v, 0)
#' head(v, 1)
NULL

#' @rdname arrays
#' @export
`dim<-.kerasvar_tensor` <- function(x, value) {
  this <- rlang::current_env()
  delayedAssign("call", shown_call(this))
  if (is.null(value)) {
    return(flatten(x, call))
  }
  value <- as_py_shape(value, call, arg = "value")
  new_tensor(call_py(py_fn("bridge.reshape"), x, value, .call = call))
}

#' @export
`dim<-.kerasvar.Variable` <- function(x, value) {
  cli::cli_abort(
    c(
      "A variable keeps its shape.",
      i = "Change the shape of a tensor: {.code x <- v$value; dim(x) <- ...}."
    ),
    class = c("kerasvar_ValueError", "kerasvar_error"),
    call = shown_call(rlang::current_env())
  )
}

# The axes of extent 1 left out: a tensor, also of a variable, which keeps its shape.
drop_axes <- function(x) {
  shape <- py_shape(x)
  if (is_vector_tensor(x) || all(shape != 1)) {
    return(if (is_variable(x)) x$value else x)
  }
  if (length(shape) == 1) {
    return(x[1L])
  }
  do.call(`[`, c(list(x), rep(list(quote(expr = )), length(shape)), drop = TRUE))
}

flatten <- function(x, call = caller_env()) {
  new_tensor(
    call_py(py_fn("bridge.combine"), list(x), list(kind_object), .call = call),
    vector = TRUE
  )
}

#' @rdname arrays
#' @export
c.kerasvar.Array <- function(...) {
  data <- as_operands(list(...), environment())
  new_tensor(
    call_py(py_fn("bridge.combine"), data$values, data$kinds),
    vector = TRUE
  )
}

#' @rdname arrays
#' @export
rev.kerasvar.Array <- function(x) {
  new_tensor(call_py(py_fn("bridge.reverse"), x), vector = length(dim(x)) != 1)
}

#' @rdname arrays
#' @export
sort.kerasvar.Array <- function(x, decreasing = FALSE, ...) {
  sorted_vector(x, check_flag(decreasing), rlang::current_env(), vector = length(dim(x)) != 1)
}

sorted_vector <- function(x, decreasing, call, vector = TRUE) {
  new_tensor(call_py(py_fn("bridge.sort"), x, decreasing, .call = call), vector)
}

#' @rdname arrays
#' @export
rep.kerasvar.Array <- function(x, ...) {
  flatten(x)[rep(seq_along(x), ...)]
}

#' @rdname arrays
#' @param na.rm Leave out NaN?
#' @importFrom stats median
#' @export
median.kerasvar.Array <- function(x, na.rm = FALSE, ...) {
  sorted <- sort(x)
  size <- length(sorted)
  if (size == 0 || (!na.rm && size < length(x))) {
    # NaN, as the mean of nothing is.
    return(mean(if (na.rm) sorted else x))
  }
  mean(sorted[unique(c((size + 1) %/% 2, size %/% 2 + 1))])
}

# What order() and rank() ask for.
#' @export
xtfrm.kerasvar.Array <- function(x) xtfrm(elements(x))

#' @rdname arrays
#' @export
unique.kerasvar.Array <- function(x, ...) unique(as_r(x), ...)

#' @rdname arrays
#' @param incomparables Passed on to base R.
#' @export
duplicated.kerasvar.Array <- function(x, incomparables = FALSE, ...) {
  duplicated(as_r(x), incomparables = incomparables, ...)
}

#' @rdname arrays
#' @importFrom utils head
#' @export
head.kerasvar.Array <- function(x, n = 6L, ...) {
  if (length(dim(x))) {
    utils::head.matrix(x, n, ...)
  } else {
    x[seq_len(kept(n, length(x)))]
  }
}

#' @rdname arrays
#' @importFrom utils tail
#' @export
tail.kerasvar.Array <- function(x, n = 6L, ...) {
  if (length(dim(x))) {
    # Tensors have no names to keep the numbers in.
    utils::tail.matrix(x, n, keepnums = FALSE, ...)
  } else {
    count <- kept(n, length(x))
    x[seq.int(to = length(x), length.out = count)]
  }
}

# How many of `length` elements `head()` keeps: with a negative n, all but those.
kept <- function(n, length) {
  if (n < 0) max(length + n, 0) else min(n, length)
}

choose_elements <- function(test, yes, no, call) {
  data <- lapply(list(test, yes, no), as_operand, call = call)
  value <- call_py(
    py_fn("bridge.select_where"),
    data[[1]]$value,
    data[[2]]$value,
    data[[3]]$value,
    lapply(data, `[[`, "kind"),
    .call = call
  )
  new_tensor(value, is_vector_tensor(test))
}

# Tensors have no names; reticulate would list Python's attributes.

#' @export
names.kerasvar.Array <- function(x) {
  dimnames <- dimnames(x)
  if (length(dimnames) == 1) dimnames[[1]]
}
