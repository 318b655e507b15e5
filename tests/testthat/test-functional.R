dense <- function(scope, x, units) {
  kernel <- scope$param("kernel", initializer_glorot_uniform(), shape = c(dim(x)[2], units))
  bias <- scope$param("bias", function(key, shape) array(0, shape), shape = units)
  x %*% kernel + array(1, c(dim(x)[1], 1)) %*% array(as.array(bias), c(1, units))
}

network <- function(scope, x) {
  calls <- scope$variable("counts", "calls", function() 0L)
  calls$value <- calls$value + 1L
  hidden <- scope$child(dense)(x, 5)
  scope$child(dense, name = "out")(tanh(hidden), units = 3)
}

x <- as.matrix(iris[c(1, 51, 101), 1:4])
dimnames(x) <- NULL

for_each_backend("init makes the variables, apply computes with them, nothing else changes", function(backend) {
  made <- scope_init(network)(42, x)
  expect_identical(sort(names(made$variables)), c("counts", "params"))
  expect_identical(sort(names(made$variables$params)), c("dense_0", "out"))
  kernel <- made$variables$params$dense_0$kernel
  expect_identical(dim(kernel), c(4L, 5L))
  # The same initial weights on every backend: those of numpy.
  local_backend("numpy")
  on_numpy <- scope_init(network)(42, x)
  expect_identical(as.array(kernel), as.array(on_numpy$variables$params$dense_0$kernel))
  use_backend(backend)

  result <- scope_apply(network, mutable = "counts")(made$variables, x)
  w1 <- as.array(made$variables$params$dense_0$kernel)
  w2 <- as.array(made$variables$params$out$kernel)
  expect_equal(as.array(result$result), tanh(x %*% w1) %*% w2, tolerance = 1e-5)
  expect_equal(as.array(result$result), as.array(made$result), tolerance = 1e-6)
  expect_named(result$variables, "counts")
  expect_equal(as.numeric(result$variables$counts$calls), 2)
  expect_equal(as.numeric(made$variables$counts$calls), 1)
})

test_that("apply without mutable collections returns the result alone", {
  skip_without_core()
  pure <- scope_apply(function(scope, ...) list(scope$get_variable("params", "w"), ...))
  result <- pure(list(params = list(w = c(1, 2))), "more", named = 3)
  expect_identical(as.vector(as.array(result[[1]])), c(1, 2))
  expect_identical(result[-1], list("more", named = 3))
})

for_each_backend("keys come by name, count by use, and fall back on params", function(backend) {
  draw <- function(scope) {
    list(
      random_uniform(scope$make_rng("dropout"), 3),
      random_uniform(scope$make_rng("dropout"), 3),
      scope$has_rng("dropout"),
      scope$has_rng("other")
    )
  }
  numbers <- function(x) as.vector(as.array(x))
  first <- scope_apply(draw)(list(), rngs = list(dropout = 1))
  again <- scope_apply(draw)(list(), rngs = list(dropout = random_key(1)))
  fallen <- scope_apply(draw)(list(), rngs = 1)
  expect_identical(numbers(first[[1]]), numbers(again[[1]]))
  expect_false(identical(numbers(first[[1]]), numbers(first[[2]])))
  expect_identical(first[3:4], list(TRUE, FALSE))
  expect_identical(fallen[3:4], list(FALSE, FALSE))
})

test_that("filters say what may be written", {
  skip_without_core()
  writes <- function(scope) {
    vapply(c("params", "batch_stats", "cache"), scope$is_mutable_collection, NA)
  }
  mutable <- function(filter) unname(scope_apply(function(scope) writes(scope), mutable = filter)(list())$result)
  expect_identical(mutable(TRUE), c(TRUE, TRUE, TRUE))
  expect_identical(mutable("cache"), c(FALSE, FALSE, TRUE))
  expect_identical(mutable(c("cache", "params")), c(TRUE, FALSE, TRUE))
  expect_identical(mutable(character()), c(FALSE, FALSE, FALSE))
  expect_identical(mutable(deny_list("params")), c(FALSE, TRUE, TRUE))
  expect_identical(mutable(deny_list(c("params", "cache"))), c(FALSE, TRUE, FALSE))
  expect_identical(unname(scope_apply(writes)(list())), c(FALSE, FALSE, FALSE))
})

test_that("a bound scope stays until it is invalidated", {
  skip_without_core()
  scope <- scope_bind(list(params = list(w = c(1, 2)), counts = list(n = 0L)), mutable = "counts")
  expect_identical(as.vector(as.array(scope$param("w", initializer_zeros(), shape = 2))), c(1, 2))
  n <- scope$variable("counts", "n")
  n$value <- 5L
  expect_equal(as.numeric(scope$variables()$counts$n), 5)
  expect_named(scope$mutable_variables(), "counts")
  scope$invalidate()
  expect_true(scope$invalid)
  expect_error(scope$push("a"), class = "kerasvar_InvalidScopeError")
})

test_that("flags reach children", {
  skip_without_core()
  seen <- scope_apply(
    function(scope) {
      child <- function(scope) list(scope$get_flag("training"), scope$get_flag("no", 1), scope$has_flag("no"))
      scope$child(child)()
    },
    flags = list(training = TRUE)
  )(list())
  expect_identical(seen, list(TRUE, 1, FALSE))
})

for_each_backend("an R error in the function is the user's own, in init, apply and child", function(backend) {
  own <- structure(class = c("users_own", "error", "condition"), list(message = "mine {x}", call = NULL))
  fail <- function(scope) stop(own)
  nested <- function(scope) scope$child(fail, name = "a")()
  in_init <- function(scope) scope$param("w", function(key) stop(own))
  in_variable <- function(scope) scope$variable("state", "w", function() stop(own))
  caught <- function(code) tryCatch(code, error = identity)
  for (f in list(fail, nested, in_init, in_variable)) {
    expect_identical(caught(scope_init(f)(1)), own)
  }
  expect_identical(caught(scope_apply(fail)(list())), own)
})

test_that("errors say the path, the name and the likely cause", {
  skip_without_core()
  local_backend("numpy")
  variables <- list(params = list(out = list(kernel = array(0, c(2, 3)))))
  apply <- function(fn) invisible(scope_apply(fn)(variables))
  expect_snapshot_errors({
    apply(function(scope) scope$param("w", initializer_ones(), shape = 2))
  })
  expect_snapshot_errors({
    inner <- function(scope) scope$param("kernel", initializer_ones(), shape = c(3, 3))
    apply(function(scope) scope$child(inner, name = "out")())
  })
  expect_snapshot_errors({
    apply(function(scope) scope$put_variable("params", "w", 1))
  })
  expect_snapshot_errors(apply(function(scope) scope$make_rng("dropout")))
  expect_snapshot_errors(scope_apply(identity)(list(params = list(params = list(w = 1)))))
  expect_snapshot_errors(scope_apply(identity, mutable = 1))
  expect_snapshot_errors(scope_init(identity)("seed"))
  expect_snapshot_errors(apply(function(scope) scope$nothing))
  kept <- NULL
  apply(function(scope) kept <<- scope)
  expect_snapshot_errors(kept$put_variable("params", "w", 1))
})
