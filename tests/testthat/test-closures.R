for_each_backend("what an R initializer returns is converted", function(backend) {
  down <- keras_variable(function(shape, dtype) seq_len(prod(shape)), shape = c(2, 3), dtype = "int32")
  expect_identical(as.array(down), array(1:6, c(2, 3)))
  tensor <- keras_variable(function(shape, dtype) down$value * 2L, shape = c(2, 3), dtype = "int32")
  expect_identical(as.array(tensor), 2L * array(1:6, c(2, 3)))
  expect_error(
    keras_variable(function(shape, dtype) c(1.5, NA), shape = 2),
    class = "kerasvar_ValueError"
  )
  expect_error(
    keras_variable(function(shape, dtype) c(1.5, 2), shape = 2, dtype = "int32"),
    class = "kerasvar_ValueError"
  )
  expect_error(keras_variable(function(shape, dtype) 1:3, shape = 2))
})

test_that("an error in an R initializer stays that error", {
  skip_without_core()
  oops <- function(shape, dtype) rlang::abort("no luck", class = "my_error")
  expect_error(keras_variable(oops, shape = 2, backend = "numpy"), "no luck", class = "my_error")
})

for_each_backend("a constraint gets and gives tensors", function(backend) {
  seen <- NULL
  clip <- function(w) {
    seen <<- w
    ifelse(w > 0, w, 0)
  }
  v <- keras_variable(c(-1, 2), constraint = clip)
  got <- v$constraint(v$value)
  expect_tensor(seen, got)
  expect_identical(as.numeric(got), c(0, 2))
})

test_that("a method of the Python class takes and gives R's data", {
  skip_without_core()
  v <- keras_variable(c(1, 2), backend = "numpy")
  expect_true(is_keras_variable(v$to_backend("numpy")))
  expect_error(v$to_backend("mxnet"), class = "kerasvar_ValueError")
})
