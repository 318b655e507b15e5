for_each_backend("values come back bit for bit, in variables of any backend", function(backend) {
  file <- withr::local_tempfile(fileext = ".safetensors")
  v <- list(
    keras_variable(array(c(0.1, NaN, -Inf, 7, 8, 9), c(2, 3)), dtype = "float32", name = "w"),
    keras_variable(array(c(TRUE, FALSE), 2), name = "mask", trainable = FALSE),
    keras_variable(array(complex(real = 1:2, imaginary = 3:4), 2), dtype = "complex64", name = "z"),
    keras_variable(3L, name = "n")
  )
  before <- lapply(v, as.array)
  expect_identical(withVisible(save_variables(v, file)), list(value = file, visible = FALSE))
  for (x in v) x[] <- 0
  load_variables(file, v)
  expect_identical(lapply(v, as.array), before)

  # R writes by columns, the file's readers think in rows.
  numpy <- reticulate::import("safetensors.numpy", convert = FALSE)
  theirs <- reticulate::py_to_r(numpy$load_file(file)$w)
  expect_identical(theirs, before[[1]])

  elsewhere <- keras_variable(array(0, c(2, 3)), dtype = "float32", name = "w", backend = "numpy")
  save_variables(v[[1]], file)
  load_variables(file, elsewhere)
  expect_identical(as.array(elsewhere), before[[1]])
})

test_that("a file can be read and described without variables", {
  skip_without_core()
  file <- withr::local_tempfile(fileext = ".safetensors")
  with_name_scope("block", {
    w <- keras_variable(array(1:6, c(2, 3)), name = "w", backend = "numpy", trainable = FALSE)
  })
  n <- keras_variable(0.5, dtype = "bfloat16", name = "n", backend = "numpy")
  save_variables(list(w, n), file)
  expect_snapshot({
    describe_checkpoint(file)
    load_variables(file)
  })
  values <- load_variables(file)
  expect_identical(as.array(values[["block/w"]]), array(1:6, c(2, 3)))
})

test_that("a file that does not agree changes nothing and says all that is wrong", {
  skip_without_core()
  file <- withr::local_tempfile(fileext = ".safetensors")
  w <- keras_variable(array(1, c(2, 2)), dtype = "float32", name = "w", backend = "numpy")
  b <- keras_variable(array(1, 2), dtype = "float32", name = "b", backend = "numpy")
  save_variables(list(w, b), file)
  other <- keras_variable(array(0, c(2, 3)), dtype = "float32", name = "w", backend = "numpy")
  b[] <- 5
  error <- expect_error(load_variables(file, list(other, b)), class = "kerasvar_ValueError")
  expect_match(conditionMessage(error), "[2 x 2]", fixed = TRUE)
  expect_error(load_variables(file, w), "'b' has no variable", fixed = TRUE)
  expect_identical(as.vector(as.array(b)), c(5, 5))
  twin <- keras_variable(1, name = "w")
  expect_snapshot_errors(save_variables(list(w, twin), file))
  expect_snapshot_errors(save_variables(list(w, "b"), file))
  expect_snapshot_errors(load_variables(1))
  expect_error(load_variables(tempfile(), w), class = "kerasvar_error")
})

test_that("what agrees is loaded, under other names, as other dtypes, in part", {
  skip_without_core()
  file <- withr::local_tempfile(fileext = ".safetensors")
  new <- function(x, name, dtype = "float32") {
    keras_variable(x, dtype = dtype, name = name, backend = "numpy")
  }
  save_variables(list(new(array(1:2, 2), "a"), new(5, "b")), file)
  a <- new(array(0, 2), "a")
  c <- new(0, "c")
  found <- load_variables(file, list(a, c), strict = FALSE)
  expect_identical(found[c("missing", "unexpected")], list(missing = "c", unexpected = "b"))
  expect_identical(as.vector(as.array(a)), c(1, 2))

  load_variables(file, list(c), rename = c(b = "c"), only = "c")
  expect_identical(as.vector(as.array(c)), 5)
  c[] <- 0
  load_variables(file, list(c), rename = function(name) if (name == "b") "c")
  expect_identical(as.vector(as.array(c)), 5)
  expect_named(load_variables(file, rename = toupper), c("A", "B"))
  expect_named(load_variables(file, only = "b"), "b")

  double <- new(0, "b", "float64")
  expect_error(load_variables(file, double, only = "b"), "dtype float32 in the file", fixed = TRUE)
  load_variables(file, double, only = "b", cast = TRUE)
  expect_identical(as.vector(as.array(double)), 5)
  # By the former name of the argument.
  load_variables(file, variables = double, only = "b", cast = TRUE)
})

for_each_backend("new variables are made of a file", function(backend) {
  file <- withr::local_tempfile(fileext = ".safetensors")
  old <- keras_variable(array(1:6, c(2, 3)), name = "w", trainable = FALSE, backend = "numpy")
  save_variables(old, file)
  w <- load_variables(file, backend = backend)$w
  expect_true(is_variable(w))
  expect_identical(w$backend, backend)
  expect_false(w$trainable)
  expect_identical(as.array(w), as.array(old))
})

test_that("lists with names, keys and metadata come back", {
  skip_without_core()
  file <- withr::local_tempfile(fileext = ".safetensors")
  w <- keras_variable(array(1:6, c(2, 3)), name = "w", backend = "numpy")
  tree <- list(model = list(kernel = w), key = random_key(3), mean = w + 0L)
  meta <- list(epoch = 3L, who = "me", loss = list(0.5, 0.25))
  save_variables(tree, file, metadata = meta)
  expect_identical(describe_checkpoint(file)$path, c("model/kernel", "key", "mean"))
  expect_mapequal(checkpoint_metadata(file)[c("epoch", "who")], meta[c("epoch", "who")])
  w[] <- 0L
  load_variables(file, tree)
  expect_identical(as.array(w), array(1:6, c(2, 3)))
  read <- load_variables(file)
  expect_identical(as.array(read$model$kernel), array(1:6, c(2, 3)))
  expect_identical(as.array(read$mean), array(1:6, c(2, 3)))

  save_variables(tree, file, max_shard_size = 16)
  expect_true(file.exists(paste0(file, ".index.json")))
  expect_identical(as.array(load_variables(file)$model$kernel), array(1:6, c(2, 3)))
})

test_that("wrong arguments are named", {
  skip_without_core()
  file <- withr::local_tempfile(fileext = ".safetensors")
  w <- keras_variable(1, name = "w", backend = "numpy")
  save_variables(w, file)
  type <- "kerasvar_TypeError"
  expect_error(save_variables(w, file, metadata = 1), "`metadata` must be a list with names", class = type)
  for (x in list(mean, NaN, NA, Sys.Date())) {
    expect_error(save_variables(w, file, metadata = list(a = list(x))), "`metadata` must be a list", class = type)
  }
  expect_error(save_variables(w, file, max_shard_size = 0), "`max_shard_size` must be a number", class = type)
  expect_error(load_variables(file, rename = 1), "`rename` must be a function", class = type)
  expect_error(load_variables(file, only = 1), "`only` must be strings", class = type)
  expect_error(load_variables(file, w, strict = 1), "strict", class = "kerasvar_error")
  expect_error(load_variables(file, w, backend = "numpy"), "Only one of `into` and `backend`", class = "kerasvar_error")
  expect_error(load_variables(withr::local_tempdir()), "is a directory", class = "kerasvar_error")
  damaged <- readBin(file, "raw", 1e6)
  damaged[length(damaged)] <- xor(damaged[length(damaged)], as.raw(1))
  writeBin(damaged, file)
  expect_error(load_variables(file, w), "is damaged", class = "kerasvar_ValueError")
})
