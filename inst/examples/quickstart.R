# Trains a softmax classifier on the iris data with two variables.
#
#   Rscript quickstart.R [numpy | tensorflow | jax | torch]

library(kerasvar)

backend <- commandArgs(trailingOnly = TRUE)
backend <- if (length(backend)) backend[1] else "numpy"
use_backend(backend)

# Four measurements of 150 flowers of three species. Every third flower is held
# out; the measurements are scaled by what the others say.
held_out <- seq(2, nrow(iris), by = 3)
measured <- as.matrix(iris[, 1:4])
centre <- colMeans(measured[-held_out, ])
spread <- apply(measured[-held_out, ], 2, sd)
features <- unname(scale(measured, centre, spread))

x <- features[-held_out, ]
y <- unname(model.matrix(~ Species - 1, iris))[-held_out, ]

W <- keras_variable(array(0, c(4, 3)), dtype = "float32", name = "W")
b <- keras_variable(array(0, 3), dtype = "float32", name = "b")

# The class probabilities of each row. `W` and `b` may be of any backend: the
# product and the sum are computed there.
predict_flowers <- function(x) {
  scores <- as.matrix(x %*% W + b)
  scores <- exp(scores - apply(scores, 1, max))
  scores / rowSums(scores)
}

accuracy <- function() {
  predicted <- max.col(predict_flowers(features[held_out, ]), ties.method = "first")
  mean(predicted == as.integer(iris$Species)[held_out])
}

cat("Training on the", backend, "backend\n")
rate <- 1
for (step in 1:200) {
  error <- (predict_flowers(x) - y) / nrow(x)
  W$assign_sub(rate * crossprod(x, error))
  b$assign_sub(rate * colSums(error))
  if (step %% 50 == 0) {
    cat(sprintf("step %3d: accuracy on held-out flowers %.2f\n", step, accuracy()))
  }
}

cat("\nThe weights, a row for each measurement and a column for each species:\n")
print(W)
cat("\nand the biases:\n")
print(b)

cat("\nWithout the second measurement, `W[2, ] <- 0`:\n")
trained <- as.array(W)
W[2, ] <- 0
print(W)
cat(sprintf("accuracy %.2f\n", accuracy()))

cat("\nWith the trained weights again, `W$assign(trained)`:\n")
invisible(W$assign(trained))
cat(sprintf("Test accuracy: %.3f\n", accuracy()))
