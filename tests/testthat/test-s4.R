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
  expect_identical(drop(m[1, , drop = FALSE]), base::drop(m[1, , drop = FALSE]))
  tab <- table(c(1, 1, 2), c("u", "v", "v"))
  expect_identical(marginSums(tab, 1), base::marginSums(tab, 1))
  expect_identical(margin.table(tab, 2), base::margin.table(tab, 2))
  mode(m) <- "character"
  expect_identical(m, matrix(c("1", NA, "3", "4"), 2, dimnames = list(c("a", "b"), NULL)))
})

test_that("Matrix's matrices are multiplied as ever", {
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Diagonal(2) * 2
  expect_equal(as.matrix(sparse %*% diag(2)), diag(2) * 2)
  expect_equal(as.matrix(crossprod(sparse)), diag(2) * 4)
  expect_equal(Matrix::rowSums(sparse), c(2, 2))
})

for_each_backend("what base R gives the class of its argument is numbers", function(backend) {
  data <- list(x = array(c(1.5, -2, 0.25, 4, 5, -6.5), c(2, 3)), i = array(1:24, 2:4), u = array(1:3, 3))
  for (data in lapply(seq_along(data), function(k) data[k])) {
    a <- data[[1]]
    v <- keras_variable(a)
    for (margin in list(NULL, 1, length(dim(a)), seq_along(dim(a)))) {
      for (f in list(marginSums, margin.table)) {
        expect_equal(as_r(f(v, margin)), f(a, margin))
        expect_equal(as_r(f(v$value, margin)), f(a, margin))
      }
    }
    expect_equal(as_r(proportions(v, 1)), proportions(a, 1), tolerance = 1e-6)
    expect_equal(as_r(prop.table(v)), prop.table(a), tolerance = 1e-6)
    for (mode in c("integer", "double", "numeric", "character", "logical", "complex")) {
      w <- keras_variable(a)
      alias <- w
      mode(w) <- mode
      mode(a) <- mode
      expect_identical(w, a)
      expect_s3_class(alias, "kerasvar.Variable")
      a <- data[[1]]
    }
    expect_error(storage.mode(v) <- "integer")
    expect_equal(as.array(v), a)
  }
})
