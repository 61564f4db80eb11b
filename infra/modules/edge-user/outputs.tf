output "keys" {
  description = "Live keys by label."
  sensitive   = true
  value       = { for label, key in aws_iam_access_key.this : label => { aws_access_key_id = key.id, aws_secret_access_key = key.secret } }
}

output "policy" {
  description = "Its policy, for tests."
  value       = local.policy
}
