variable "name" {
  description = "Name of the user; IAM is global in an account, so it holds the cell."
  type        = string
}

variable "statements" {
  description = "All it may do."
  type        = list(object({ actions = list(string), resource = string }))
}

variable "key_labels" {
  description = "Labels of the live access keys. Rotation adds the second, deploys, then takes the first away."
  type        = set(string)

  validation {
    condition     = length(var.key_labels) >= 1 && length(var.key_labels) <= 2
    error_message = "AWS allows two keys per user, and the edge needs one."
  }
}
