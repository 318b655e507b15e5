test_that("names are reserved, free again in a rewound scope, and counted by default", {
  skip_without_core()
  scope_init(function(scope) {
    scope$param("w", initializer_ones(), shape = 1)
    expect_error(scope$param("w", initializer_ones(), shape = 1), class = "kerasvar_ValueError")
    expect_identical(scope$default_name("dense_"), "dense_0")
    first <- scope$push("dense_0")
    expect_identical(first$name, "dense_0")
    expect_identical(first$path, "dense_0")
    expect_identical(first$push("inner")$path, c("dense_0", "inner"))
    expect_identical(first$path_text, "/dense_0")
    expect_identical(scope$default_name("dense_"), "dense_1")
    scope$reserve("taken")
    expect_error(scope$push("taken"), class = "kerasvar_ValueError")
    expect_identical(scope$rewound()$push("taken")$name, "taken")
  })(1)
})

test_that("a child called twice shares its variables", {
  skip_without_core()
  count <- function(scope) {
    n <- scope$variable("counts", "n", function() 0)
    n$value <- n$value + 1
    as.numeric(n$value)
  }
  made <- scope_init(function(scope) {
    f <- scope$child(count)
    g <- scope$child(count)
    c(f(), f(), g())
  })(1)
  expect_identical(made$result, c(1, 2, 1))
  expect_identical(sort(names(made$variables$counts)), c("count_0", "count_1"))
})

for_each_backend("variables can be whole trees", function(backend) {
  made <- scope_init(function(scope) {
    state <- scope$variable("state", "both", function() list(mean = c(1, 2), n = 3L))
    expect_equal(as.vector(as.array(state$value$mean)), c(1, 2))
    scope$put_variable("state", "both", list(n = 4L))
    expect_true(scope$has_variable("state", "both"))
    expect_false(scope$has_variable("state", "other"))
    expect_identical(scope$get_variable("state", "other", "default"), "default")
    scope$get_variable("state", "both")
  })(1)
  # A mapping is merged into the one that is there.
  expect_equal(as.numeric(made$result$n), 4)
  expect_equal(as.vector(as.array(made$variables$state$both$mean)), c(1, 2))
})

test_that("scopes, references and completion look plain", {
  skip_without_core()
  expect_snapshot({
    scope <- scope_bind(list(params = list(w = 1)), rngs = 1, mutable = "state")
    scope
    scope$variable("params", "w")
  })
  expect_true(all(c("param", "variable", "child") %in% utils:::.DollarNames(scope, "")))
  expect_identical(utils:::.DollarNames(scope, "^has_f"), "has_flag")
  expect_snapshot_errors({
    reference <- scope$variable("state", "n", function() 1)
    reference$other <- 1
  })
})
