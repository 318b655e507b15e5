# Draws to a file, and gives back whether there is anything in it.
draw <- function(code) {
  file <- withr::local_tempfile(fileext = ".pdf")
  grDevices::pdf(file)
  withr::defer(grDevices::dev.off())
  force(code)
}

for_each_backend("a heat map has the matrix, or the means of blocks of it", function(backend) {
  x <- array(as.numeric(1:5000), c(50, 100))
  v <- keras_variable(x, dtype = "float32")
  map <- heat_map_of(v, 400)
  expect_identical(map$values, x)
  expect_equal(map$range, c(1, 5000))
  map <- heat_map_of(v, 25)
  expect_equal(map$rows, seq(1, 50, by = 2))
  expect_equal(map$columns, seq(1, 100, by = 4))
  means <- tapply(x, list((row(x) - 1) %/% 2, (col(x) - 1) %/% 4), mean)
  expect_equal(map$values, unname(unclass(means)), ignore_attr = TRUE)
  expect_identical(map$note, "each cell: the mean of 2 rows x 4 columns")
  stripes <- keras_variable(array(as.numeric(seq_len(1000) %% 3 == 1), c(1000, 1000)))
  map <- heat_map_of(stripes, 400)
  expect_equal(map$values[-334, ], array(1 / 3, c(333, 334)), tolerance = 1e-6)
  expect_identical(map$note, "each cell: the mean of 3 rows x 3 columns")
  expect_null(heat_map_of(keras_variable(x), 100)$note)
})

for_each_backend("a histogram counts as hist() does", function(backend) {
  x <- array(c(sin(1:200), NaN, Inf), 202)
  found <- histogram_of(keras_variable(x, dtype = "float32"), 10)
  expected <- graphics::hist(x[is.finite(x)], breaks = found$breaks, plot = FALSE)
  expect_equal(found$counts, expected$counts)
  expect_equal(found$not_finite, 2 / 202)
})

test_that("the scale of a constant or empty matrix has some width", {
  expect_identical(finite_range(c(2, 2)), c(1.5, 2.5))
  expect_identical(finite_range(c(NaN, Inf)), c(0, 1))
  expect_identical(finite_range(numeric()), c(0, 1))
  expect_identical(finite_range(c(3, NA, 1)), c(1, 3))
})

test_that("plots are drawn and return their argument, and par() is what it was", {
  skip_without_core()
  objects <- list(
    keras_variable(array(rnorm(12), c(3, 4))),
    keras_variable(array(TRUE, c(1, 1))),
    keras_variable(array(c(NaN, 1, 2), c(3, 1)))$value,
    keras_variable(array(0, c(0, 3))),
    keras_variable(rnorm(20)),
    keras_variable(array(1:24, c(2, 3, 4)))$value,
    keras_variable(3)
  )
  for (object in objects) {
    draw({
      before <- graphics::par(no.readonly = TRUE)
      result <- withVisible(plot(object))
      after <- graphics::par(no.readonly = TRUE)
    })
    expect_false(result$visible)
    expect_identical(reticulate::py_id(result$value), reticulate::py_id(object))
    expect_identical(after$mfrow, before$mfrow)
    expect_identical(after$mar, before$mar)
  }
  expect_error(draw(image(keras_variable(1:3))), class = "kerasvar_ValueError")
  expect_error(draw(plot(keras_variable("a", dtype = "string", backend = "numpy"))), class = "kerasvar_TypeError")
})
