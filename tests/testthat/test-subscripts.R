# How subscripts cross: as what they are, whatever reticulate would make of them.

test_that("vectors of length one cross as they are, others as arrays", {
  expect_identical(
    gather_subscripts(1, 2L, TRUE),
    list(1, 2L, TRUE)
  )
  expect_identical(
    gather_subscripts(1:2, c(a = 1, b = 2), matrix(1:2, 1), array(5, 1)),
    list(array(1:2, 2), array(c(1, 2), 2), matrix(1:2, 1), array(5, 1))
  )
  expect_identical(gather_subscripts(c(a = 1)), list(array(1, 1)))
})

test_that("a missing subscript is NULL, and NULL is an empty one", {
  expect_identical(gather_subscripts(, 1, ), list(NULL, 1, NULL))
  expect_identical(gather_subscripts(NULL), list(array(integer(), 0)))
  expect_identical(
    gather_subscripts(1, , 1, , 1, , 1),
    list(1, NULL, 1, NULL, 1, NULL, 1)
  )
})

test_that("a missing subscript is not forced, and others once", {
  count <- 0
  i <- function() {
    count <<- count + 1
    2
  }
  expect_identical(gather_subscripts(i(), ), list(2, NULL))
  expect_identical(count, 1)
})

test_that("logical NA survives, text keeps its NA", {
  expect_identical(encode_subscript(NA), list(NULL, array(NA_integer_, 1)))
  expect_identical(
    encode_subscript(array(c(TRUE, NA), c(1, 2))),
    list(NULL, array(c(1L, NA), c(1, 2)))
  )
  expect_identical(encode_subscript(c("a", NA)), array(c("a", NA), 2))
  expect_identical(encode_subscript("a"), array("a", 1))
})

test_that("classed subscripts count by their numbers", {
  expect_identical(encode_subscript(factor(c("b", "a"))), array(2:1, 2))
  expect_identical(encode_subscript(as.Date("1970-01-03")), 2)
  skip_if_not_installed("bit64")
  expect_identical(encode_subscript(bit64::as.integer64(3:4)), array(c(3, 4), 2))
})

test_that("other types are refused, in the name of the call that had them", {
  f <- function(...) gather_subscripts(...)
  expect_snapshot_errors({
    f(1, list(2))
    f(data.frame(a = 1))
    f(as.raw(1))
    f(sum)
  })
})
