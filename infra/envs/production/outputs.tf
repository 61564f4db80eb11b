locals {
  live = merge(
    { for cell in module.eu1 : "eu1" => cell },
    { for cell in module.us1 : "us1" => cell },
  )
}

output "cells" {
  description = "What `cargo dev deploy` turns into wrangler configuration, by cell."
  value = {
    for name, cell in local.live : name => {
      edge_config           = cell.edge_config
      jurisdiction          = cell.jurisdiction
      signing_key_secret_id = cell.signing_key_secret_id
      buckets               = cell.buckets
      tables                = cell.tables
      dead_letter_queues    = cell.dead_letter_queues
    }
  }
}

output "edge_user_keys" {
  description = "Live keys of each cell's edge user, for wrangler's secrets."
  sensitive   = true
  value       = { for name, cell in local.live : name => cell.edge_user_keys }
}
