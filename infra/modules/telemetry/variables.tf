variable "prefix" {
  description = "Prefix of regional names, `attune-<env>-`."
  type        = string
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = set(string)
  default     = []
}
