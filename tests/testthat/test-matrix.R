for_each_backend("matrix products are base R's", function(backend) {
  expect_as_base(
    x %*% t(x), t(y) %*% x, x %*% diag(3), diag(2) %*% x, x %*% 1:3, 1:2 %*% x,
    c(1, 2) %*% c(3, 4), x[1, ] %*% y[1, ], x[1, ] %*% t(y[1, ]), u %*% u, x %*% x[1, ],
    x[, 1] %*% x, x %*% c(1, 0.5, 2), 3 %*% x[1, , drop = FALSE], i %*% t(i), l %*% t(l),
    z %*% t(z), x %*% t(i), i %*% 1:3,
    crossprod(x), crossprod(x, y), crossprod(x, diag(2)), crossprod(diag(2), x),
    crossprod(x, 1:2), crossprod(u), tcrossprod(x), tcrossprod(x, y), tcrossprod(u),
    tcrossprod(diag(3), x), crossprod(i), crossprod(x[, 1])
  )
})

for_each_backend("stacks of matrices are multiplied as NumPy does", function(backend) {
  a <- array(1:12 / 1, c(2, 2, 3))
  v <- keras_variable(aperm(a, c(3, 1, 2)))
  got <- as.array(v %*% diag(2))
  expect_equal(got, aperm(a, c(3, 1, 2)))
  got <- as.array(v %*% v)
  for (k in 1:3) {
    expect_equal(got[k, , ], a[, , k] %*% a[, , k])
  }
})

for_each_backend("arrays are turned as in base R", function(backend) {
  expect_as_base(
    t(x), t(u), t(x[1, ]), aperm(x), aperm(a), aperm(a, c(2, 3, 1)), aperm(a, c(1, 3, 2)),
    t(i), t(l), aperm(u)
  )
})

for_each_backend("rows and columns are bound as in base R", function(backend) {
  expect_as_base(
    cbind(x, y), rbind(x, y), cbind(x, 1:2), cbind(1, x), rbind(x, 1:3), rbind(0, x, x[1, ]),
    cbind(x[, 1], x[, 2]), rbind(x[1, ], y[1, ]), cbind(i, x), cbind(x, array(1, c(2, 2))),
    rbind(array(1, c(1, 3)), x), cbind(u, 1), rbind(u, u), cbind(l, l), cbind(x)
  )
})

for_each_backend("what is bound may have any name, and NULL is nothing", function(backend) {
  expect_as_base(
    cbind(a = 0, x), cbind(axis = 0, x), cbind(call = 1:2, x), cbind(values = 1:2, x, dims = 3),
    rbind(a = x, b = x), rbind(axis = x, call = y), cbind(x, deparse.level = 0),
    cbind(deparse.level = 2, a = x, y), cbind(NULL, x), rbind(x, NULL), do.call(cbind, list(c = x, a = y)),
    rbind(1:3, a = x[1, ]), Reduce(rbind, list(x[1, ], x[2, ]), NULL)
  )
})

for_each_backend("sums and means over axes are base R's", function(backend) {
  expect_as_base(
    rowSums(x), colSums(x), rowMeans(x), colMeans(x), rowSums(i), colMeans(i), rowSums(l),
    rowSums(a), colSums(a), rowMeans(a, dims = 2), colSums(a, dims = 2), rowSums(a, dims = 2),
    x - rowMeans(x), colSums(x > 0)
  )
})

test_that("a product's result has a place for everything", {
  skip_without_core()
  v <- keras_variable(array(1:6, c(2, 3)), backend = "numpy")
  expect_tensor(v %*% t(v), crossprod(v), t(v), rowSums(v), cbind(v, v), aperm(v))
  # What base R makes a vector of is one.
  expect_null(dim(rowSums(v)))
  expect_identical(dim(rowSums(keras_variable(array(0, 2:4)), dims = 2)), 2:3)
})

test_that("errors say what did not fit", {
  skip_without_core()
  local_backend("numpy")
  v <- keras_variable(array(1:6, c(2, 3)))
  u <- keras_variable(1:3)
  expect_snapshot_errors({
    v %*% v
    v %*% 1:2
    matrix(1, 4, 4) %*% v
    crossprod(v, u)
    t(keras_variable(array(0, 2:4)))
    aperm(v, c(1, 1))
    rowSums(u)
    rowSums(v, dims = 2)
    cbind(v, 1:4)
    rbind(v, array(1, c(2, 2)))
    cbind(v, NA)
    v %*% "a"
  })
})
