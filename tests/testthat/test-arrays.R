for_each_backend("parts put together and taken apart are base R's", function(backend) {
  expect_as_base(
    c(x, 1), c(x, y), c(u, 1:3), c(i, x), c(x), rev(x), rev(u), rev(x[1, ]), sort(x),
    sort(x, decreasing = TRUE), sort(u), sort(i), sort(l), unique(x), unique(l[, 1]),
    duplicated(u), head(x, 1), tail(u, 2), head(x[1, ], 2), head(x[1, ], -1), tail(x[1, ], 2),
    rep(x[1, ], 2), rep(u, each = 2), median(x), median(u), median(x[1, ]), order(x),
    order(u, decreasing = TRUE), seq_along(x)
  )
  v <- keras_variable(array(1:6, c(3, 2)))
  # Base R's tail() invents row names here.
  expect_identical(as.array(tail(v, 2)), array(1:6, c(3, 2))[2:3, ])
})

for_each_backend("values put together may have any name, and NULL is none", function(backend) {
  expect_as_base(c(x, call = 1), c(a = x, values = 1, NULL), c(x, NULL), c(x, call = u, 3))
})

for_each_backend("drop() leaves out the axes of extent 1", function(backend) {
  expect_as_base(
    drop(x[1, , drop = FALSE]), drop(x[, 2, drop = FALSE]), drop(x[2, 2, drop = FALSE]), drop(x),
    drop(x[1, ]), drop(u), drop(u[1, drop = FALSE]), drop(o), drop(a), drop(a[, 2, , drop = FALSE]),
    drop(a[1, , 3, drop = FALSE]), drop(a[1, 2, 3, drop = FALSE]), drop(p), drop(p[0, , , drop = FALSE]),
    data = c(oracle_data(), list(o = array(5, 1), p = array(1:3 / 1, c(1, 3, 1))))
  )
  v <- keras_variable(array(1:3, c(1, 3)))
  d <- drop(v)
  v[1, 1] <- 9L
  expect_tensor(d, drop(keras_variable(1)))
  expect_identical(as.vector(d), 1:3)
})

for_each_backend("a tensor takes another shape, in column order; a variable does not", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  x <- y <- v$value
  dim(x) <- c(3, 2)
  expect_identical(as.array(x), array(1:6, c(3, 2)))
  expect_identical(dim(y), c(2L, 3L))
  dim(x) <- 6
  expect_identical(as.array(x), array(1:6, 6))
  dim(x) <- c(1, 2, 3)
  expect_identical(as.array(x), array(1:6, 1:3))
  dim(x) <- NULL
  expect_null(dim(x))
  expect_identical(as.vector(x), 1:6)
  expect_error(dim(v) <- c(3, 2), class = "kerasvar_ValueError")
  expect_error(dim(x) <- 5, class = "kerasvar_ValueError")
})

for_each_backend("ifelse() selects element by element", function(backend) {
  expect_as_base(
    ifelse(x > 0, x, 0), ifelse(x > 0, 1, -1), ifelse(l, i, -i), ifelse(x > y, x, y),
    ifelse(l, c(1, 2), 0), ifelse(x[1, ] > 0, 1, 2), which(l), which(x > 1),
    which(x > 1, arr.ind = TRUE)
  )
  v <- keras_variable(array(c(-1, 2), c(1, 2)))
  expect_tensor(ifelse(v > 0, v, 0))
})

for_each_backend("elements can be gone through", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  total <- 0
  for (k in seq_along(v)) {
    total <- total + as.numeric(v[[k]])
  }
  expect_identical(total, 21)
  for (e in as.list(v)) {
    total <- total - e
  }
  expect_identical(total, 0)
  expect_identical(unlist(lapply(v, function(e) e * 2L)), 2L * 1:6)
  expect_identical(vapply(v, function(e) e > 3, NA), 1:6 > 3)
  expect_identical(Reduce(`+`, v), 21L)
})

test_that("errors say what did not fit", {
  skip_without_core()
  local_backend("numpy")
  v <- keras_variable(array(1:6, c(2, 3)))
  x <- v$value
  expect_snapshot_errors({
    dim(v) <- 6
    dim(x) <- 5
    dim(x) <- c(-1, 6)
    sort(keras_variable(1i))
    c(v, "a")
    ifelse(v > 1, 1:4, 0)
  })
})
