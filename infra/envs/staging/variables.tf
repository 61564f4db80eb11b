variable "account_id" {
  description = "The AWS account; credentials of another one are refused."
  type        = string
}

variable "cells" {
  description = "Cells that this environment has."
  type        = set(string)
  default     = ["eu1"]

  validation {
    condition     = length(setsubtract(var.cells, keys(jsondecode(file("${path.module}/../../resources.json")).cells))) == 0
    error_message = "A cell is not in infra/resources.json."
  }
}

variable "edge_urls" {
  description = "Address of the Worker of each cell."
  type        = map(string)
}

variable "package_dir" {
  description = "Folder with one arm64 zip per function (`cargo dev package`)."
  type        = string
}

variable "edge_key_labels" {
  description = "Labels of the edge users' live keys, one or two."
  type        = set(string)
  default     = ["a"]
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = set(string)
  default     = []
}

variable "mail_from" {
  description = "Sender of all mails, an address with a name or without."
  type        = string
}

variable "smtp_urls" {
  description = "SMTP server by cell; Amazon SES of its region where there is none."
  type        = map(string)
  default     = {}
}
