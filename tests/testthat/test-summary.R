for_each_backend("the statistics are base R's, of what is finite", function(backend) {
  x <- array(c(0, 0, -1.5, 3, 7.25, NaN, Inf, 2, 1, 5), c(2, 5))
  finite <- x[is.finite(x)]
  for (object in list(keras_variable(x, dtype = "float32"), keras_variable(x, dtype = "float32")$value)) {
    found <- summary(object)
    expect_equal(
      found$statistics,
      unclass(summary(finite)),
      tolerance = 1e-6,
      ignore_attr = "format"
    )
    expect_identical(found$zeros, 0.2)
    expect_identical(found$not_finite, 0.2)
    expect_equal(found$size, 10)
  }
})

test_that("a summary prints", {
  expect_same_look(function(backend) {
    c(
      format(summary(new_variable(array(c(0, 0, 1:8), c(2, 5)), dtype = "float32", name = "w"))),
      format(summary(new_variable(array(c(TRUE, FALSE), c(2, 2))))),
      format(summary(new_variable(array(c(NaN, 1:3), 4), dtype = "float32"))),
      format(summary(new_variable(array(0, c(0, 2)), dtype = "float32")))
    )
  })
})

test_that("what has no order is an error", {
  skip_without_core()
  expect_snapshot_errors(summary(new_variable(array(1i, 2), dtype = "complex64")))
})
