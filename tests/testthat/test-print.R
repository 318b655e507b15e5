test_that("print() writes what format() makes and returns its argument", {
  skip_without_core()
  for (x in list(new_variable(array(1:4, c(2, 2))), new_tensor(array(1:4, c(2, 2))))) {
    lines <- utils::capture.output(result <- withVisible(print(x, n = 1)))
    expect_identical(lines, format(x, n = 1))
    expect_false(result$visible)
    expect_identical(reticulate::py_id(result$value), reticulate::py_id(x))
  }
})
