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
  # What jax traces has no values to show, and says so.
  shown <- if (backend == "jax") "no value: .*Tracer" else "1 2"
  expect_match(lines[2], shown)
})
