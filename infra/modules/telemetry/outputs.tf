output "topic_arn" {
  description = "ARN of the topic, built from its name."
  value       = local.topic_arn
}
