output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "policy" {
  description = "The role's policy, for tests."
  value       = local.policy
}
