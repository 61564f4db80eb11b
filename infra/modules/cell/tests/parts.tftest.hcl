# Each module alone, where the values inside it can be seen.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  # Of the module under `infra/modules/cell`, which `terraform test` wants in any case.
  environment = "staging"
  cell        = "eu1"
  edge_url    = "https://api.example.com"
  package_dir = "/nonexistent"
}

run "queue_worker" {
  command = plan

  module {
    source = "../queue-worker"
  }

  variables {
    prefix      = "attune-test-"
    role_prefix = "attune-test-eu1-"
    name        = "work"
    queue = {
      function             = "work"
      visibility_timeout_s = 180
      retention_s          = 345600
      dlq_retention_s      = 1209600
      max_receive_count    = 5
      batch_size           = 10
      batch_window_s       = 1
      maximum_concurrency  = 7
      alarm_oldest_age_s   = 300
    }
    dead_letters = { visibility_timeout_s = 180, alarm_oldest_age_s = 900 }
    function     = { memory_mb = 128, timeout_s = 30, reserved_concurrency = 7, environment = { A = "b" }, statements = [] }
    runtime      = { runtime = "provided.al2023", handler = "bootstrap", architecture = "arm64", log_retention_days = 30 }
    alarm_topic  = "arn:aws:sns:eu-west-1:123456789012:attune-test-alarms"
  }

  assert {
    condition     = aws_sqs_queue.source.name == "attune-test-work" && aws_sqs_queue.dlq.name == "attune-test-work-dlq"
    error_message = "Queues have other names."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.source.redrive_policy) == { deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:attune-test-work-dlq", maxReceiveCount = 5 }
    error_message = "What fails five times goes to the dead-letter queue."
  }

  assert {
    condition     = aws_sqs_queue.source.message_retention_seconds == 345600 && aws_sqs_queue.dlq.message_retention_seconds == 1209600
    error_message = "Four days, and fourteen for dead letters."
  }

  assert {
    condition     = aws_sqs_queue.source.sqs_managed_sse_enabled && aws_sqs_queue.dlq.sqs_managed_sse_enabled
    error_message = "Queues are encrypted."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "One bad record would fail its whole batch."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.scaling_config[0].maximum_concurrency == 7
    error_message = "Without a maximum concurrency, throttles eat the receive count."
  }

  assert {
    condition = toset([
      aws_cloudwatch_metric_alarm.dead_letters.metric_name, aws_cloudwatch_metric_alarm.dlq_depth.metric_name, aws_cloudwatch_metric_alarm.oldest.metric_name,
    ]) == toset(["NumberOfMessagesReceived", "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"])
    error_message = "An alarm watches another metric."
  }

  assert {
    condition     = toset(output.policy.Statement[1].Resource) == toset(["arn:aws:sqs:eu-west-1:123456789012:attune-test-work"])
    error_message = "The function consumes its own queue only."
  }
}

run "visibility_too_short" {
  command         = plan
  expect_failures = [var.function]

  module {
    source = "../queue-worker"
  }

  variables {
    prefix      = "attune-test-"
    role_prefix = "attune-test-eu1-"
    name        = "work"
    queue = {
      function             = "work"
      visibility_timeout_s = 179
      retention_s          = 345600
      dlq_retention_s      = 1209600
      max_receive_count    = 5
      batch_size           = 10
      batch_window_s       = 1
      maximum_concurrency  = 7
      alarm_oldest_age_s   = 300
    }
    dead_letters = { visibility_timeout_s = 180, alarm_oldest_age_s = 900 }
    function     = { memory_mb = 128, timeout_s = 30, reserved_concurrency = 7, environment = {}, statements = [] }
    runtime      = { runtime = "provided.al2023", handler = "bootstrap", architecture = "arm64", log_retention_days = 30 }
    alarm_topic  = "arn:aws:sns:eu-west-1:123456789012:attune-test-alarms"
  }
}

run "function" {
  command = plan

  module {
    source = "../function"
  }

  variables {
    name                 = "attune-test-work"
    role_name            = "attune-test-eu1-work"
    memory_mb            = 256
    timeout_s            = 30
    reserved_concurrency = 7
    runtime              = { runtime = "provided.al2023", handler = "bootstrap", architecture = "arm64", log_retention_days = 30 }
    package              = "/nonexistent/work.zip"
    environment          = { ATTUNE_ENV = "test" }
    statements           = [{ actions = ["dynamodb:PutItem"], resource = "arn:aws:dynamodb:eu-west-1:123456789012:table/attune-test-calls" }]
    consumes             = ["arn:aws:sqs:eu-west-1:123456789012:attune-test-work"]
    alarm_topic          = "arn:aws:sns:eu-west-1:123456789012:attune-test-alarms"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this.policy).Statement[2] == { Effect = "Allow", Action = ["dynamodb:PutItem"], Resource = ["arn:aws:dynamodb:eu-west-1:123456789012:table/attune-test-calls"] }
    error_message = "The role allows what the list says."
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"]) && aws_lambda_function.this.reserved_concurrent_executions == 7
    error_message = "Architecture or concurrency differ."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "Logs expire."
  }
}

run "table" {
  command = plan

  module {
    source = "../table"
  }

  variables {
    prefix = "attune-test-"
    definition = {
      name                   = "things"
      partition_key          = { name = "pk", type = "S" }
      sort_key               = { name = "sk", type = "S" }
      ttl_attribute          = "expires_at"
      billing_mode           = "PAY_PER_REQUEST"
      point_in_time_recovery = true
      deletion_protection    = true
      encryption             = "aws-managed"
      indexes                = [{ name = "due", partition_key = { name = "due_pk", type = "S" }, sort_key = { name = "sk", type = "S" } }]
    }
  }

  assert {
    condition     = aws_dynamodb_table.this.name == "attune-test-things" && aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "Name or protection differ."
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].attribute_name == "expires_at" && aws_dynamodb_table.this.point_in_time_recovery[0].enabled && aws_dynamodb_table.this.server_side_encryption[0].enabled
    error_message = "TTL, recovery or encryption are off."
  }

  assert {
    condition     = length(aws_dynamodb_table.this.attribute) == 3
    error_message = "A key attribute that an index shares is declared once."
  }
}

run "bucket" {
  command = plan

  module {
    source = "../bucket"
  }

  variables {
    name        = "attune-test-audio"
    expire_days = 30
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Public access is possible."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration[0].days == 30 && !aws_s3_bucket.this.force_destroy
    error_message = "Objects expire after the days of the list, and nothing else deletes them."
  }

  assert {
    condition     = !aws_s3_bucket.this.object_lock_enabled && length(aws_s3_bucket_versioning.this) == 0
    error_message = "What is erased is gone, unless the list says that it is locked."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "Plain HTTP is refused."
  }
}

run "locked_bucket" {
  command = plan

  module {
    source = "../bucket"
  }

  variables {
    name        = "attune-test-audit"
    expire_days = 400
    lock_days   = 365
  }

  assert {
    condition = alltrue([
      aws_s3_bucket.this.object_lock_enabled, aws_s3_bucket_versioning.this[0].versioning_configuration[0].status == "Enabled",
      aws_s3_bucket_object_lock_configuration.this[0].rule[0].default_retention[0].mode == "COMPLIANCE",
      aws_s3_bucket_object_lock_configuration.this[0].rule[0].default_retention[0].days == 365,
    ])
    error_message = "Locked objects can be deleted or replaced."
  }
}

run "bucket_locked_for_longer_than_it_keeps" {
  command         = plan
  expect_failures = [var.lock_days]

  module {
    source = "../bucket"
  }

  variables {
    name        = "attune-test-audit"
    expire_days = 30
    lock_days   = 30
  }
}

run "edge_user_with_three_keys" {
  command         = plan
  expect_failures = [var.key_labels]

  module {
    source = "../edge-user"
  }

  variables {
    name       = "attune-test-eu1-edge"
    statements = []
    key_labels = ["a", "b", "c"]
  }
}
