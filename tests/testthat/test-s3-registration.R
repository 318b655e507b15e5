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
