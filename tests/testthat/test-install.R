test_that("the packages to install are the hard requirements and the frameworks", {
  expect_identical(packages_for("numpy"), python_requirements)
  expect_identical(
    packages_for(c("jax", "torch")),
    c(python_requirements, "jax", "torch")
  )
  expect_identical(packages_for(character()), python_requirements)
})

test_that("what was asked for is handed to reticulate", {
  asked <- NULL
  record <- function(packages, envname, ...) {
    asked <<- list(packages = packages, envname = envname, ...)
  }
  # testthat 3.1.6, Debian 12's, cannot mock a function of another package.
  install <- reticulate::py_install
  utils::assignInNamespace("py_install", record, "reticulate")
  withr::defer(utils::assignInNamespace("py_install", install, "reticulate"))
  result <- install_kerasvar("tensorflow", envname = "my-env", pip = TRUE)
  expect_identical(result, c(python_requirements, "tensorflow"))
  expect_identical(
    asked,
    list(packages = result, envname = "my-env", pip = TRUE)
  )
})

test_that("an unknown framework is an error that names it, before anything is installed", {
  error <- expect_error(install_kerasvar(c("jax", "mxnet")), class = "kerasvar_ValueError")
  expect_match(conditionMessage(error), "mxnet", fixed = TRUE)
  expect_match(conditionMessage(error), "backend", fixed = TRUE)
  expect_error(install_kerasvar(3), class = "kerasvar_ValueError")
})
