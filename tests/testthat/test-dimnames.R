for_each_backend("a variable can be subscripted by name", function(backend) {
  a <- array(as.double(1:6), c(2, 3), list(c("a", "b"), c("x", "y", "x")))
  v <- keras_variable(unname(a))
  expect_null(dimnames(v))
  dimnames(v) <- dimnames(a)
  expect_identical(dimnames(v), dimnames(a))
  expect_identical(rownames(v), c("a", "b"))

  expect_identical(as.vector(v["b", ]), unname(a["b", ]))
  expect_identical(as.array(v[, c("x", "y")]), unname(a[, c("x", "y")]))
  expect_identical(as.vector(v[["a", "y"]]), a[["a", "y"]])
  expect_identical(as.vector(v[cbind("b", "y")]), a[cbind("b", "y")])
  v["a", "x"] <- a["a", "x"] <- 10
  v[["b", "y"]] <- a[["b", "y"]] <- 20
  assign_at(v, "b", "x", value = 1, op = "add")
  a["b", "x"] <- a["b", "x"] + 1
  expect_identical(unname(as.array(v)), unname(a))
})

test_that("names stay with the variable, by whichever way it comes", {
  skip_without_core()
  v <- keras_variable(array(0, 2), backend = "numpy")
  dimnames(v) <- list(c("a", "b"))
  again <- reticulate::r_to_py(list(v))[0]
  expect_identical(dimnames(again), list(c("a", "b")))
  dimnames(v) <- NULL
  expect_null(dimnames(again))
})

test_that("some axes may be without", {
  skip_without_core()
  v <- keras_variable(array(1:6, c(2, 3)), backend = "numpy")
  dimnames(v) <- list(NULL, 1:3)
  expect_identical(dimnames(v), list(NULL, c("1", "2", "3")))
  expect_identical(as.vector(v[, "3"]), 5:6)
  one <- keras_variable(array(1:2, c(1, 2)), backend = "numpy")
  dimnames(one) <- list("only", NULL)
  expect_identical(dimnames(one), list("only", NULL))
})

test_that("its errors", {
  skip_without_core()
  v <- keras_variable(array(1:6, c(2, 3)), backend = "numpy")
  expect_snapshot_errors({
    dimnames(v) <- list(c("a", "b", "c"), NULL)
    dimnames(v) <- list(c("a", "b"))
    dimnames(v) <- c("a", "b")
    dimnames(v) <- list(c("a", "b"), NULL)
    v["c", ]
    v[, "a"]
    v["a"]
  })
})
