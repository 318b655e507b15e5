for_each_backend("a tree goes to Python and comes back", function(backend) {
  tree <- list(
    params = list(dense = list(kernel = array(1:6 + 0.5, c(2, 3)), bias = array(0, 3))),
    counts = list(array(1:2, 2), array(3L, 1)),
    empty = stats::setNames(list(), character())
  )
  back <- tree_from_py(tree_to_py(tree))
  expect_identical(names(back), names(tree))
  expect_s3_class(back$params$dense$kernel, "kerasvar_tensor")
  expect_equal(as.array(back$params$dense$kernel), tree$params$dense$kernel)
  expect_identical(as.array(back$counts[[2]]), array(3L, 1))
  expect_identical(names(back$empty), character())
  # And once more, as a tree of tensors.
  again <- tree_from_py(tree_to_py(back))
  expect_identical(
    utils::capture.output(print(again)),
    utils::capture.output(print(back))
  )
})

test_that("a tree does not share memory with R's arrays", {
  skip_without_core()
  local_backend("numpy")
  kernel <- array(1:4 + 0, c(2, 2))
  tree <- tree_from_py(tree_to_py(list(kernel = kernel)))
  kernel[1, 1] <- 100
  expect_identical(as.array(tree$kernel)[1, 1], 1)
})

test_that("trees print as nested lists with shapes and dtypes", {
  expect_same_look(function(backend) {
    tree <- tree_from_py(tree_to_py(list(
      params = list(
        dense = list(kernel = array(1:6, c(2, 3)), bias = array(c(TRUE, FALSE), 2)),
        scale = 3L
      ),
      other = stats::setNames(list(), character())
    )))
    c(
      utils::capture.output(print(tree)),
      utils::capture.output(print(tree$params$dense)),
      utils::capture.output(str(list(tree = tree)))
    )
  })
})

test_that("names must be there and differ", {
  skip_without_core()
  expect_snapshot_errors(tree_to_py(list(a = 1, 2)))
  expect_snapshot_errors(tree_to_py(list(a = list(b = 1, b = 2))))
  expect_error(tree_to_py(list(a = NA)), class = "kerasvar_ValueError")
})
