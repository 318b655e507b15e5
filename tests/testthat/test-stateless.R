for_each_backend("nothing is written, and the scope tells what would have been", function(backend) {
  v <- keras_variable(array(c(1, 2, 3), 3), dtype = "float32")
  other <- keras_variable(1)
  scope <- with_stateless({
    expect_true(in_stateless_scope())
    v$assign_add(array(10, 3))
    v[1] <- 0
    as.vector(as.array(v))
  })
  expect_false(in_stateless_scope())
  expect_identical(scope$result, c(0, 12, 13))
  expect_identical(as.vector(as.array(v)), c(1, 2, 3))
  expect_identical(as.vector(as.array(scope$get_current_value(v))), c(0, 12, 13))
  expect_s3_class(scope$get_current_value(v), "kerasvar_tensor")
  expect_null(scope$get_current_value(other))
})

for_each_backend("a scope can start with values of its own", function(backend) {
  v <- keras_variable(array(c(1, 2, 3), 3), dtype = "float32")
  n <- keras_variable(5L)
  scope <- with_stateless(
    c(as.vector(as.array(v)), as.vector(as.array(n))),
    state = list(list(v, c(4, 5, 6)), list(n, 7L))
  )
  expect_identical(scope$result, c(4, 5, 6, 7))
  expect_identical(as.vector(as.array(v)), c(1, 2, 3))
})

test_that("local_stateless() lasts for the function and gives the scope", {
  skip_without_core()
  v <- keras_variable(array(0, 2))
  f <- function() {
    scope <- local_stateless()
    v$assign(array(1, 2))
    scope
  }
  scope <- f()
  expect_false(in_stateless_scope())
  expect_identical(as.vector(as.array(v)), c(0, 0))
  expect_identical(as.vector(as.array(scope$get_current_value(v))), c(1, 1))
})

test_that("a variable made inside waits for its first value", {
  skip_without_core()
  calls <- 0
  ones <- function(shape, dtype) {
    calls <<- calls + 1
    array(1, shape)
  }
  with_stateless(
    v <- keras_variable(ones, shape = c(2, 2)),
    initialize_variables = FALSE
  )
  expect_match(format(v)[2], "not initialized yet")
  initialize_all_variables()
  expect_identical(calls, 1)
  expect_identical(as.array(v), array(1, c(2, 2)))
  # By itself, when the scope ends.
  with_stateless(v <- keras_variable(ones, shape = c(2, 2)))
  expect_identical(calls, 2)
})

test_that("what cannot be done is said plainly", {
  skip_without_core()
  v <- keras_variable(c(1, 2), name = "w", backend = "numpy")
  expect_snapshot_errors(with_stateless(keras_variable(1, name = "inside")))
  expect_snapshot_errors(with_stateless(1, state = list(v, 1)))
  expect_snapshot_errors(with_stateless(1, state = list(list(v, c(1, 2, 3)))))
  expect_false(in_stateless_scope())
})

test_that("a scope prints", {
  skip_without_core()
  v <- keras_variable(c(1, 2))
  expect_snapshot({
    with_stateless(1)
    with_stateless(v$assign(c(0, 0)))
  })
})
