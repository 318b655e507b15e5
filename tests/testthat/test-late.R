test_that("a method is registered at once where the generic's package is loaded", {
  skip_if_not_installed("pillar")
  loadNamespace("pillar")
  register_late_methods()
  expect_identical(
    getS3method("type_sum", "kerasvar.Variable", envir = asNamespace("pillar")),
    type_sum.kerasvar.Variable
  )
})

test_that("a method is registered when the generic's package is loaded later", {
  event <- packageEvent("kerasvarNoSuchPackage", "onLoad")
  withr::defer(setHook(event, NULL, "replace"))
  register_late("kerasvarNoSuchPackage", "type_sum", "kerasvar_tensor")
  expect_length(getHook(event), 1)
})
