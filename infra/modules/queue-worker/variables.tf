variable "prefix" {
  description = "Prefix of regional names, `attune-<env>-`."
  type        = string
}

variable "role_prefix" {
  description = "Prefix of names in IAM, `attune-<env>-<cell>-`."
  type        = string
}

variable "name" {
  description = "Short name of the queue."
  type        = string
}

variable "queue" {
  description = "Its entry in resources.json, with the overrides of local runs already applied."
  type = object({
    function             = string
    visibility_timeout_s = number
    retention_s          = number
    dlq_retention_s      = number
    max_receive_count    = number
    batch_size           = number
    batch_window_s       = number
    maximum_concurrency  = number
    alarm_oldest_age_s   = number
  })

  validation {
    condition     = var.queue.max_receive_count >= 5
    error_message = "Throttles consume the receive count: at least 5."
  }
}

variable "dead_letters" {
  description = "How the dead-letter queue is consumed."
  type = object({
    visibility_timeout_s = number
    alarm_oldest_age_s   = number
  })
}

variable "function" {
  description = "Its function's entry in resources.json, with resolved environment and permissions."
  type = object({
    memory_mb            = number
    timeout_s            = number
    reserved_concurrency = number
    environment          = map(string)
    statements           = list(object({ actions = list(string), resource = string }))
  })

  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  validation {
    condition     = var.queue.visibility_timeout_s >= 6 * var.function.timeout_s
    error_message = "The visibility time-out is at least six times the function's time-out."
  }
}

variable "runtime" {
  description = "What all functions share."
  type = object({
    runtime            = string
    handler            = string
    architecture       = string
    log_retention_days = number
  })
}

variable "package_dir" {
  description = "Folder with one zip per function."
  type        = string
}

variable "alarm_topic" {
  description = "ARN of the topic that alarms go to."
  type        = string
}
