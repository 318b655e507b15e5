test_that("print() writes what format() makes and returns its argument", {
  skip_without_core()
  for (x in list(new_variable(array(1:4, c(2, 2))), new_tensor(array(1:4, c(2, 2))))) {
    lines <- utils::capture.output(result <- withVisible(print(x, n = 1)))
    expect_identical(lines, format(x, n = 1))
    expect_false(result$visible)
    expect_identical(reticulate::py_id(result$value), reticulate::py_id(x))
  }
})

for_each_backend("digits mean what they do in base R", function(backend) {
  x <- matrix(c(1 / 3, 2, 200 / 7, -1e4 / 3, 1e-5, 5), 2)
  v <- keras_variable(x, dtype = "float64")
  skip_if(v$dtype != "float64", "JAX without x64 shows the digits of float32")
  options <- options(digits = 7L)
  on.exit(options(options))
  for (digits in c(1, 3, 5, 12)) {
    expected <- utils::capture.output(print(x, digits = digits))
    expect_identical(cli::ansi_strip(format(v, digits = digits)[-1]), expected)
    expect_identical(utils::capture.output(print(v, digits = digits))[-1], expected)
    expect_identical(utils::capture.output(print(v, digits))[-1], expected)
  }
  u <- v[, 1]
  expect_identical(utils::capture.output(print(u, digits = 2))[-1], utils::capture.output(print(x[, 1], digits = 2)))
  expect_identical(getOption("digits"), 7L)
  for (wrong in list("a", NA, c(1, 2), 23)) {
    expect_error(print(v, digits = wrong), "digits", class = "kerasvar_ValueError")
  }
})
