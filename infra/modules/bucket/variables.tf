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

variable "force_destroy" {
  description = "Whether destroying the bucket deletes its objects. Only local runs say true."
  type        = bool
  default     = false
}
