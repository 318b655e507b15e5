test_that("base R's functions do what they did for everything else", {
  m <- matrix(c(1, NA, 3, 4), 2, dimnames = list(c("a", "b"), NULL))
  expect_identical(rowSums(m, na.rm = TRUE), base::rowSums(m, na.rm = TRUE))
  expect_identical(colMeans(m), base::colMeans(m))
  expect_identical(crossprod(1:3), base::crossprod(1:3))
  expect_identical(tcrossprod(m, m), base::tcrossprod(m, m))
  expect_identical(m %*% m, base::`%*%`(m, m))
  expect_identical(which(c(a = TRUE, b = FALSE)), c(a = 1L))
  expect_identical(ifelse(c(TRUE, NA), 1, 2), c(1, NA))
  expect_error(rowSums(1:3), "array of at least two dimensions")
})

test_that("Matrix's matrices are multiplied as ever", {
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Diagonal(2) * 2
  expect_equal(as.matrix(sparse %*% diag(2)), diag(2) * 2)
  expect_equal(as.matrix(crossprod(sparse)), diag(2) * 4)
  expect_equal(Matrix::rowSums(sparse), c(2, 2))
})
