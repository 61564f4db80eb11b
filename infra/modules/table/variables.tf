variable "prefix" {
  description = "Prefix of table names, `attune-<env>-`."
  type        = string
}

variable "definition" {
  description = "One file of migrations/tables, decoded."
  type = object({
    name                   = string
    partition_key          = object({ name = string, type = string })
    sort_key               = object({ name = string, type = string })
    ttl_attribute          = string
    billing_mode           = string
    point_in_time_recovery = bool
    deletion_protection    = bool
    encryption             = string
    indexes = list(object({
      name          = string
      partition_key = object({ name = string, type = string })
      sort_key      = object({ name = string, type = string })
    }))
  })
}

variable "deletion_protection" {
  description = "Set to false in local runs, whose tables come and go. True leaves the word to the definition."
  type        = bool
  default     = true
}
