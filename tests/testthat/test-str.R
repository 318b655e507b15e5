test_that("str() is one line", {
  expect_same_look(function(backend) {
    v <- new_variable(array(c(99, 0, 0), c(3, 3)), dtype = "float32", name = "w")
    utils::capture.output({
      str(v)
      str(v, vec.len = 1)
      str(v, width = 50)
      str(list(v = v, n = 1))
      str(new_tensor(array(c(TRUE, FALSE), c(1, 2))))
      str(new_variable(array(0, c(0, 3)), dtype = "float32", trainable = FALSE))
      str(new_variable(7L))
    })
  })
})

test_that("str() quotes text", {
  expect_same_look(backends = backends_that_hold("string"), function(backend) {
    utils::capture.output(str(new_variable(array(c("a", "b c"), 2), dtype = "string")))
  })
})
