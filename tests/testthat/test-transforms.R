for_each_backend("a functionalized function leaves the variables alone", function(backend) {
  count <- keras_variable(array(0, 2), dtype = "float32", name = "count")
  total <- keras_variable(0L, name = "total")
  step <- functionalize(
    function(by) {
      count$assign_add(by)
      total$assign_add(1L)
      list("any R value", sum(count))
    },
    list(count, total)
  )
  state <- variable_state(list(count, total))
  expect_named(state, c("count", "total"))
  first <- step(state, array(c(1, 2), 2))
  second <- step(first$state, array(c(10, 10), 2))
  expect_identical(second$result[[1]], "any R value")
  expect_equal(as.numeric(second$result[[2]]), 23)
  expect_equal(as.vector(as.array(second$state$count)), c(11, 12))
  expect_equal(as.vector(as.array(second$state$total)), 2L)
  expect_equal(as.vector(as.array(count)), c(0, 0))
  # R arrays are a state as well.
  expect_equal(
    as.vector(as.array(step(list(count = array(5, 2), total = 0L), array(0, 2))$state$count)),
    c(5, 5)
  )
})

for_each_backend("gradients are what calculus says", function(backend) {
  x <- array(c(1, 2, 3, 4, 5, 6), c(3, 2))
  w0 <- array(c(0.5, -1), c(2, 1))
  w <- keras_variable(w0, dtype = "float32", name = "w")
  unused <- keras_variable(1, name = "unused")
  steps <- keras_variable(3L, name = "steps")
  make <- function() {
    value_and_gradient(
      function(x) {
        steps$assign_add(1L)
        sum((x %*% w)^2)
      },
      list(w, unused, steps)
    )
  }
  if (backend == "numpy") {
    expect_error(make()(x), class = "kerasvar_NotImplementedError")
    return(invisible())
  }
  found <- make()(x)
  expect_equal(as.numeric(found$value), sum((x %*% w0)^2), tolerance = 1e-6)
  expect_equal(
    as.array(found$gradients$w),
    2 * t(x) %*% (x %*% w0),
    tolerance = 1e-6
  )
  expect_named(found$gradients, c("w", "unused", "steps"))
  expect_null(found$gradients$steps)
  expect_null(found$gradients$unused)
  # One that is zero is zero.
  zero <- value_and_gradient(function() sum(w * 0), list(w, steps))()
  expect_identical(as.array(zero$gradients$w), array(0, c(2, 1)))
  expect_null(value_and_gradient(function() sum(w), steps)()$gradients$steps)
  # What was assigned stays assigned.
  expect_equal(as.numeric(steps), 4)
})

# What becomes R data would be missing from the gradient.
leaving_idioms <- list(
  function(w) w * as.array(w),
  function(w) w * as.numeric(w),
  function(w) w * as.vector(w),
  function(w) w * as.matrix(w),
  function(w) w * as.array(w * 2),
  function(w) w * apply(w, 2, sum)[1],
  function(w) sweep(w, 2, colMeans(w)),
  function(w) w * max(unlist(as.list(w))),
  function(w) w * var(as.vector(w)),
  function(w) w * w$numpy()
)

for_each_backend("a value that leaves while gradients are recorded is an error", function(backend) {
  w0 <- array(c(1, 2, 3, 4), c(2, 2))
  w <- keras_variable(w0, dtype = "float32", name = "w")
  for (idiom in leaving_idioms) {
    # Everyday use, where nothing is recorded.
    label <- paste(deparse(idiom), collapse = " ")
    expect_equal(dim(as.array(idiom(w))), c(2, 2), label = label)
    if (backend != "numpy") {
      expect_error(
        value_and_gradient(function() sum(idiom(w)), w)(),
        "gradients are being recorded.*operators and R's functions.*stop_gradient",
        class = "kerasvar_TypeError",
        label = label
      )
    }
  }
  expect_equal(as.array(stop_gradient(w)), w0)
  expect_equal(as.array(stop_gradient(w * 2)), w0 * 2)
  expect_error(stop_gradient(3), class = "kerasvar_TypeError")
  if (backend == "numpy") {
    return(invisible())
  }
  found <- value_and_gradient(function() sum(w * as.array(stop_gradient(w))), w)()
  expect_equal(as.array(found$gradients$w), w0)
  expect_equal(as.array(value_and_gradient(function() sum(w * stop_gradient(w)), w)()$gradients$w), w0)
  # Logging is allowed, and so is what has no gradient.
  shown <- NULL
  found <- value_and_gradient(
    function() {
      shown <<- c(utils::capture.output(print(w), print(w * 2), str(w)), format(w))
      if (as.logical(all(w > 0)) && anyNA(w) == FALSE) sum(w^2) else sum(w)
    },
    w
  )()
  expect_true(all(c("3", "8") %in% unlist(strsplit(shown, "[^0-9.]+"))))
  expect_equal(as.array(found$gradients$w), 2 * w0)
})

for_each_backend("what is no loss is an error that says so", function(backend) {
  v <- keras_variable(c(1, 2), name = "v")
  steps <- keras_variable(3L, name = "steps")
  wrong <- list(
    list(1, "a number"),
    list(NULL, "NULL"),
    list("text", "a string"),
    list(list(v), "a list"),
    list(array(1, c(2, 2)), "a double matrix"),
    list(v, "has 2 elements"),
    list(steps, "int32"),
    list(sum(v > 1), "no derivative")
  )
  # numpy does not differentiate, and says that first.
  class <- if (backend == "numpy") "kerasvar_NotImplementedError" else "kerasvar_TypeError"
  for (case in wrong) {
    gradient <- value_and_gradient(function() {
      v$assign_add(c(1, 1))
      case[[1]]
    }, list(v, steps))
    error <- expect_error(gradient(), class = class)
    if (backend != "numpy") {
      expect_match(conditionMessage(error), "`fn` must return a loss")
      expect_match(conditionMessage(error), case[[2]])
    }
    expect_identical(as.numeric(v), c(1, 2))
  }
  if (backend != "numpy") {
    # R's numbers are vectors of length one.
    found <- value_and_gradient(function() v[2]^2, v)()
    expect_identical(as.numeric(found$value), 4)
    expect_identical(as.numeric(found$gradients$v), c(0, 4))
    weight <- keras_variable(3, name = "weight")
    expect_identical(as.numeric(value_and_gradient(function() weight, weight)()$gradients$weight), 1)
  }
})

for_each_backend("an R error in the function is the user's own", function(backend) {
  v <- keras_variable(1, name = "v")
  own <- structure(
    class = c("users_own", "error", "condition"),
    list(message = "the user's {own} error", call = quote(user(1)), data = 1:3)
  )
  fail <- function(...) stop(own)
  caught <- function(code) tryCatch(code, error = identity)
  expect_identical(caught(functionalize(fail, v)(variable_state(v))), own)
  if (backend != "numpy") {
    expect_identical(caught(value_and_gradient(fail, v)()), own)
  }
  # One that the function itself takes care of is nobody else's.
  careful <- function() {
    try(stop("caught"), silent = TRUE)
    v * 2
  }
  expect_equal(as.numeric(functionalize(careful, v)(variable_state(v))$result), 2)
  # An error of ours in it names the user's call, not a Python one.
  wrong <- function() v$assign(array(1, c(2, 2)))
  error <- expect_error(functionalize(wrong, v)(variable_state(v)), class = "kerasvar_ValueError")
  expect_match(conditionMessage(error), "shape")
  expect_false(in_stateless_scope())
})

test_that("what cannot be done is said plainly", {
  skip_without_core()
  local_backend("numpy")
  local_fresh_names()
  v <- keras_variable(c(1, 2), name = "w")
  same <- keras_variable(0, name = "w")
  expect_snapshot_errors(functionalize("f", v))
  expect_snapshot_errors(functionalize(identity, list(v, 1)))
  expect_snapshot_errors(variable_state(list(v, same)))
  pure <- functionalize(function() v, v)
  expect_snapshot_errors(pure(list(other = 1)))
  expect_snapshot_errors(pure(list(w = c(1, 2, 3))))
  expect_snapshot_errors(value_and_gradient(identity, list()))
  gradient <- value_and_gradient(function() v * 2, v)
  expect_snapshot_errors(gradient())
})

for_each_backend("variables and tensors print while they are differentiated", function(backend) {
  v <- keras_variable(array(c(1, 2), 2), dtype = "float32", name = "w")
  lines <- NULL
  look <- function() {
    lines <<- c(format(v), utils::capture.output(str(v * 2)))
    sum(v * v)
  }
  # numpy does not differentiate.
  if (backend == "numpy") functionalize(look, v)(variable_state(v)) else value_and_gradient(look, v)()
  expect_match(lines[1], "<keras_variable \"w\"> float32 [2]", fixed = TRUE)
  expect_match(lines[2], "1 2")
})

# Idioms that stay on the device, as functions of a matrix of 2 x 3 between 0 and 1.
# Base R evaluates the same functions for the finite differences.
smooth_idioms <- c(
  lapply(
    c(
      "abs", "sign", "sqrt", "floor", "ceiling", "trunc", "exp", "expm1", "log1p", "log2",
      "log10", "log", "cos", "sin", "tan", "cospi", "sinpi", "tanpi", "acos", "asin", "atan",
      "cosh", "sinh", "tanh", "asinh", "atanh", "lgamma", "gamma", "digamma", "trigamma",
      "cumsum", "cumprod", "cummax", "cummin", "sum", "prod", "max", "min", "range", "mean",
      "median", "sort", "rev", "t", "c", "rowSums", "colSums", "rowMeans", "colMeans",
      "crossprod", "tcrossprod", "diag", "head", "tail", "drop", "round"
    ),
    function(name) get(name)
  ),
  list(
    function(w) w + w, function(w) w - 2, function(w) 2 - w, function(w) w * w, function(w) 3 * w,
    function(w) w / (1 + w), function(w) 1 / w, function(w) w^2, function(w) 2^w, function(w) w^w,
    function(w) -w, function(w) +w, function(w) w %% 0.4, function(w) w %/% 0.4,
    function(w) w * c(1, 10), function(w) c(5, 6) - w, function(w) w * w[, 1],
    function(w) w %*% t(w), function(w) w %*% c(1, 2, 3), function(w) c(1, 2) %*% w,
    function(w) matrix(1:4, 2) %*% w, function(w) log(w, 3), function(w) round(w * 3.1, 1) + w, function(w) signif(w * 1.02, 1) + w,
    function(w) w[1, ], function(w) w[, 2], function(w) w[2, 3], function(w) w[-1, ],
    function(w) w[c(2, 1, 1), 3:1], function(w) w[5], function(w) w[c(1, 6, 1)], function(w) w[w > 0.45],
    function(w) w[cbind(1:2, 2:3)], function(w) w[c(TRUE, FALSE), ], function(w) w[[2, 2]],
    function(w) w[, 1, drop = FALSE], function(w) w[],
    function(w) ifelse(w > 0.45, w^2, 3 * w), function(w) rbind(w, w[1, ]), function(w) cbind(w, 1:2),
    function(w) c(w, 1, w), function(w) rep(w, 2), function(w) mean(w, trim = 0.2),
    function(w) sqrt(sum(w^2)), function(w) sum(abs(w)), function(w) outer_of(w),
    function(w) exp(w) / sum(exp(w)), function(w) aperm(w, c(2, 1))
  )
)
outer_of <- function(w) c(w) %*% t(c(w))

test_that("gradients of R's idioms are those of finite differences", {
  w0 <- matrix(c(0.31, 0.72, 0.53, 0.94, 0.15, 0.66), 2)
  differences <- function(f, w, h = 1e-6) {
    found <- w
    for (i in seq_along(w)) {
      up <- down <- w
      up[i] <- w[i] + h
      down[i] <- w[i] - h
      found[i] <- (f(up) - f(down)) / (2 * h)
    }
    found
  }
  for (backend in c("tensorflow", "jax", "torch")) {
    skip_without_backend(backend)
    if (backend == "jax") {
      config <- reticulate::import("jax")$config
      config$update("jax_enable_x64", TRUE)
      withr::defer(config$update("jax_enable_x64", FALSE))
    }
    w <- keras_variable(w0, name = "w", backend = backend)
    expect_identical(w$dtype, "float64")
    for (idiom in smooth_idioms) {
      label <- paste(backend, paste(deparse(idiom), collapse = " "))
      weights <- seq_along(idiom(w0)) + 0.5
      value <- as.vector(idiom(w0))
      # Weights tell the elements apart.
      loss <- function(w) sum(c(idiom(w)) * weights)
      found <- value_and_gradient(function() loss(w), w)()
      expect_equal(as.vector(as.array(found$value)), loss(w0), tolerance = 1e-8, label = label)
      expected <- differences(function(w) sum(as.vector(idiom(w)) * weights), w0)
      gradient <- found$gradients$w
      gradient <- if (is.null(gradient)) w0 * 0 else as.array(gradient)
      expect_equal(gradient, expected, tolerance = 1e-6, label = label)
    }
  }
})
