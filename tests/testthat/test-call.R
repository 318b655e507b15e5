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
