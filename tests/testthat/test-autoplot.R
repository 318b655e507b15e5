test_that("ggplots show what plot() shows", {
  skip_without_core()
  skip_if_not_installed("ggplot2")
  loadNamespace("ggplot2")
  register_s3_methods()
  x <- array(c(1, NaN, 3, 4, 5, 6), c(2, 3))
  heat <- ggplot2::autoplot(keras_variable(x, name = "w", backend = "numpy"))
  expect_s3_class(heat, "ggplot")
  expect_equal(heat$data$value, c(1, NA, 3, 4, 5, 6))
  expect_equal(heat$data$row, c(1, 2, 1, 2, 1, 2))
  expect_match(heat$labels$title, "\"w\"")
  bars <- ggplot2::autoplot(keras_variable(c(1, 2, 2, 3, Inf))$value, bins = 3)
  expect_equal(sum(bars$data$count), 4)
  for (p in list(heat, bars)) {
    expect_silent(ggplot2::ggplot_build(p))
  }
})
