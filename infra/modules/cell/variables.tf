variable "environment" {
  description = "Name of the environment: part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "Two to twelve lowercase letters and digits, a letter first: bucket names leave no more room."
  }
}

variable "cell" {
  description = "Name of the cell, a key of `cells` in resources.json. The provider given must work in its region."
  type        = string

  validation {
    condition     = contains(keys(jsondecode(file("${path.module}/../../resources.json")).cells), var.cell)
    error_message = "The cell is not in resources.json."
  }
}

variable "edge_url" {
  description = "Base address of the Worker, to which functions send signed proposals."
  type        = string

  validation {
    condition     = can(regex("^https?://[^/]+$", var.edge_url))
    error_message = "Scheme and host without a path or a closing slash."
  }
}

variable "package_dir" {
  description = "Folder with `<function>.zip` for each function, made by `cargo dev package`."
  type        = string
}

variable "mail_from" {
  description = "Sender of all mails, an address with a name or without; its domain is verified with the server."
  type        = string

  validation {
    condition     = can(regex("^([^<>@]+ <[^<>@ ]+@[^<>@ ]+>|[^<>@ ]+@[^<>@ ]+)$", var.mail_from))
    error_message = "An address, or a name and an address in angle brackets."
  }
}

variable "smtp_url" {
  description = "SMTP server; null: Amazon SES of the region. smtps:// is TLS from the first byte, smtp:// is STARTTLS."
  type        = string
  default     = null

  validation {
    condition     = var.smtp_url == null || can(regex("^smtps?://[a-zA-Z0-9.-]+(:[0-9]+)?(\\?tls=none)?$", var.smtp_url))
    error_message = "smtps://host:port or smtp://host:port, without credentials: they are the secret's."
  }
}

variable "edge_key_labels" {
  description = "Labels of the edge user's live keys, one or two."
  type        = set(string)
  default     = ["a"]
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = set(string)
  default     = []
}

variable "local" {
  description = "Endpoints of a local run; null on AWS."
  type = object({
    endpoint          = string           # of LocalStack, without a closing slash
    dynamodb_endpoint = optional(string) # of the engine beside it, where there is one
    architecture      = string           # of this machine: x86_64 or arm64
  })
  default = null
}
