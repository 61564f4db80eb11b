output "edge_config" {
  description = "The Worker's CONFIG as far as AWS decides it; `cargo dev deploy` adds outbox shards and public keys."
  value = {
    environment          = var.environment
    cell                 = var.cell
    region               = local.region
    sqs_queue_url_prefix = local.queue_url_prefix
    dynamodb_endpoint    = local.dynamodb_endpoint
    s3_endpoint          = local.s3_endpoint
    s3_path_style        = local.is_local
    bucket_audio         = "${local.bucket_prefix}audio"
    table_prefix         = local.prefix
  }
}

output "jurisdiction" {
  description = "Jurisdiction of the cell's Durable Objects, or null."
  value       = local.resources.cells[var.cell].jurisdiction
}

output "edge_user_keys" {
  description = "Live keys of the edge user by label, for the Worker's SECRETS."
  sensitive   = true
  value       = module.edge_user.keys
}

output "signing_key_secret_id" {
  description = "Secret that `cargo dev deploy` fills."
  value       = module.signing_key["signing-key"].id
}

output "buckets" {
  description = "Full bucket names by short name."
  value       = { for name, bucket in module.bucket : name => bucket.name }
}

output "tables" {
  description = "Full table names by short name."
  value       = { for name, table in module.table : name => table.name }
}

output "dead_letter_queues" {
  description = "Full names of the dead-letter queues by queue."
  value       = { for name, worker in module.queue_worker : name => worker.dlq_name }
}

output "policies" {
  description = "Policies of the functions' roles and of the edge user by short name, for tests."
  value = merge(
    { for name, worker in module.queue_worker : local.queues[name].function => worker.policy },
    { (local.dead_letters.function) = module.park.policy, edge = module.edge_user.policy },
  )
}
