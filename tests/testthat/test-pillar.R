test_that("a variable has a short type", {
  skip_without_core()
  skip_if_not_installed("pillar")
  expect_identical(pillar::type_sum(new_variable(1)), "var<f32>")
  expect_identical(pillar::type_sum(new_tensor(array(1L, 2))), "tensor<i32>")
})

test_that("dtypes are shortened as the frameworks' users do", {
  expect_identical(
    short_dtype(c("float32", "bfloat16", "uint8", "int64", "complex64", "bool", "float8_e5m2")),
    c("f32", "bf16", "u8", "i64", "c64", "bool", "f8_e5m2")
  )
})
