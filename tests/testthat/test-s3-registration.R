test_that("a method is registered at once where the generic's package is loaded", {
  skip_if_not_installed("pillar")
  loadNamespace("pillar")
  register_s3_methods()
  expect_identical(
    getS3method("type_sum", "kerasvar.Array", envir = asNamespace("pillar")),
    type_sum.kerasvar.Array
  )
})

test_that("a method is registered when the generic's package is loaded later", {
  event <- packageEvent("kerasvarNoSuchPackage", "onLoad")
  withr::defer(setHook(event, NULL, "replace"))
  register_s3_method("kerasvarNoSuchPackage", "type_sum", "kerasvar.Array")
  expect_length(getHook(event), 1)
})

for_each_backend("what packages and base R do to a class leaves variables and tensors what they are", function(backend) {
  m <- array(c(1, 2, 3, 4, 5, 6), c(2, 3))
  uses <- list(
    function(x) expect_identical(I(x), I(m)),
    function(x) expect_equal(data.frame(a = I(x)), data.frame(a = I(m))),
    function(x) noquote(x),
    function(x) structure(x, note = 1),
    function(x) try(cut(x, 2), silent = TRUE),
    function(x) try(unclass(x), silent = TRUE),
    function(x) if (rlang::is_installed("jsonlite")) {
      expect_identical(jsonlite::toJSON(x), jsonlite::toJSON(m))
      expect_identical(jsonlite::toJSON(list(a = x)), jsonlite::toJSON(list(a = m)))
    },
    function(x) if (rlang::is_installed("Matrix")) {
      expect_identical(Matrix::Matrix(x), Matrix::Matrix(m))
      expect_identical(Matrix::Matrix(data = x, sparse = TRUE), Matrix::Matrix(m, sparse = TRUE))
      expect_identical(methods::as(x, "Matrix"), methods::as(m, "Matrix"))
    },
    # From where our I() is not seen.
    function(x) print(base::I(x))
  )
  v <- keras_variable(m, dtype = "float32", name = "w")
  for (x in list(v, v$value)) {
    before <- class(x)
    alias <- x
    for (use in uses) {
      capture.output(use(x))
      expect_identical(setdiff(class(alias), "noquote"), before)
      expect_identical(as.array(alias), m)
      expect_identical(dim(alias + 1), c(2L, 3L))
    }
  }
  row <- v[1, ]
  expect_identical(I(row), I(m[1, ]))
  if (rlang::is_installed("Matrix")) {
    expect_identical(Matrix::Matrix(row), Matrix::Matrix(m[1, ]))
  }
  expect_identical(v$shape, c(2L, 3L))
})

for_each_backend("Matrix's matrices are operands on either side", function(backend) {
  skip_if_not_installed("Matrix")
  v <- keras_variable(matrix(c(1, 0, 3, 4, 5, 6, 7, 8, 9), 3), dtype = "float32")
  dense <- Matrix::Matrix(c(2, 1, 1, 1, 1, 2, 1, 1, 5), 3, 3)
  sparse <- Matrix::Diagonal(3)
  for (name in names(operators)) {
    operate <- get(name)
    for (x in list(v, v$value)) {
      expect_equal(as.array(operate(x, dense)), operate(as.array(x), as.matrix(dense)), tolerance = 1e-6)
      expect_equal(as.array(operate(dense, x)), operate(as.matrix(dense), as.array(x)), tolerance = 1e-6)
      error <- expect_error(operate(x, sparse), class = "kerasvar_TypeError")
      expect_match(conditionMessage(error), "`e2`.*as.matrix()")
      error <- expect_error(operate(sparse, x), class = "kerasvar_TypeError")
      expect_match(conditionMessage(error), "`e1`.*as.matrix()")
    }
  }
  # Newer versions of Matrix have a method of their own in between for diagonal ones.
  columns <- methods::as(sparse, "CsparseMatrix")
  error <- expect_error(v + columns, class = "kerasvar_TypeError")
  expect_identical(error$call, quote(v + columns))
  # What Matrix does with its own is what it was.
  expect_equal(as.matrix(dense + 1), as.matrix(dense) + 1)
})
