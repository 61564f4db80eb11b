output "cells" {
  description = "What `cargo dev deploy` turns into wrangler configuration, by cell; the shape of the other environments."
  value = {
    (local.cell) = {
      edge_config           = module.cell.edge_config
      jurisdiction          = module.cell.jurisdiction
      signing_key_secret_id = module.cell.signing_key_secret_id
      buckets               = module.cell.buckets
      tables                = module.cell.tables
      dead_letter_queues    = module.cell.dead_letter_queues
    }
  }
}

output "edge_user_keys" {
  description = "Live keys of each cell's edge user, for wrangler's secrets."
  sensitive   = true
  value       = { (local.cell) = module.cell.edge_user_keys }
}
