# A queue with its dead-letter queue and the function behind it.

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  source_name = "${var.prefix}${var.name}"
  dlq_name    = "${var.prefix}${var.name}-dlq"

  # From names: what only needs an ARN does not wait for the queue (the provider watches each one for about 25 s).
  arn_prefix = "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:"
  source_arn = "${local.arn_prefix}${local.source_name}"
  dlq_arn    = "${local.arn_prefix}${local.dlq_name}"
}

resource "aws_sqs_queue" "dlq" {
  name                       = local.dlq_name
  message_retention_seconds  = var.queue.dlq_retention_s
  visibility_timeout_seconds = var.dead_letters.visibility_timeout_s
  sqs_managed_sse_enabled    = true

  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [local.source_arn] })
}

resource "aws_sqs_queue" "source" {
  # SQS refuses a redrive policy whose target does not exist yet.
  depends_on = [aws_sqs_queue.dlq]

  name                       = local.source_name
  message_retention_seconds  = var.queue.retention_s
  visibility_timeout_seconds = var.queue.visibility_timeout_s
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({ deadLetterTargetArn = local.dlq_arn, maxReceiveCount = var.queue.max_receive_count })
}

module "function" {
  source = "../function"

  name                 = "${var.prefix}${var.queue.function}"
  role_name            = "${var.role_prefix}${var.queue.function}"
  memory_mb            = var.function.memory_mb
  timeout_s            = var.function.timeout_s
  reserved_concurrency = var.function.reserved_concurrency
  environment          = var.function.environment
  statements           = var.function.statements
  consumes             = [local.source_arn]
  runtime              = var.runtime
  package              = "${var.package_dir}/${var.queue.function}.zip"
  alarm_topic          = var.alarm_topic
}

resource "aws_lambda_event_source_mapping" "this" {
  depends_on = [aws_sqs_queue.source]

  event_source_arn                   = local.source_arn
  function_name                      = module.function.arn
  batch_size                         = var.queue.batch_size
  maximum_batching_window_in_seconds = var.queue.batch_window_s
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.queue.maximum_concurrency
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${local.dlq_name}-arrivals"
  alarm_description   = "Messages were given up and parked. `cargo dev dlq list` shows them with their reasons."
  namespace           = "AWS/SQS"
  metric_name         = "NumberOfMessagesReceived" # a move to a dead-letter queue is not counted as sent
  dimensions          = { QueueName = local.dlq_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic]
}

resource "aws_cloudwatch_metric_alarm" "dlq_depth" {
  alarm_name          = "${local.dlq_name}-depth"
  alarm_description   = "Dead letters stay in their queue: parking itself is stuck, and they expire there."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = local.dlq_name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = ceil(var.dead_letters.alarm_oldest_age_s / 60)
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic]
}

resource "aws_cloudwatch_metric_alarm" "oldest" {
  alarm_name          = "${local.source_name}-oldest"
  alarm_description   = "Accepted work waits too long."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = local.source_name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  threshold           = var.queue.alarm_oldest_age_s
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic]
}
