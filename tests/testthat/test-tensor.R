for_each_backend("a tensor is the framework's own object with classes of ours", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  x <- v$value
  expect_s3_class(x, c("kerasvar_tensor", "python.builtin.object"))
  expect_false(inherits(x, "kerasvar_vector"))
  expect_identical(dim(x), c(2L, 3L))
  expect_identical(length(x), 6L)
  expect_null(names(x))
  expect_null(dimnames(x))
})

for_each_backend("what base R makes a vector has no dim", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  for (x in list(v[1, ], v[v > 2], rowSums(v), cumsum(v), v[1, ] + 1L, -v[1, ], sqrt(v[1, ]))) {
    expect_null(dim(x))
    expect_s3_class(x, "kerasvar_vector")
  }
  expect_identical(dim(keras_variable(1:3) + 1L), 3L)
  expect_identical(dim(v[1, ] + array(1L, 3)), 3L)
  expect_null(dim(sum(v)))
  expect_identical(length(sum(v)), 1L)
})

for_each_backend("the classes of one do not show on another", function(backend) {
  v <- keras_variable(c(1, 2))
  bare <- reticulate::py_get_attr(v, "value")
  dressed <- v$value
  expect_false(inherits(bare, "kerasvar_tensor"))
  expect_identical(class(v)[1], "kerasvar.Variable")
})

for_each_backend("a tensor is a snapshot", function(backend) {
  v <- keras_variable(array(1, c(2, 2)))
  x <- v$value
  v$assign(array(2, c(2, 2)))
  v[1, 1] <- 3
  v$assign_add(array(1, c(2, 2)))
  expect_identical(as.numeric(x), rep(1, 4))
})

for_each_backend("hashes tell objects apart, and one that is not written to is always the same", function(backend) {
  make <- function() keras_variable(c(1, 2), name = "w")
  v <- make()
  objects <- list(
    v, make(), v$value, v$value, v + 1, v + 1, v[1], v[1], t(v), as_keras_variable(make()), thaw(freeze(v)),
    random_key(1), random_key(1), initializer_ones(), initializer_ones(),
    variable_state(v)$w, variable_state(v)$w, v$snapshot()
  )
  hashes <- list(rlang::hash, function(x) serialize(x, NULL))
  if (rlang::is_installed("digest")) {
    hashes <- c(hashes, digest::digest)
  }
  for (hash in hashes) {
    found <- lapply(objects, hash)
    expect_false(anyDuplicated(found) > 0)
    as.array(v)
    alias <- v
    expect_identical(found, lapply(objects, hash))
    expect_identical(hash(alias), found[[1]])
    expect_identical(hash(as_keras_variable(v)), found[[1]])
  }
})

test_that("a function with a memory does not take one variable for another", {
  skip_without_core()
  skip_if_not_installed("memoise")
  total <- memoise::memoise(function(x) as.numeric(sum(x)))
  expect_identical(total(keras_variable(c(1, 2))), 3)
  expect_identical(total(keras_variable(c(10, 20))), 30)
  expect_identical(total(keras_variable(c(1, 2))$value), 3)
  expect_identical(total(keras_variable(c(10, 20))$value), 30)
})

for_each_backend("a function with a memory sees what R writes", function(backend) {
  skip_if_not_installed("memoise")
  total <- memoise::memoise(function(x) as.numeric(sum(x)))
  v <- keras_variable(c(1, 2))
  alias <- v
  for (write in list(
    function() v[1] <<- 5, function() v[[2]] <<- 7, function() v@r[-1] <<- 8, function() assign_at(v, 1, value = 9),
    function() v$assign(c(3, 4)), function() v$assign_add(1), function() v$assign_sub(c(1, 3))
  )) {
    before <- total(alias)
    write()
    expect_identical(total(alias), sum(as.numeric(v)))
    expect_false(total(alias) == before)
  }
})

for_each_backend("a variable that Python hands to R is none of the others", function(backend) {
  holder <- reticulate::import("types")$SimpleNamespace(a = keras_variable(1), b = list(keras_variable(2), keras_variable(1)))
  variables <- c(list(holder$a, keras_variable(1)), holder$b, list(holder$a$clone()))
  expect_false(anyDuplicated(lapply(variables, rlang::hash)) > 0)
  expect_identical(vapply(variables, as.numeric, 0), c(1, 1, 2, 1, 1))
})

test_that("another session and a fork count on their own", {
  skip_without_core()
  skip_on_os("windows")
  forked <- parallel::mclapply(1:2, function(i) {
    x <- keras_variable(1, backend = "numpy")
    list(attr(x, "kerasvar_id"))
  })
  expect_false(identical(forked[[1]], forked[[2]]))
  session <- c("library(kerasvar)", "cat(rlang::hash(keras_variable(1, backend = 'numpy')))")
  expect_false(identical(fresh_session(session), fresh_session(session)))
})
