variable "environment" {
  description = "Name of the environment. A test beside a running local system takes another one."
  type        = string
  default     = "local"
}

variable "endpoint" {
  description = "LocalStack."
  type        = string
  default     = "http://127.0.0.1:4566"
}

variable "dynamodb_endpoint" {
  description = "The DynamoDB engine beside LocalStack, for functions and edge; Terraform itself talks to LocalStack. Null without one."
  type        = string
  default     = null
}

variable "edge_url" {
  description = "Address of the local Worker."
  type        = string
  default     = "http://127.0.0.1:8787"
}

variable "smtp_url" {
  description = "The local SMTP server."
  type        = string
  default     = "smtp://127.0.0.1:1025?tls=none"
}

variable "package_dir" {
  description = "Folder with one zip per function, built for this machine."
  type        = string
}

variable "architecture" {
  description = "Of this machine: x86_64 or arm64."
  type        = string
  default     = "x86_64"
}

variable "access_key" {
  description = "LocalStack takes any; this one stands for account 000000000000."
  type        = string
  default     = "test"
}

variable "secret_key" {
  description = "LocalStack takes any."
  type        = string
  default     = "test"
}
