for_each_backend("what an R initializer returns is converted", function(backend) {
  down <- keras_variable(function(shape, dtype) seq_len(prod(shape)), shape = c(2, 3), dtype = "int32")
  expect_identical(as.array(down), array(1:6, c(2, 3)))
  tensor <- keras_variable(function(shape, dtype) down$value * 2L, shape = c(2, 3), dtype = "int32")
  expect_identical(as.array(tensor), 2L * array(1:6, c(2, 3)))
  expect_error(
    keras_variable(function(shape, dtype) c(1.5, NA), shape = 2),
    class = "kerasvar_ValueError"
  )
  expect_error(
    keras_variable(function(shape, dtype) c(1.5, 2), shape = 2, dtype = "int32"),
    class = "kerasvar_ValueError"
  )
  expect_error(keras_variable(function(shape, dtype) 1:3, shape = 2))
})

test_that("an error in an R initializer stays that error", {
  skip_without_core()
  oops <- function(shape, dtype) rlang::abort("no luck", class = "my_error")
  expect_error(keras_variable(oops, shape = 2, backend = "numpy"), "no luck", class = "my_error")
})

for_each_backend("a constraint gets and gives tensors", function(backend) {
  seen <- NULL
  clip <- function(w) {
    seen <<- w
    ifelse(w > 0, w, 0)
  }
  v <- keras_variable(c(-1, 2), constraint = clip)
  got <- v$constraint(v$value)
  expect_tensor(seen, got)
  expect_identical(as.numeric(got), c(0, 2))
})

test_that("a method of the Python class takes and gives R's data", {
  skip_without_core()
  v <- keras_variable(c(1, 2), backend = "numpy")
  expect_true(is_keras_variable(v$to_backend("numpy")))
  expect_error(v$to_backend("mxnet"), class = "kerasvar_ValueError")
})

for_each_backend("a function that Python calls can be left by a jump", function(backend) {
  v <- keras_variable(c(1, 2), name = "w")
  make <- function(leave) {
    keras_variable(function(shape, dtype) {
      leave()
      c(1, 2)
    }, shape = 2)
  }
  pure <- function(leave) {
    functionalize(function() {
      v$assign_add(c(1, 1))
      leave()
      v
    }, v)(variable_state(v))
  }
  for (run in list(make, pure)) {
    for (i in 1:3) {
      expect_identical(tryCatch(run(function() warning("w")), warning = conditionMessage), "w")
      expect_identical(tryCatch(run(function() message("m")), message = conditionMessage), "m\n")
      own <- function() signalCondition(structure(class = c("own", "condition"), list(message = "o", call = NULL)))
      expect_identical(tryCatch(run(own), own = conditionMessage), "o")
      expect_identical(tryCatch(run(function() stop("e")), error = conditionMessage), "e")
      expect_identical(tryCatch(run(rlang::interrupt), interrupt = function(cnd) "interrupted"), "interrupted")
      expect_error(callCC(function(k) run(function() k("jumped"))), "left by a jump", class = "kerasvar_left")
      expect_false(in_stateless_scope())
      expect_identical(as.numeric(v + 1), c(2, 3))
    }
    # One that is taken care of inside is nobody's business.
    expect_no_error(run(function() tryCatch(warning("w"), warning = identity)))
    expect_no_error(suppressWarnings(run(function() warning("w"))))
    expect_warning(run(function() warning("w")), "w")
  }
})
