output "url" {
  description = "URL of the source queue."
  value       = aws_sqs_queue.source.url
}

output "dlq_name" {
  description = "Full name of the dead-letter queue, known once it exists."
  value       = aws_sqs_queue.dlq.name
}

output "dlq_arn" {
  description = "ARN of the dead-letter queue, built from its name."
  value       = local.dlq_arn
}

output "policy" {
  description = "The function's role policy, for tests."
  value       = module.function.policy
}
