pointerless <- function(x) unserialize(serialize(x, NULL))

# Every function of ours that takes a variable, so that none crashes.
uses <- expression(
  x$value,
  x$name,
  x$assign(0),
  x$trainable <- FALSE,
  x[1, ],
  x[1, ] <- 0,
  x[[1, 1]],
  x@r[1],
  x + 1,
  alive * x,
  -x,
  x %*% alive,
  exp(x),
  sum(x),
  dim(x),
  length(x),
  as.array(x),
  as.matrix(x),
  as.numeric(x),
  alive[x],
  alive$assign(x),
  keras_variable(x),
  t(x),
  rev(x),
  mean(x),
  rowSums(x),
  crossprod(x),
  is.na(x),
  round(x),
  range(x),
  all.equal(x, alive),
  head(x, 1),
  dimnames(x),
  summary(x),
  plot(x),
  image(x),
  assign_at(x, 1, value = 0),
  as_keras(x),
  with_stateless(1, state = list(list(x, 1))),
  functionalize(identity, x),
  save_variables(x, tempfile()),
  scope_apply(identity)(list(params = list(w = x))),
  freeze(x),
  freeze(list(1, x))
)

test_that("a variable of another session prints and is an error, whatever is done with it", {
  skip_without_core()
  alive <- keras_variable(array(1:4 + 0.5, c(2, 2)))
  for (x in list(pointerless(alive), pointerless(alive$value))) {
    for (use in uses) {
      # A tensor has no attributes of ours, and is no variable.
      of_variables <- "x$|as_keras|with_stateless|functionalize|save_variables|dimnames"
      if (is_tensor(x) && grepl(gsub("$", "\\$", of_variables, fixed = TRUE), deparse(use)[1])) {
        next
      }
      error <- tryCatch(eval(use), error = identity)
      if (inherits(error, "kerasvar_dead_variable")) {
        succeed()
      } else {
        fail(paste("no plain error from", deparse(use)))
      }
    }
  }
})

test_that("initializers of another session are the same error", {
  skip_without_core()
  x <- pointerless(initializer_ones())
  expect_match(format(x), "another R session")
  expect_error(x(2), class = "kerasvar_dead_variable")
  expect_error(keras_variable(x, shape = 2), class = "kerasvar_dead_variable")
})

test_that("objects without a pointer look like it", {
  skip_without_core()
  v <- keras_variable(1:3)
  x <- pointerless(v)
  expect_snapshot({
    x
    str(list(v = x))
    pointerless(v$value)
  })
  expect_snapshot_errors(x + 1)
})

test_that("an error that has nothing to do with it stays what it is", {
  skip_without_core()
  v <- keras_variable(1:3)
  expect_error(call_py(py_fn("bridge.display.describe"), stop("of an argument")), "of an argument")
  expect_error(v$assign(1:2), class = "kerasvar_ValueError")
})

for_each_backend("in a fork, numpy works on copies, and the others say why they do not", function(backend) {
  skip_on_os("windows")
  v <- keras_variable(array(1:4, c(2, 2)))
  worker <- parallel::mcparallel(
    tryCatch(
      {
        v[1, 1] <- 100L
        list(dim(v), as.array(v))
      },
      error = function(cnd) class(cnd)
    )
  )
  result <- parallel::mccollect(worker, wait = FALSE, timeout = 20)[[1]]
  if (backend == "numpy") {
    expect_identical(result, list(c(2L, 2L), array(c(100L, 2:4), c(2, 2))))
  } else {
    expect_true("kerasvar_forked_variable" %in% result)
  }
  expect_identical(as.array(v), array(1:4, c(2, 2)))
})

test_that("a variable made in a fork comes back without a pointer", {
  skip_without_core()
  skip_on_os("windows")
  result <- parallel::mclapply(1:2, function(i) keras_variable(i, backend = "numpy"))
  expect_match(format(result[[1]]), "another R session")
  expect_error(result[[1]] + 1, class = "kerasvar_dead_variable")
})

test_that("after Python was shut down, variables print and err", {
  skip_without_core()
  skip_if_not(
    exists("py_finalize", asNamespace("reticulate")),
    "reticulate can shut Python down"
  )
  skip_unless_installed()
  file <- withr::local_tempfile(fileext = ".R", lines = c(
    "library(kerasvar)",
    "v <- keras_variable(1:3, backend = 'numpy')",
    "reticulate:::py_finalize()",
    "print(v)",
    "cat(class(tryCatch(v + 1, error = identity)), sep = '\\n')"
  ))
  output <- suppressWarnings(
    system2(file.path(R.home("bin"), "Rscript"), shQuote(file), stdout = TRUE, stderr = TRUE)
  )
  expect_match(output, "another R session", all = FALSE)
  expect_true("kerasvar_dead_variable" %in% output)
})
