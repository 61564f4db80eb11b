variable "name" {
  description = "Full name of the secret."
  type        = string
}

variable "description" {
  description = "Fields of its JSON text."
  type        = string
}

variable "recovery_days" {
  description = "Days in which a deleted secret can be restored; 0 deletes at once (local runs)."
  type        = number
  default     = 7
}
