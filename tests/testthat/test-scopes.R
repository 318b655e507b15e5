for_each_backend("a name scope is in the paths of what is made inside, and only there", function(backend) {
  f <- function() {
    local_name_scope("outer")
    with_name_scope("inner", {
      expect_identical(current_path(), "outer/inner")
      v <- keras_variable(1, name = "w")
    })
    expect_identical(current_path(), "outer")
    v
  }
  expect_identical(f()$path, "outer/inner/w")
  expect_identical(f()$name, "w")
  expect_identical(current_path(), "")
  expect_identical(keras_variable(1, name = "w")$path, "w")
})

for_each_backend("a variable reads as an autocast scope's dtype, and is stored as it was", function(backend) {
  v <- keras_variable(array(c(1, 1 / 3), 2), dtype = "float32")
  kept <- keras_variable(1, autocast = FALSE)
  with_autocast("float16", {
    expect_identical(v$dtype, "float16")
    expect_identical(kept$dtype, "float32")
    expect_equal(as.vector(as.array(v)), c(1, 0.333251953125))
    with_autocast(NULL, expect_identical(v$dtype, "float32"))
    expect_identical(v$dtype, "float16")
  })
  expect_identical(v$dtype, "float32")
  half <- function() {
    local_autocast("bfloat16")
    v$dtype
  }
  expect_identical(half(), "bfloat16")
  expect_identical(v$dtype, "float32")
})

test_that("a scope ends when the code inside fails", {
  skip_without_core()
  expect_error(with_name_scope("a", stop("inside")), "inside")
  expect_identical(current_path(), "")
  fail <- function() {
    local_name_scope("a")
    local_autocast("float16")
    stop("inside")
  }
  expect_error(fail(), "inside")
  expect_identical(current_path(), "")
  expect_identical(keras_variable(1)$dtype, "float32")
})

test_that("scopes of one function end in the reverse order, before and after its own on.exit()", {
  skip_without_core()
  seen <- character()
  f <- function() {
    on.exit(seen <<- c(seen, current_path()), add = TRUE)
    local_name_scope("a")
    local_name_scope("b")
    on.exit(seen <<- c(seen, current_path()), add = TRUE)
    current_path()
  }
  expect_identical(f(), "a/b")
  expect_identical(current_path(), "")
  # after = FALSE: both scopes have ended before what was there first.
  expect_identical(seen, c("", ""))
})

test_that("a local_*() form works for another function's call", {
  skip_without_core()
  open <- function(env = parent.frame()) local_name_scope("borrowed", .local_envir = env)
  f <- function() {
    open()
    current_path()
  }
  expect_identical(f(), "borrowed")
  expect_identical(current_path(), "")
})

test_that("with_*() give the value of their code, invisibly or not", {
  skip_without_core()
  expect_identical(with_name_scope("a", 1 + 1), 2)
  expect_identical(with_autocast("float16", "x"), "x")
  expect_identical(with_device("cpu:0", TRUE), TRUE)
})

for_each_backend("variables are made on the device of a device scope", function(backend) {
  # There is no other device than the CPU here; that the name arrives is what a
  # wrong one shows.
  v <- with_device("cpu:0", keras_variable(c(1, 2)))
  expect_identical(as.vector(as.array(v)), c(1, 2))
  # TensorFlow falls back on a device that it has.
  if (backend %in% c("jax", "torch")) {
    expect_error(with_device("gpu:99", keras_variable(c(1, 2))), class = "kerasvar_error")
  }
  expect_identical(as.vector(as.array(keras_variable(c(1, 2)))), c(1, 2))
})

test_that("what is wrong with a scope is said plainly", {
  skip_without_core()
  expect_snapshot_errors(with_name_scope("a/b", 1))
  expect_snapshot_errors(with_autocast("int32", 1))
  expect_snapshot_errors(with_device(1, 1))
  expect_snapshot_errors(local_name_scope("a", .local_envir = globalenv()))
  expect_identical(current_path(), "")
})
