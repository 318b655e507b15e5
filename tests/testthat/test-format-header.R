# What headers look like is in test-format.R; here the parts.
test_that("a shape is written as R users write one", {
  expect_identical(format_shape(integer()), "[]")
  expect_identical(format_shape(3L), "[3]")
  expect_identical(format_shape(c(3L, 0L, 2L)), "[3 x 0 x 2]")
  expect_identical(format_shape(c(NA, 2L)), "[? x 2]")
})

test_that("flags are written as they would be typed", {
  expect_identical(
    format_flags(list(trainable = FALSE, aggregation = "mean", constraint = "MaxNorm")),
    c("trainable = FALSE", "aggregation = \"mean\"", "constraint = MaxNorm")
  )
  expect_null(format_flags(list()))
})

test_that("a path is quoted with its braces and quotes as they are", {
  skip_without_core()
  v <- new_variable(1, name = "{w} \"x\"")
  expect_match(format(v)[1], "<keras_variable \"{w} \\\"x\\\"\">", fixed = TRUE)
})
