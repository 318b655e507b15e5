test_that("the kinds tell what Python cannot see", {
  skip_without_core()
  v <- keras_variable(array(1:6, c(2, 3)), backend = "numpy")
  expect_identical(as_operand(1)$kind, kind_object)
  expect_identical(as_operand(c(a = 1))$kind, kind_object)
  expect_identical(as_operand(1:2)$kind, kind_vector)
  expect_identical(as_operand(array(1, 1))$kind, kind_array)
  expect_identical(as_operand(diag(2))$kind, kind_array)
  expect_identical(as_operand(v)$kind, kind_object)
  expect_identical(as_operand(v$value)$kind, kind_object)
  expect_identical(as_operand(v[1, ])$kind, kind_vector_tensor)
  expect_identical(as_operand(as.raw(1))$kind, kind_vector)
})

test_that("names, dimnames and harmless classes are left behind", {
  skip_without_core()
  m <- matrix(1:4, 2, dimnames = list(c("a", "b"), NULL))
  expect_identical(as_operand(m)$value, unname(m))
  expect_identical(as_operand(c(a = 1, b = 2))$value, array(c(1, 2), 2))
  expect_identical(as_operand(table(c("a", "b", "a")))$value, array(2:1, 2))
  expect_identical(as_operand(ts(c(1, 2)))$value, array(c(1, 2), 2))
  expect_identical(as_operand(I(3))$value, 3)
})

test_that("a large array is not copied on its way", {
  skip_without_core()
  skip_if_not(capabilities("profmem"), "R can trace copies")
  x <- matrix(0, 300, 300)
  tracemem(x)
  on.exit(untracemem(x))
  expect_output(as_operand(x), NA)
})

test_that("what has no rule is an error that says what to do", {
  skip_without_core()
  v <- keras_variable(c(1, 2), backend = "numpy")
  expect_snapshot_errors({
    v$assign(factor(c("a", "b")))
    v$assign(as.Date("2020-01-01") + 0:1)
    v$assign(as.difftime(1:2, units = "hours"))
    v$assign(data.frame(a = 1:2, b = c("x", "y")))
    v$assign(list(1, 2))
    v$assign(NULL)
    v$assign(mean)
    v$assign(numeric_version(c("1.0", "2.0")))
    v$assign(quote(x))
    v$assign(NA)
    v + NA
  })
})

test_that("a sparse matrix is not made dense silently", {
  skip_without_core()
  skip_if_not_installed("Matrix")
  expect_snapshot_errors(keras_variable(Matrix::Diagonal(2), backend = "numpy"))
})
