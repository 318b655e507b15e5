# What subscripts mean is compared with base R in test-fuzz.R; here is what base R
# has no counterpart for, and one example of each kind on every backend.

# The same expression on an R array and on a variable that holds it.
expect_like_base <- function(expr, backend, a = array(as.double(1:12), c(3, 4))) {
  expr <- substitute(expr)
  v <- keras_variable(a, dtype = "float32", backend = backend)
  base <- eval(expr, list(x = a), parent.frame())
  ours <- eval(expr, list(x = v), parent.frame())
  expect_s3_class(ours, "kerasvar_tensor")
  expect_identical(dim(ours), dim(base), label = deparse(expr))
  expect_identical(as.vector(as.array(ours)), as.vector(base), label = deparse(expr))
}

for_each_backend("`[` reads as in base R", function(backend) {
  k <- 2
  expect_like_base(x[k, ], backend)
  expect_like_base(x[, k], backend)
  expect_like_base(x[k, 3], backend)
  expect_like_base(x[7], backend)
  expect_like_base(x[], backend)
  expect_like_base(x[, 2:3], backend)
  expect_like_base(x[k, , drop = FALSE], backend)
  expect_like_base(x[3:1, c(4, 4, 1)], backend)
  expect_like_base(x[-1, c(TRUE, FALSE, TRUE, FALSE)], backend)
  expect_like_base(x[c(5, 5, 12)], backend)
  expect_like_base(x[x > 4], backend)
  expect_like_base(x[cbind(1:3, 3:1)], backend)
  expect_like_base(x[0, ], backend)
  expect_like_base(x[NULL], backend)
  expect_like_base(x[2.9, -1.1], backend)
  expect_like_base(x[[8]], backend)
  expect_like_base(x[[2, 3]], backend)
  expect_like_base(x[2:3], backend, a = array(c(1, 5, 7), 3))
  expect_like_base(x[2], backend, a = array(c(1, 5, 7), 3))
  expect_like_base(x[2, , 1:2], backend, a = array(as.double(1:24), 2:4))
})

for_each_backend("`[<-` writes in place, as base R does", function(backend) {
  a <- array(as.double(1:12), c(3, 4))
  v <- keras_variable(a, dtype = "float32")
  alias <- v
  id <- reticulate::py_id(v)

  v[2, ] <- a[2, ] <- c(-1, -2)
  v[, 4] <- a[, 4] <- 0
  v[cbind(1:3, 1:3)] <- a[cbind(1:3, 1:3)] <- 100
  v[c(1, 1)] <- a[c(1, 1)] <- c(7, 8)
  big <- a > 9
  v[big] <- a[big] <- 9
  v[[2, 3]] <- a[[2, 3]] <- 55
  v[[12]] <- a[[12]] <- 66
  v[0, ] <- numeric()
  v[c(NA, 2)] <- a[c(NA, 2)] <- 3
  expect_identical(as.array(v), a)
  expect_identical(reticulate::py_id(v), id)
  expect_identical(as.array(alias), a)

  v[] <- a[] <- 1:3
  expect_identical(as.array(v), a)
})

for_each_backend("tensors are values", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  before <- after <- v$value
  after[1, ] <- 0L
  after[[2, 3]] <- 9L
  expect_identical(as.array(after), array(c(0L, 2L, 0L, 4L, 0L, 9L), c(2, 3)))
  expect_identical(as.array(before), array(1:6, c(2, 3)))
  expect_identical(as.array(v), array(1:6, c(2, 3)))
  expect_s3_class(after, "kerasvar_tensor")
})

for_each_backend("what was read stays as it is", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  row <- v[1, ]
  whole <- v[]
  element <- v[[2, 2]]
  v[] <- 0L
  expect_identical(as.vector(row), c(1L, 3L, 5L))
  expect_identical(as.array(whole), array(1:6, c(2, 3)))
  expect_identical(as.vector(element), 4L)
})

for_each_backend("variables and tensors can be subscripts and values", function(backend) {
  v <- keras_variable(array(as.double(1:6), c(2, 3)))
  i <- keras_variable(c(3L, 1L))
  expect_identical(as.vector(v[1, i]), c(5, 1))
  expect_identical(as.vector(v[v > 4]), c(5, 6))
  v[v > 4] <- 0
  v[2, ] <- v[1, ]
  expect_identical(as.array(v), array(c(1, 1, 3, 3, 0, 0), c(2, 3)))
  v[, 1:2] <- keras_variable(array(c(1, 2, 3, 4), c(2, 2)))$value
  expect_identical(as.array(v), array(c(1, 2, 3, 4, 0, 0), c(2, 3)))
})

for_each_backend("a variable without axes is a vector of length one", function(backend) {
  v <- keras_variable(3)
  expect_identical(as.vector(v[1]), 3)
  expect_identical(as.vector(v[c(1, 1)]), c(3, 3))
  v[1] <- 4
  v[v > 3] <- 5
  expect_identical(as.vector(v), 5)
  v[] <- 6
  expect_identical(as.vector(v[[1]]), 6)
})

for_each_backend("after an error the variable is as it was", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  before <- as.array(v)
  expect_error(v[3, 1] <- 0L, class = "kerasvar_IndexError")
  expect_error(v[7] <- 0L, class = "kerasvar_IndexError")
  expect_error(v[1, ] <- 1:2, class = "kerasvar_ValueError")
  expect_error(v[1, ] <- integer(), class = "kerasvar_ValueError")
  expect_error(v[c(1, NA)] <- 1:2, class = "kerasvar_IndexError")
  expect_error(v[1, ] <- 0.5, class = "kerasvar_ValueError")
  expect_error(v[1, ] <- 2^31, class = "kerasvar_ValueError")
  expect_error(v[1, ] <- NA, class = "kerasvar_ValueError")
  expect_error(v[] <- c(1, NA), class = "kerasvar_ValueError")
  expect_error(v[1, ] <- "a", class = "kerasvar_TypeError")
  expect_error(v[[1:2]] <- 1L, class = "kerasvar_IndexError")
  expect_error(v[[1]] <- 1:2, class = "kerasvar_ValueError")
  expect_identical(as.array(v), before)
})

test_that("errors name the axis, as R counts, and what came", {
  skip_without_core()
  v <- keras_variable(array(1:6, c(2, 3)), backend = "numpy")
  expect_snapshot_errors({
    v[3, ]
    v[, 4] <- 0L
    v[7]
    v[c(-1, 1), ]
    v[c(TRUE, FALSE, TRUE), ]
    v[1, 1, 1]
    v["a", ]
    v[NA, 1]
    v[cbind(1, 5)]
    v[list(1)]
    v[1i]
    v[[1:2]]
    v[1, ] <- 1:2
    v[c(NA, 1)] <- 1:2
    v[1, 1] <- 1.5
  })
})

test_that("an NA subscript gives NaN, which only floats hold", {
  skip_without_core()
  v <- keras_variable(array(c(1, 2), 2), backend = "numpy")
  expect_identical(as.vector(v[c(2, NA)]), c(2, NaN))
  expect_identical(as.vector(v[NA]), c(NaN, NaN))
  expect_error(keras_variable(1:2, backend = "numpy")[NA], class = "kerasvar_IndexError")
})

test_that("subscripts can be handed on, missing ones too", {
  skip_without_core()
  a <- array(1:24, 2:4)
  v <- keras_variable(a, backend = "numpy")
  dots <- function(x, ...) x[...]
  named <- function(x, i, j, k) x[i, j, k]
  expect_identical(as.array(dots(v, , 2, )), dots(a, , 2, ))
  expect_identical(as.array(named(v, j = 2:3)), named(a, j = 2:3))
  five <- array(1:32, rep(2, 5))
  w <- keras_variable(five, backend = "numpy")
  expect_identical(as.array(w[, 2, , 1, ]), five[, 2, , 1, ])
})

test_that("one crossing an operation", {
  skip_without_core()
  v <- keras_variable(array(as.double(1:12), c(3, 4)), backend = "numpy")
  i <- c(3, 1, 2)
  # Functions are fetched once.
  v[1, ]
  v[1, ] <- 0
  v@r[1, ] <- 0
  v[[1]]
  v[[1]] <- 1
  v@r[.., 1:2]
  expect_identical(count_crossings(reticulate::py_call(py_fn("backend"))), 1)

  expect_identical(count_crossings(v[1, ]), 1)
  expect_identical(count_crossings(v[1, 1]), 1)
  expect_identical(count_crossings(v[2:3, -1]), 1)
  expect_identical(count_crossings(v[v$value > 3]), count_crossings(v$value > 3) + 1)
  expect_identical(count_crossings(v[[5]]), 1)
  expect_identical(count_crossings(v@r[.., 1:2]), 1)
  expect_identical(count_crossings(v[1, ] <- 99), 1)
  expect_identical(count_crossings(v[1, 1] <- 99), 1)
  expect_identical(count_crossings(v[i] <- i), 1)
  expect_identical(count_crossings(v[] <- 0), 1)
  expect_identical(count_crossings(v[[5]] <- 1), 1)
  expect_identical(count_crossings(v@r[1, ] <- 99), 1)
  expect_identical(count_crossings(assign_at(v, 1, value = 1)), 1)
  # Of several elements of a vector, only Python knows that `dim` stays.
  w <- keras_variable(array(as.double(1:3), 3), backend = "numpy")
  expect_identical(count_crossings(w[2]), 1)
  expect_identical(count_crossings(w[2:3]), 2)
  # Names are fetched for character subscripts alone.
  dimnames(v) <- list(c("a", "b", "c"), NULL)
  expect_identical(count_crossings(v[1, ]), 1)
})

for_each_backend("a variable without axes is written as a vector of length one", function(backend) {
  for (start in list(2.5, 3L, TRUE)) {
    writes <- expression(
      x[1] <- x, x[[1]] <- x, x[] <- x[1], x[1] <- x[[1]], x[TRUE] <- !x, x[] <- !x, x[-1] <- x,
      x[integer()] <- x, x[c(1, 1)] <- c(x, 0), x[0] <- x, x[] <- 0, x[1] <- 1
    )
    if (!is.logical(start)) {
      writes <- c(writes, expression(x[] <- x + x, x[1] <- x + 1, x[[1]] <- x[[1]] + x, x[] <- x[1] - x, x[] <- 7))
    }
    for (write in writes) {
      wanted <- list(x = start)
      got <- list(x = keras_variable(start))
      held <- got$x
      type <- typeof(start)
      eval(write, wanted <- list2env(wanted))
      eval(write, got <- list2env(got))
      value <- wanted$x
      storage.mode(value) <- type
      expect_equal(as.vector(got$x), value, info = deparse(write))
      expect_identical(got$x$shape, integer())
      expect_equal(as.vector(held), value)
    }
  }
})
