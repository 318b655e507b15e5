through_rds <- function(x) {
  file <- withr::local_tempfile()
  saveRDS(x, file)
  readRDS(file)
}

same_variable <- function(x, y) {
  for (what in c("name", "path", "dtype", "shape", "backend", "trainable", "autocast",
                 "aggregation", "synchronization", "overwrite_with_gradient")) {
    eval(bquote(expect_identical(x[[.(what)]], y[[.(what)]])), list(`[[` = `$.kerasvar.Variable`))
  }
  expect_identical(as.array(x), as.array(y))
}

for_each_backend("variables come through saveRDS() with all that belongs to them", function(backend) {
  scope <- call_py(py_fn("name_scope"), "block")
  scope$`__enter__`()
  v <- keras_variable(
    array(c(1, 2.5, NaN, -Inf), c(2, 2)),
    dtype = "float32",
    name = "w",
    trainable = FALSE,
    autocast = FALSE,
    aggregation = "mean"
  )
  scope$`__exit__`()
  v$overwrite_with_gradient <- TRUE
  dimnames(v) <- list(c("a", "b"), NULL)
  back <- thaw(through_rds(freeze(v)))
  same_variable(back, v)
  expect_identical(back$path, "block/w")
  expect_identical(dimnames(back), dimnames(v))
  # Another variable, not another name for the same one.
  back[1, 1] <- 100
  expect_identical(as.array(v)[1, 1], 1)
})

for_each_backend("every dtype comes through bit for bit", function(backend) {
  for (dtype in c("bool", "uint8", "int32", "bfloat16", "float16", "float32", "complex64")) {
    v <- keras_variable(array(c(0, 1, 1), c(3, 1)), dtype = dtype)
    back <- thaw(through_rds(freeze(v)))
    expect_identical(back$dtype, dtype)
    expect_identical(format(back), format(v))
  }
  for (shape in list(integer(), 0L, c(2L, 0L))) {
    v <- keras_variable("zeros", shape = shape)
    expect_identical(thaw(through_rds(freeze(v)))$shape, shape)
  }
})

test_that("a list keeps its form, and one variable in two places stays one", {
  skip_without_core()
  v <- keras_variable(1:3)
  model <- list(
    v = v,
    deep = list(v, n = NULL, list(value = v$value)),
    frame = data.frame(x = 1:2),
    f = mean
  )
  back <- thaw(through_rds(freeze(model)))
  expect_identical(names(back), names(model))
  expect_identical(names(back$deep), c("", "n", ""))
  expect_null(back$deep$n)
  expect_identical(back$frame, model$frame)
  back$v[1] <- 10L
  expect_identical(as.vector(as.array(back$deep[[1]])), c(10L, 2L, 3L))
  expect_s3_class(back$deep[[3]]$value, "kerasvar_tensor")
  expect_identical(as.vector(as.array(back$deep[[3]]$value)), 1:3)
})

test_that("a variable frozen twice has the value of each time", {
  skip_without_core()
  v <- keras_variable(1:2)
  first <- freeze(v)
  v$assign(3:4)
  back <- thaw(list(first, freeze(v)))
  expect_identical(as.vector(as.array(back[[1]])), 1:2)
  expect_identical(as.vector(as.array(back[[2]])), 3:4)
})

test_that("variables reach a worker and come back", {
  skip_without_core()
  skip_unless_installed()
  cluster <- parallel::makeCluster(1)
  withr::defer(parallel::stopCluster(cluster))
  parallel::clusterCall(cluster, .libPaths, .libPaths())
  v <- keras_variable(array(1:4, c(2, 2)), name = "w")
  back <- parallel::clusterCall(
    cluster,
    function(frozen) {
      v <- kerasvar::thaw(frozen)
      v$assign_add(array(10L, c(2, 2)))
      kerasvar::freeze(v)
    },
    freeze(v)
  )
  expect_identical(as.array(thaw(back[[1]])), array(11:14, c(2, 2)))
})

test_that("a frozen variable says what it is", {
  skip_without_core()
  v <- keras_variable(array(1:4, c(2, 2)), name = "w", backend = "numpy")
  expect_snapshot({
    freeze(v)
    str(freeze(list(w = v, value = v$value)))
  })
})

test_that("a function that Python cannot write is left behind with a warning", {
  skip_without_core()
  v <- keras_variable(1, name = "w", constraint = function(x) x)
  expect_warning(frozen <- freeze(v), class = "kerasvar_lost_attribute")
  expect_null(thaw(frozen)$constraint)
})

test_that("what holds no variable is returned as it is", {
  for (x in list(1:3, NULL, list(), list(a = 1, list("b")), iris, mean)) {
    expect_identical(freeze(x), x)
    expect_identical(thaw(x), x)
  }
})
