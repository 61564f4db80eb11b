variable "name" {
  description = "Full name. Bucket names are global across all AWS accounts."
  type        = string
}

variable "expire_days" {
  description = "Days after which objects are deleted."
  type        = number

  validation {
    condition     = var.expire_days >= 1
    error_message = "A bucket keeps its objects for at least one day."
  }
}

variable "lock_days" {
  description = "Days for which nobody deletes or replaces an object. Null: objects are not locked."
  type        = number
  default     = null

  validation {
    condition     = var.lock_days == null || try(var.lock_days >= 1 && var.lock_days < var.expire_days, false)
    error_message = "A lock lasts at least one day, and ends before its object expires."
  }
}

variable "force_destroy" {
  description = "Whether destroying the bucket deletes its objects. Only local runs say true."
  type        = bool
  default     = false
}
