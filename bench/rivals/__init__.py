"""The opponents. Each does what the workloads' programs mean, by its own means; they may only be made faster."""
