variable "name" {
  description = "Full name of the function, `attune-<env>-<name>`."
  type        = string
}

variable "role_name" {
  description = "Name of its role. IAM is global in an account, so it holds the cell as well."
  type        = string
}

variable "memory_mb" {
  description = "Memory; CPU comes with it."
  type        = number
}

variable "timeout_s" {
  description = "Time-out of one batch."
  type        = number
}

variable "reserved_concurrency" {
  description = "Invocations reserved for it; -1 reserves none."
  type        = number
}

variable "runtime" {
  description = "Runtime, handler, architecture and log retention that all functions share."
  type = object({
    runtime            = string
    handler            = string
    architecture       = string
    log_retention_days = number
  })
}

variable "package" {
  description = "Path of the zip that `cargo dev package` made. A missing file stops the apply; a plan does without."
  type        = string
}

variable "environment" {
  description = "Environment variables. None is a secret."
  type        = map(string)
}

variable "statements" {
  description = "What its own calls may do."
  type        = list(object({ actions = list(string), resource = string }))
}

variable "consumes" {
  description = "ARNs of the queues it is fed from."
  type        = list(string)
}

variable "alarm_topic" {
  description = "ARN of the topic that alarms go to."
  type        = string
}
