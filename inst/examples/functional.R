# A network of two layers with batch statistics, written with functional scopes:
# all state is outside of the function, in a tree. It predicts how deep an earthquake
# near Fiji was from where it was, how strong, and how many stations felt it (the
# quakes data).
#
#   Rscript functional.R [numpy | tensorflow | jax | torch]

library(kerasvar)

backend <- commandArgs(trailingOnly = TRUE)
backend <- if (length(backend)) backend[1] else "numpy"
use_backend(backend)

# 1000 earthquakes, of which every fourth is held out.
held_out <- seq(4, nrow(quakes), by = 4)
measured <- scale(as.matrix(quakes[c("lat", "long", "mag", "stations")]))
target <- as.numeric(scale(quakes$depth))

tensor <- function(x) {
  keras_variable(unname(as.matrix(x)), dtype = "float32")$value
}
# A row for each row of `x`, and the means of columns, as one row.
each_row <- function(row, x) tensor(rep(1, dim(x)[1])) %*% row
column_means <- function(x) tensor(matrix(1 / dim(x)[1], 1, dim(x)[1])) %*% x
x <- unname(measured[-held_out, ])
y <- as.matrix(target[-held_out])
x_test <- tensor(measured[held_out, ])
y_test <- as.matrix(target[held_out])

# ---- the network: functions of a scope and data ------------------------------

dense <- function(scope, x, units) {
  kernel <- scope$param("kernel", initializer_glorot_uniform(), shape = c(dim(x)[2], units))
  bias <- scope$param("bias", initializer_zeros(), shape = c(1, units))
  x %*% kernel + each_row(bias, x)
}

# Each unit brought to mean 0 and standard deviation 1, over the batch while training,
# by the running averages afterwards; then to a scale and an offset that are learnt.
# The averages are state that training changes and no gradient does: a collection of
# their own.
normalise <- function(scope, x, training) {
  units <- dim(x)[2]
  mean <- scope$variable("batch_stats", "mean", initializer_zeros(), c(1, units))
  square <- scope$variable("batch_stats", "square", initializer_ones(), c(1, units))
  if (training) {
    now <- list(mean = column_means(x), square = column_means(x^2))
    mean$value <- 0.9 * mean$value + 0.1 * now$mean
    square$value <- 0.9 * square$value + 0.1 * now$square
  } else {
    now <- list(mean = mean$value, square = square$value)
  }
  spread <- sqrt(now$square - now$mean^2 + 1e-3)
  scale <- scope$param("scale", initializer_ones(), shape = c(1, units))
  offset <- scope$param("offset", initializer_zeros(), shape = c(1, units))
  normal <- (x - each_row(now$mean, x)) / each_row(spread, x)
  list(
    value = normal * each_row(scale, x) + each_row(offset, x),
    normal = normal,
    spread = spread
  )
}

network <- function(scope, x, training = FALSE) {
  hidden <- scope$child(dense, name = "hidden")(x, units = 16)
  batch <- scope$child(normalise, name = "batch")(hidden, training)
  active <- tanh(batch$value)
  predicted <- scope$child(dense, name = "out")(active, units = 1)
  list(predicted = predicted, active = active, batch = batch)
}

init <- scope_init(network)
train <- scope_apply(network, mutable = "batch_stats")
predict_depth <- scope_apply(network)

# ---- training ----------------------------------------------------------------

# The gradient of the mean squared error, by hand, so that it runs on numpy as well.
gradients <- function(params, x, y, pass) {
  n <- dim(x)[1]
  column_sums <- function(x) column_means(x) * n
  error <- (pass$predicted - y) * (2 / n)
  value <- (error %*% t(params$out$kernel)) * (1 - pass$active^2)
  # The mean and the spread of the batch depend on each of its rows.
  normal <- pass$batch$normal
  above <- value * each_row(params$batch$scale, x)
  above <- above - each_row(column_means(above), x) -
    normal * each_row(column_means(above * normal), x)
  above <- above / each_row(pass$batch$spread, x)
  list(
    hidden = list(kernel = t(x) %*% above, bias = column_sums(above)),
    batch = list(scale = column_sums(value * normal), offset = column_sums(value)),
    out = list(kernel = t(pass$active) %*% error, bias = column_sums(error))
  )
}

descend <- function(params, gradient, rate) {
  for (name in names(gradient)) {
    params[[name]] <- if (is.list(params[[name]])) {
      descend(params[[name]], gradient[[name]], rate)
    } else {
      params[[name]] - rate * gradient[[name]]
    }
  }
  params
}

# The share of the held-out variance that is explained.
r_squared <- function(variables) {
  predicted <- as.array(predict_depth(variables, x_test)$predicted)
  1 - sum((predicted - y_test)^2) / sum((y_test - mean(y_test))^2)
}

variables <- init(42, x_test)$variables
cat("The state on the", backend, "backend, before training:\n")
print(variables)

set.seed(1)
batches <- lapply(1:150, function(step) sample(nrow(x), 250))
for (step in seq_along(batches)) {
  batch <- batches[[step]]
  x_now <- tensor(x[batch, ])
  y_now <- tensor(y[batch, , drop = FALSE])
  pass <- train(variables, x_now, training = TRUE)
  variables$batch_stats <- pass$variables$batch_stats
  gradient <- gradients(variables$params, x_now, y_now, pass$result)
  variables$params <- descend(variables$params, gradient, rate = 0.3)
  if (step %% 50 == 0) {
    cat(sprintf("step %d: R squared on held-out quakes %.2f\n", step, r_squared(variables)))
  }
}

cat("\nThe batch statistics after training:\n")
print(variables$batch_stats)

straight <- lm(target ~ ., data.frame(target, measured)[-held_out, ])
straight <- predict(straight, data.frame(measured)[held_out, ])
cat(sprintf(
  "\nR squared of a linear model: %.3f\nTest R squared: %.3f\n",
  1 - sum((straight - y_test)^2) / sum((y_test - mean(y_test))^2),
  r_squared(variables)
))
