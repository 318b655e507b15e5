# A Python module of our own, so that these tests say what call_py() does
# whatever the core does.
local_python <- function(code) {
  skip_without_core()
  # A core that is importable means that Python is running.
  py_module()
  reticulate::py_run_string(code, local = TRUE, convert = FALSE)
}

test_that("the result of a call stays a Python object", {
  python <- local_python("def double(x): return 2 * x")
  result <- call_py(python$double, 21L)
  expect_s3_class(result, "python.builtin.int")
  expect_identical(reticulate::py_to_r(result), 42L)
})

test_that("an exception becomes an R error with its classes and its message alone", {
  python <- local_python(
    "def fail():
  class ShapeError(ValueError): pass
  raise ShapeError('expected {shape}, got {.val (3,)}\\nsecond line')"
  )
  error <- expect_error(call_py(python$fail), class = "kerasvar_ValueError")
  expect_s3_class(error, c("kerasvar_ShapeError", "kerasvar_ValueError"), exact = FALSE)
  expect_s3_class(error, "kerasvar_error")
  expect_identical(
    conditionMessage(error),
    "expected {shape}, got {.val (3,)}\nsecond line"
  )
})

test_that("the error blames the function that the user called", {
  python <- local_python("def fail(): raise IndexError('out of range')")
  read_element <- function() call_py(python$fail)
  outer <- function(call = rlang::current_env()) inner(call)
  inner <- function(call) call_py(python$fail, .call = call)
  error <- expect_error(read_element(), class = "kerasvar_IndexError")
  expect_identical(rlang::call_name(error$call), "read_element")
  error <- expect_error(outer(), class = "kerasvar_IndexError")
  expect_identical(rlang::call_name(error$call), "outer")
})

test_that("a KeyError shows its key as it is, not quoted", {
  python <- local_python("def fail(): raise KeyError('no entry {w}')")
  error <- expect_error(call_py(python$fail), class = "kerasvar_KeyError")
  expect_identical(conditionMessage(error), "no entry {w}")
})

test_that("an R error from a function of the user's keeps its class", {
  python <- local_python("def apply(f): return f(1)")
  f <- function(x) rlang::abort("the user's {own} error", class = "users_own")
  error <- expect_error(call_py(python$apply, f), class = "users_own")
  expect_identical(conditionMessage(error), "the user's {own} error")
  expect_s3_class(error, "kerasvar_error")
})

for_each_backend("Python's warnings are R warnings about the user's call", function(backend) {
  python <- local_python("
class OddWarning(UserWarning): pass
def init(shape, dtype=None, OddWarning=OddWarning):
  import warnings
  import numpy as np
  with warnings.catch_warnings():
    warnings.simplefilter('always')
    warnings.warn('odd {x} %s', OddWarning)
    warnings.warn('also odd', RuntimeWarning)
  return np.ones(shape, 'float32')
def fail(shape, dtype=None, init=init):
  init(shape)
  raise ValueError('no')")
  make <- function(f = python$init) keras_variable(f, shape = 2)
  warnings <- list()
  v <- withCallingHandlers(make(), warning = function(cnd) {
    warnings[[length(warnings) + 1]] <<- cnd
    invokeRestart("muffleWarning")
  })
  expect_identical(as.numeric(v), c(1, 1))
  expect_identical(vapply(warnings, conditionMessage, ""), c("odd {x} %s", "also odd"))
  expect_s3_class(
    warnings[[1]],
    c("kerasvar_OddWarning", "kerasvar_UserWarning", "kerasvar_Warning", "kerasvar_warning", "warning", "condition"),
    exact = TRUE
  )
  expect_identical(warnings[[1]]$call, quote(keras_variable(f, shape = 2)))
  # Whoever leaves at the first one meets nothing of it later.
  expect_warning(tryCatch(make(), warning = function(cnd) warning("left")), "left")
  expect_silent(keras_variable(1))
  expect_silent(suppressWarnings(make()))
  # With an error: first the warnings, then the error.
  said <- character()
  error <- tryCatch(
    withCallingHandlers(make(python$fail), warning = function(cnd) {
      said <<- c(said, conditionMessage(cnd))
      invokeRestart("muffleWarning")
    }),
    error = identity
  )
  expect_s3_class(error, "kerasvar_ValueError")
  expect_identical(said, c("odd {x} %s", "also odd"))
})

for_each_backend("what is no number is no warning, on any backend", function(backend) {
  v <- keras_variable(c(-1, 0, 1, 3e38), dtype = "float32")
  expect_silent({
    v / 0
    0 / v
    sqrt(v)
    log(v)
    v * 1e30
    exp(v)
    v %% 0
    v %/% 0
    mean(v[v > Inf])
    colMeans(array(0, c(0, 2)) + v[1])
    keras_variable(c(1e300, 1), dtype = "float32")
    v$assign(c(1e300, 1, 1, 1))
    v[1] <- 1e300
  })
})

test_that("warnings of the user's own Python code stay Python's", {
  skip_without_core()
  output <- fresh_session(c(
    "library(kerasvar)",
    "v <- keras_variable(1, backend = 'numpy')",
    "r <- tryCatch({ reticulate::py_run_string('import warnings; warnings.warn(\"own\")'); 'none' }, warning = identity)",
    "cat('R saw', format(r))"
  ))
  expect_match(output, "UserWarning: own", all = FALSE)
  expect_match(output, "R saw none", all = FALSE)
})

test_that("jax's missing 64 bits are an R warning, once", {
  skip_without_backend("jax")
  output <- fresh_session(c(
    "library(kerasvar)",
    "f <- function() keras_variable(array(1.5, 1), backend = 'jax')",
    "one <- tryCatch(f(), warning = identity)",
    "two <- tryCatch(f(), warning = identity)",
    "cat('first:', conditionMessage(one), deparse(conditionCall(one)), class(two)[1])"
  ))
  said <- "first: JAX holds no float64.*keras_variable[(]array[(]1.5, 1[)], backend = \"jax\"[)] kerasvar.Variable"
  expect_match(output, said, all = FALSE)
  expect_false(any(grepl(".py", output, fixed = TRUE)))
})

# Words of Python's, and of its frameworks, that mean nothing to an R user.
foreign_words <- paste(
  c(
    "builtin", "Traceback", "ndarray", "EagerTensor", "ArrayImpl", "\\bNone\\b", "\\bTrue\\b", "\\bFalse\\b",
    "Variable[(']", "a Variable", "\\bdict\\b", "\\btuple\\b", "\\bcallable\\b", "Argument `", "Attribute `", "state_mapping",
    "value_and_grad`", "to_backend\\('", "function_node", "\\[Op:", "(?<!c)\\(\\d+,", "\\(type ", "<class", "[.]py\\b",
    "__", "np[.]", "object has no attribute", "Errno", "Received: -2147483648"
  ),
  collapse = "|"
)

for_each_backend("what mistakes are told, they are told in R's words, about the user's call", function(backend) {
  withr::local_pdf(NULL)
  withr::local_options(warn = -1)
  expect_gt(length(wrong_calls), 250)
  data <- wrong_call_data(backend)
  for (call in wrong_calls) {
    label <- paste(deparse(call), collapse = " ")
    error <- tryCatch(
      {
        eval(call, new.env(parent = data))
        NULL
      },
      error = identity
    )
    if (is.null(error)) {
      fail(paste("no error:", label))
      next
    }
    said <- conditionMessage(error)
    if (grepl(foreign_words, said, perl = TRUE)) {
      fail(paste0(label, " says: ", said))
    }
    blamed <- paste(deparse(conditionCall(error)), collapse = " ")
    if (grepl("call_py|as_operand|reticulate|<environment>|tmp[*]|^use[(]|subset_write|x %*% y", blamed)) {
      fail(paste0(label, " blames: ", blamed))
    }
  }
  succeed()
  # None of them has changed anything.
  expect_identical(as.array(data$v), array(c(1, 2, 3, 4, 5, 6), c(2, 3)))
  expect_identical(as.array(data$i), matrix(1:6, 2))
})

for_each_backend("the call that is shown is the user's", function(backend) {
  v <- keras_variable(array(c(1, 2), c(1, 2)))
  other <- keras_variable(1, backend = if (backend == "torch") "jax" else "torch")
  blamed <- function(code) conditionCall(expect_error(code, class = "kerasvar_error"))
  expect_identical(blamed(v + "a"), quote(v + "a"))
  expect_identical(blamed(sum(v, "a")), quote(sum(v, "a")))
  expect_identical(blamed(sum(v, other)), quote(sum(v, other)))
  expect_identical(blamed(max(v, "a", na.rm = TRUE)), quote(max(v, "a", na.rm = TRUE)))
  expect_identical(blamed(mean(v, trim = "a")), quote(mean(v, trim = "a")))
  expect_identical(blamed(sprintf("%.1f", v)), quote(sprintf("%.1f", v)))
  expect_identical(blamed(cbind(a = v, 1:5)), quote(cbind(a = v, 1:5)))
  expect_identical(blamed(do.call(rbind, list(v, 1:5))), as.call(list(quote(rbind), quote(v), 1:5)))
  expect_identical(blamed(rowSums(v, dims = 3)), quote(rowSums(v, dims = 3)))
  expect_identical(blamed(crossprod(v, 1:5)), quote(crossprod(v, 1:5)))
  expect_identical(blamed(tcrossprod(1:5, v)), quote(tcrossprod(1:5, v)))
  expect_identical(blamed(ifelse(v > 1, 1:3, 2)), quote(ifelse(v > 1, 1:3, 2)))
  expect_identical(blamed(v$trainable <- "no"), quote(v$trainable <- "no"))
  expect_identical(blamed(v$name <- "no"), quote(v$name <- "no"))
  expect_identical(blamed(dim(v) <- 2), quote(dim(v) <- 2))
  expect_identical(blamed(v[5, 1] <- 0), quote(v[5, 1] <- 0))
  expect_identical(blamed(v[["a", 1]] <- 0), quote(v[["a", 1]] <- 0))
  expect_identical(blamed(v$assign(1:3)), quote(v$assign(1:3)))
  expect_identical(blamed(v %*% other), quote(v %*% other))
  # What R has put into the call in place of the expression is shown if it is short.
  expect_identical(blamed(v[1, 1] <- rep(0, 20)), quote(v[1, 1] <- value))
  expect_identical(blamed(v[1, 1] <- Sys.time()), quote(v[1, 1] <- value))
})

for_each_backend("the call that is shown is the user's in compiled functions as in others, and sets nothing off", function(backend) {
  w <- keras_variable(array(c(1, 2), c(1, 2)))
  blamed <- function(code) conditionCall(expect_error(code, class = "kerasvar_error"))
  functions <- list(
    function(a, w) w[5, 1] <- 0, function(a, w) w[[5, 1]] <- 0, function(a, w) w@r[5, 1] <- 0,
    function(a, w) w$trainable <- NA, function(a, w) dim(w) <- 7, function(a, w) dimnames(w) <- 7
  )
  for (f in functions) {
    expect_identical(blamed(f(stop("never asked for"), w)), body(f))
    expect_identical(blamed(compiler::cmpfun(f)(stop("never asked for"), w)), body(f))
  }
})
